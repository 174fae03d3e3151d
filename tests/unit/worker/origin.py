"""A real bare repository on disk as the remote, and what a worker needs to use it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from hermes.domain import wire
from hermes.domain.request import CommandType

SESSION = "acme-site-abc12345"
BRANCH = "thread-abc12345"


def git(*args: str, cwd: Path) -> str:
    who = [
        w
        for key in ("user.name=Somebody", "user.email=somebody@example.org", "init.defaultBranch=main")
        for w in ("-c", key)
    ]
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *who, *args], cwd=cwd, env=env, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


class Origin:
    """The remote, and somebody else's clone of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "site.git"
        self.other = folder / "other"
        self.path.mkdir(parents=True)
        git("init", "--quiet", "--bare", cwd=self.path)
        git("clone", "--quiet", str(self.path), str(self.other), cwd=folder)
        self.url = f"file://{self.path}"

    def write(self, branch: str, files: dict[str, str], message: str = "Somebody's change") -> str:
        """A commit of somebody else's, pushed."""
        git("fetch", "--quiet", cwd=self.other)
        known = git("branch", "-r", cwd=self.other)
        start = (
            [f"origin/{branch}"] if f"origin/{branch}" in known else (["origin/main"] if "origin/main" in known else [])
        )
        git("checkout", "--quiet", *(["-B", branch, *start] if start else ["--orphan", branch]), cwd=self.other)
        for name, text in files.items():
            (self.other / name).parent.mkdir(parents=True, exist_ok=True)
            (self.other / name).write_text(text)
        git("add", "-A", cwd=self.other)
        git("commit", "--quiet", "-m", message, cwd=self.other)
        git("push", "--quiet", "--force", "origin", branch, cwd=self.other)
        return git("rev-parse", "HEAD", cwd=self.other)

    def show(self, branch: str, path: str) -> str:
        return git("show", f"{branch}:{path}", cwd=self.path)

    def files(self, branch: str) -> list[str]:
        return git("ls-tree", "-r", "--name-only", branch, cwd=self.path).splitlines()

    def log(self, branch: str, form: str = "%s") -> list[str]:
        return git("log", f"--format={form}", branch, cwd=self.path).splitlines()

    def branches(self) -> list[str]:
        return sorted(git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads", cwd=self.path).splitlines())

    def hook(self, name: str, script: str) -> None:
        path = self.path / "hooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)


def command_id(seq: int = 1) -> str:
    """Of this process alone: a worker ends whatever carries the id of its command, and tests run beside each other."""
    return f"command{seq}p{os.getpid()}"


def a_command(
    instruction: str = "Please update the homepage title",
    *,
    seq: int = 1,
    kind: CommandType = CommandType.EDIT,
    limits: wire.CommandLimits | None = None,
    **context: object,
) -> wire.CommandMessage:
    return wire.CommandMessage(
        command_id=command_id(seq),
        session_id=SESSION,
        seq=seq,
        attempt=1,
        type=kind,
        instruction=instruction,
        chat_thread_id="abc12345",
        context=wire.CommandContext.model_validate(
            {
                "branch": BRANCH,
                "author_name": "Anna Example",
                "author_email": "anna@example.org",
                "subject": "Homepage",
                "limits": limits or wire.CommandLimits(),
                **context,
            }
        ),
    )


async def no_pause(_seconds: float) -> None:
    return None
