"""Runs git so that nothing in a repository can make it execute a program, prompt, or read our configuration.

Every run names its repository explicitly (`GIT_DIR`), so the configuration that an agent left in a worktree is never read.
Hooks, fsmonitor, prompts, replacement objects, lazy fetches and `ext::` addresses are off. Only a run that talks to the remote is
given what proves who we are. A cancelled run is ended with its group. What runs as a session's user goes through the launcher, as its agent
does; everything else is a plain child (`git_process.py`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hermes import errors, limits
from hermes.domain import escape
from hermes.process import process
from hermes.process.framing import Framer, Line
from hermes.process.user import User
from hermes.repository import git_process

_SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.quotePath=false",
    "core.autocrlf=false",
    "core.protectNTFS=true",
    "commit.gpgSign=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "fetch.recurseSubmodules=no",
    "fetch.fsckObjects=false",
    "fetch.unpackLimit=1",
    "submodule.recurse=false",
    "protocol.ext.allow=never",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
)

_HANDED_ON = ("PATH", "TZ")
_NETWORK = (
    "SSL_CERT_FILE", "SSL_CERT_DIR", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND",
    "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
)  # fmt: skip
_OF_THE_HELPER = ("AWS_", "ECS_", "HERMES_GIT_")

_USERINFO = re.compile(r"://[^/@\s]*@")


def redact(text: str) -> str:
    """The text without the user part of any address in it."""
    return _USERINFO.sub("://", text)


@dataclass(frozen=True, slots=True)
class Ran:
    """The result of a run of git."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output as text, without the last line end; its names are as git has them (see `hermes.domain.escape`)."""
        return escape.decoded(self.out).strip("\n")

    @property
    def lines(self) -> list[str]:
        """Standard output, line by line."""
        return self.text.split("\n") if self.text else []

    @property
    def fields(self) -> list[str]:
        """Standard output of a `-z` run."""
        return [escape.decoded(part) for part in self.out.removesuffix(b"\0").split(b"\0")] if self.out else []


@dataclass(frozen=True, slots=True, kw_only=True)
class GitPlace:
    """The repository, worktree and index of a run."""

    git_dir: Path
    work_tree: Path | None = None
    index: Path | None = None
    alternates: Path | None = None
    """A further folder of objects that may be read."""
    objects: Path | None = None
    """Where new objects go, if not among the repository's own."""
    user: User | None = None
    """The user that git runs as, if not the worker."""

    def environment(self) -> dict[str, str]:
        """The environment variables for git."""
        named = {
            "GIT_DIR": self.git_dir,
            "GIT_WORK_TREE": self.work_tree,
            "GIT_INDEX_FILE": self.index,
            "GIT_OBJECT_DIRECTORY": self.objects,
        }
        further = [*([self.git_dir / "objects"] if self.objects is not None else []), *filter(None, [self.alternates])]
        return {
            **{name: str(value) for name, value in named.items() if value is not None},
            **({"GIT_ALTERNATE_OBJECT_DIRECTORIES": ":".join(map(str, further))} if further else {}),
            **({"HOME": str(self.git_dir)} if self.user is not None else {}),
        }


class Git:
    """Runs git with its own home, without the machine's and the user's configuration."""

    def __init__(self, *, home: Path, source: Mapping[str, str], credential_helper: str | None = None) -> None:
        self._home = home
        self._local = self._environment(source, _HANDED_ON, _SAFE)
        names = [*_HANDED_ON, *_NETWORK]
        # The empty one ends the list of helpers that any file names; ours is then the only one.
        settings = [*_SAFE]
        if credential_helper:
            names += [name for name in source if name.startswith(_OF_THE_HELPER)]
            settings.append(f"credential.helper={credential_helper}")
        self._network = {
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=20",
            **self._environment(source, names, settings),
        }

    def _environment(self, source: Mapping[str, str], names: Iterable[str], settings: Sequence[str]) -> dict[str, str]:
        made = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            **{name: source[name] for name in names if name in source},
            "HOME": str(self._home),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
            "GIT_EDITOR": "true",
            "GIT_PAGER": "cat",
            "GIT_CONFIG_COUNT": str(len(settings)),
        }
        for number, pair in enumerate(settings):
            made[f"GIT_CONFIG_KEY_{number}"], _, made[f"GIT_CONFIG_VALUE_{number}"] = pair.partition("=")
        return made

    async def run(
        self,
        *args: str,
        at: GitPlace | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        seconds: float = limits.GIT_LOCAL_SECONDS,
        check: bool = True,
        network: bool = False,
        into: process.OnBytes | None = None,
    ) -> Ran:
        """Run it; `network`: it talks to the remote. `into` takes standard output piece by piece, where it is too much to be held.

        Raises `errors.StepFailed` for a run that took too long or, with `check`, that failed.
        """
        out: list[bytes] = []
        place = at.environment() if at is not None else {}
        env = {**(self._network if network else self._local), **place, **(env or {})}
        cwd = cwd or _folder(at) or self._home
        try:
            async with asyncio.timeout(seconds):
                if at is not None and at.user is not None:
                    code, err = await _as_user(at.user, args, cwd, env, stdin, into or out.append)
                else:
                    self._home.mkdir(parents=True, exist_ok=True)
                    framer, err = Framer(), list[Line]()
                    code = await git_process.run(
                        *args,
                        cwd=cwd,
                        env=env,
                        stdin=stdin,
                        on_out=into or out.append,
                        on_err=lambda chunk: err.extend(framer.feed(chunk)),
                    )
                    err += framer.end()
        except TimeoutError as error:
            raise errors.StepFailed(f"git {args[0]} did not end within {seconds:.0f} s.") from error
        ran = Ran(code, b"".join(out), redact("\n".join(escape.text(escape.decoded(line.data)) for line in err)))
        if check and ran.code != 0:
            raise errors.StepFailed(f"git {args[0]} failed: {_last_line(ran.err) or f'exit status {ran.code}'}")
        return ran


async def _as_user(
    user: User, args: Sequence[str], cwd: Path, env: Mapping[str, str], stdin: bytes, on_out: process.OnBytes
) -> tuple[int, list[Line]]:
    err: list[Line] = []

    async def keep(_stream: str, line: Line) -> None:
        err.append(line)

    spec = process.Spec(argv=("git", *args), cwd=cwd, env=env, stdin=stdin, user=user)
    running = process.Process(spec=spec, stop_schedule=process.StopSchedule(), on_line=keep, on_bytes=on_out)
    return (await running.run()).returncode or 0, err


def _folder(at: GitPlace | None) -> Path | None:
    """The working directory of git: the worktree, or a folder that its user may enter."""
    if at is None or at.work_tree is not None:
        return at.work_tree if at is not None else None
    return at.git_dir if at.user is not None else None


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    return (fatal or lines or [""])[-1 if not fatal else 0].removeprefix("fatal: ").removeprefix("error: ")
