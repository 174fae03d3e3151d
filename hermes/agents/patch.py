"""The built-in agent: applies a unified diff from the mail or its attachments, and `replace "A" with "B" in PATH`.

It needs no model and no key. It edits only inside the worktree and follows no link out of it. If one edit does not apply, it changes
nothing and names the place.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypedDict

from hermes import errors
from hermes.agents import diff, replace
from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.execution import ExecutionState
from hermes.process.user import act
from hermes.repository import safe_write
from hermes.repository.git import Git, GitPlace

_PATCH_ENDINGS = (".diff", ".patch")
_PATCH_BYTES = 8 * 1024 * 1024
_FILE_BYTES = 16 * 1024 * 1024
HOW = (
    'Write a line like: replace "old words" with "new words" in path/to/file – '
    "or put a unified diff in the mail, or attach one as a .patch file."
)


class _Refused(Exception):
    """The edit was refused, with a sentence for the person; nothing was changed."""


@dataclass(frozen=True, slots=True)
class _Change:
    path: Path
    data: bytes


#: Who writes patches reads what is wrong with them.
_FAULT = errors.Fault.WORDS


class _Edited(TypedDict):
    replaced: list[str]
    refused: str
    failed: str


class PatchAgent:
    """Carries out literal edits."""

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        """Apply the mail's edits: the diff first, then the replacements."""
        patches = [(name, text) for name, text in await act(task.user, _patches, task.instruction, task.attachments)]
        replacements = replace.read(task.instruction)
        if not patches and not replacements:
            return AgentReport(error="There was no patch and no replacement in your mail.", hint=HOW, fault=_FAULT)
        applied: list[str] = []
        try:
            for name, text in patches:
                await state.check_interrupt()
                await progress("agent", f"Applying {name}", None)
                applied.append(await self._apply(task, name, text, state))
            await state.check_interrupt()
            for path in dict.fromkeys(wanted.path for wanted in replacements):
                await progress("agent", f"Editing {path[:200]}", None)
            await state.check_interrupt()
            edited: _Edited = await act(task.user, _edit, task.worktree, replacements)
            if edited["failed"]:
                raise errors.AgentFailed(edited["failed"])
            if edited["refused"]:
                raise _Refused(edited["refused"])
        except _Refused as refused:
            rest = "The patch before it was applied." if applied else "Nothing was changed."
            return AgentReport(summary="\n".join(applied), error=f"{refused} {rest}", hint=HOW, fault=_FAULT)
        return AgentReport(summary="\n".join([*applied, *edited["replaced"]]))

    async def _apply(self, task: AgentTask, name: str, text: str, state: ExecutionState) -> str:
        if diff.binary(text) and "GIT binary patch" not in text:
            raise _Refused(f"{name} changes binary files without their content; make it with git diff --binary.")
        # Outside of any repository: whatever the worktree's own `.git` says is not read.
        git = Git(
            home=task.home / "git",
            source={name: task.environment[name] for name in ("PATH",) if name in task.environment},
        )
        env = {"GIT_CEILING_DIRECTORIES": str(task.worktree.parent)}
        at = GitPlace(git_dir=task.home / "no-repository", user=task.user)
        data = text.encode("utf-8", "surrogateescape")
        trouble = ""
        for strip in ("-p1", "-p0"):
            base = ("apply", strip, "--whitespace=nowarn", "--recount")
            check = await state.run(
                git.run(*base, "--check", at=at, cwd=task.worktree, env=env, stdin=data, check=False)
            )
            if check.code == 0:
                await git.run(*base, at=at, cwd=task.worktree, env=env, stdin=data)
                return f"{name} was applied."
            back = await state.run(
                git.run(*base, "--reverse", "--check", at=at, cwd=task.worktree, env=env, stdin=data, check=False)
            )
            if back.code == 0:
                return f"{name} had been applied already."
            trouble = trouble or check.err
        raise _Refused(f"{name} does not fit the files as they are now: {_reason(trouble)}.")


