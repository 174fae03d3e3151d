"""The branches of a project's repository with what each changes: a mirror of it, fetched when somebody looks."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from hermes import errors, limits

#: A fetch from a repository that is reached over a network.
_FETCH_SECONDS: Final = 60.0
#: Of one branch's difference.
_DIFF_CHARS: Final = 100_000
#: Branches that are shown, the newest first.
_MOST: Final = 30


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BranchView:
    """One branch."""

    name: str
    at: float
    author: str
    commits: tuple[tuple[str, str], ...]
    """Short id and subject of what it has beyond the default branch, newest first."""
    lines: tuple[tuple[str, str], ...]
    """The difference to the default branch: a class of the style sheet and the line."""
    cut: bool


class Branches:
    """Reads one repository."""

    def __init__(self, *, repository: str, mirror: Path, environ: dict[str, str]) -> None:
        self.repository = repository
        self._mirror = mirror
        self._environ = environ
        self._turn = asyncio.Lock()

    async def look(self) -> tuple[str, list[BranchView]]:
        """The default branch and the others. Raises `errors.ConfigError` with git's words."""
        async with self._turn:
            return await asyncio.to_thread(self._look)

    def _look(self) -> tuple[str, list[BranchView]]:
        if not (self._mirror / "HEAD").exists():
            self._git("init", "--quiet", "--bare", str(self._mirror))
        there = ("--git-dir", str(self._mirror))
        fetch = ("fetch", "--quiet", "--prune", "--no-tags", "--no-auto-gc", "--", self.repository)
        self._git(*there, *fetch, "+refs/heads/*:refs/heads/*", seconds=_FETCH_SECONDS)
        head = self._git("ls-remote", "--symref", "--", self.repository, "HEAD", seconds=_FETCH_SECONDS)
        default = head.split("\t")[0].removeprefix("ref: refs/heads/").strip() if head.startswith("ref:") else "main"
        form = "%(refname:lstrip=2)%00%(committerdate:unix)%00%(authorname)"
        rows = self._git(*there, "for-each-ref", "--sort=-committerdate", f"--format={form}", "refs/heads").splitlines()
        names = [row.split("\0") for row in rows if row.split("\0")[0] != default]
        return default, [self._branch(there, default, *row) for row in names[:_MOST]]

    def _branch(self, there: tuple[str, ...], default: str, name: str, at: str, author: str) -> BranchView:
        span = f"refs/heads/{default}..refs/heads/{name}"
        log = self._git(*there, "log", "--format=%h%x00%s", "--max-count=50", span, "--").splitlines()
        text = self._git(
            *there, "diff", "--no-color", "--no-ext-diff", "--no-textconv", span.replace("..", "..."), "--"
        )
        commits = [line.partition("\0") for line in log]
        return BranchView(
            name=name,
            at=float(at or 0),
            author=author,
            commits=tuple((sha, subject) for sha, _, subject in commits),
            lines=tuple((_kind(line), line) for line in text[:_DIFF_CHARS].splitlines()),
            cut=len(text) > _DIFF_CHARS,
        )

    def _git(self, *arguments: str, seconds: float = limits.GIT_LOCAL_SECONDS) -> str:
        program = shutil.which("git")
        if program is None:
            raise errors.ConfigError("git is not installed; Hermes needs it")
        try:
            done = subprocess.run(
                [program, "-c", "protocol.ext.allow=never", "-c", "core.hooksPath=/dev/null", *arguments],
                capture_output=True,
                timeout=seconds,
                check=False,
                stdin=subprocess.DEVNULL,
                env={
                    **self._environ,
                    "GIT_TERMINAL_PROMPT": "0",
                    "LC_ALL": "C.UTF-8",
                    "PATH": os.environ.get("PATH", os.defpath),
                },
            )
        except subprocess.TimeoutExpired as error:
            raise errors.ConfigError(f"git took longer than {seconds:g} s") from error
        if done.returncode != 0:
            words = " ".join(done.stderr.decode("utf-8", "replace").split())
            raise errors.ConfigError(f"git cannot read {self.repository}: {words[:300]}")
        return done.stdout.decode("utf-8", "replace")


def _kind(line: str) -> str:
    if line.startswith(("diff ", "+++", "---", "index ")):
        return "dim"
    return {"+": "added", "-": "removed", "@": "hunk"}.get(line[:1], "")
