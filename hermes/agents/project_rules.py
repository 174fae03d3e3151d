"""The project's own rules for agents (`CLAUDE.md`, `AGENTS.md`), read as text: nothing in the repository is obeyed as settings.

Text can only mislead an agent, like any file that it reads; settings would run programs with its key. A link is read only if it
leads to a file of the project.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

#: The first that is there is the project's, as the programs themselves choose.
_ROOT = ("CLAUDE.md", ".claude/CLAUDE.md", "AGENTS.md")
_NESTED = frozenset({"CLAUDE.md", "AGENTS.md"})
#: All of it is one argument of a command line, and the kernel takes 128 KiB for one.
_TEXT_BYTES = 48 * 1024
#: Rules of folders inside the project are named, at most so many; the agent reads them where it works.
_NAMED = 40
#: Folders that are looked into for them.
_FOLDERS = 2000
_PASSED_BY = frozenset({"node_modules", "vendor", "dist", "build", "target"})


def read(tree: str) -> str:
    """The rules as text for the agent; empty if the project has none."""
    worktree = Path(tree)
    parts = []
    for name in _ROOT:
        text = _text(worktree, worktree / name)
        if text:
            parts.append(f"The project's rules ({name}):\n\n{text}")
            break
    nested = list(_nested(worktree))
    if nested:
        named = "\n".join(f"- {path}" for path in nested)
        parts.append(f"Some folders have their own rules. Read them before you work in such a folder:\n{named}")
    return "\n\n".join(parts)


def _text(worktree: Path, path: Path) -> str:
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(worktree.resolve()) or ".git" in real.relative_to(worktree.resolve()).parts:
            return ""
        fd = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            data = file.read(_TEXT_BYTES + 1) if stat.S_ISREG(os.fstat(fd).st_mode) else b""
    except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself
        return ""
    text = data[:_TEXT_BYTES].decode("utf-8", "replace").replace("\0", "").strip()
    return f"{text}\n\n[{path.name} goes on; read the rest in the file.]" if len(data) > _TEXT_BYTES else text


def _nested(worktree: Path) -> Iterator[str]:
    """Paths of rules below the root, the nearest first."""
    todo, looked, found = [worktree], 0, 0
    while todo and looked < _FOLDERS and found < _NAMED:
        folder, looked = todo.pop(0), looked + 1
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue  # gone since, or closed to this user: then the agent cannot read its rules either
        for entry in listed:
            path = Path(entry.path)
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith(".") and entry.name not in _PASSED_BY:
                    todo.append(path)
            elif folder != worktree and entry.name in _NESTED and found < _NAMED and entry.name.isprintable():
                found += 1
                yield str(path.relative_to(worktree))