def _patches(instruction: str, attachments: tuple[Path, ...]) -> list[tuple[str, str]]:
    found = []
    inside = diff.extract(instruction)
    if inside is not None:
        found.append(("The patch in your mail", inside))
    for path in attachments:
        if path.suffix.lower() in _PATCH_ENDINGS and path.stat().st_size <= _PATCH_BYTES:
            text = path.read_bytes().decode("utf-8", "surrogateescape")
            plain = text if "GIT binary patch" in text else diff.extract(text)
            if plain is not None:
                found.append((f"The attached {path.name}", plain))
    return found


def _reason(stderr: str) -> str:
    lines = [line.removeprefix("error: ").strip() for line in stderr.splitlines() if line.startswith("error: ")]
    return "; ".join(dict.fromkeys(lines[:3])) or "git could not read it"


def _edit(worktree: Path, replacements: list[replace.Replacement]) -> _Edited:
    """All of them or none."""
    changes: dict[Path, _Change] = {}
    replaced: list[str] = []
    try:
        replaced += [_replace(worktree, wanted, changes) for wanted in replacements]
        for change in changes.values():
            _write(change)
    except _Refused as refused:
        return {"replaced": [], "refused": str(refused), "failed": ""}
    except errors.AgentFailed as error:
        return {"replaced": [], "refused": "", "failed": error.message}
    return {"replaced": replaced, "refused": "", "failed": ""}


def _replace(worktree: Path, wanted: replace.Replacement, changes: dict[Path, _Change]) -> str:
    path = _inside(worktree, wanted.path)
    data = changes[path].data if path in changes else _read(path, wanted.path)
    if not wanted.old:
        raise _Refused(f"What to replace in {wanted.path} is empty.")
    for attempt in (wanted, wanted.straightened()):
        for line_end in ("\n", "\r\n"):
            old = attempt.old.replace("\r\n", "\n").replace("\n", line_end).encode()
            new = attempt.new.replace("\r\n", "\n").replace("\n", line_end).encode()
            times = data.count(old)
            if times:
                changes[path] = _Change(path, data.replace(old, new))
                how_often = "" if times == 1 else f" in {times} places"
                return f"Replaced “{_brief(attempt.old)}” with “{_brief(attempt.new)}” in {wanted.path}{how_often}."
    if wanted.new and wanted.new.encode() in data:
        return f"{wanted.path} says “{_brief(wanted.new)}” already; nothing to change there."
    raise _Refused(f"“{_brief(wanted.old)}” is not in {wanted.path}.")


def _inside(worktree: Path, named: str) -> Path:
    """The named file, if it is in the worktree and no part of its path is a link."""
    pure = PurePosixPath(named.replace("\\", "/"))
    parts = [part for part in pure.parts if part != "."]
    if (
        pure.is_absolute()
        or ".." in parts
        or not parts
        or any(part.lower() == ".git" for part in parts)
        or "\0" in named
    ):
        raise _Refused(f"{named} is not a path inside the project.")
    path = worktree
    for part in parts:
        path = path / part
        if path.is_symlink():
            raise _Refused(f"{named} is a link, or lies behind one; it is not followed.")
    if not path.is_file():
        raise _Refused(f"There is no file {named} in the project.")
    return path


def _read(path: Path, named: str) -> bytes:
    if path.stat().st_size > _FILE_BYTES:
        raise _Refused(f"{named} is too large to be edited this way.")
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(fd, "rb") as file:
        return file.read()


def _write(change: _Change) -> None:
    """Write a new file, then replace the old one: an interrupt leaves one of them complete."""
    beside = change.path.with_name(f".{change.path.name}.hermes")
    try:
        safe_write.write(beside, change.data)
        beside.chmod(change.path.stat().st_mode & 0o777)
        beside.replace(change.path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise errors.AgentFailed(f"{change.path.name} could not be written: {error.strerror}.") from error


def _brief(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 60 else one_line[:59] + "…"
