"""Computes the cost of a Claude Code run from the running total of its conversation.

`total_cost_usd` counts from the beginning of the process; since 2.1.277 a process that resumes a conversation begins with the total
that the conversation had at its last end. A small file beside the transcript keeps that total, to compute the
difference. Home and file belong to the agent: no link is followed, and an unreadable file counts as absent.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hermes.process.user import User, act
from hermes.repository import safe_write

_RESTORES = (2, 1, 277)
_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})")
_READ_BYTES = 4096


class Total(BaseModel):
    """The total cost of a conversation at its last end, and the version that reported it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    total_usd: float = Field(ge=0, allow_inf_nan=False)
    version: str = ""

    @property
    def carried(self) -> bool:
        """Whether a run of this version starts from this total."""
        found = _VERSION.match(self.version)
        return found is not None and tuple(int(part) for part in found.groups()) >= _RESTORES


def spent(now: Total | None, before: Total | None) -> float | None:
    """The cost of one run; `before` is what the conversation that it resumed had cost, None for a new one."""
    if now is None:
        return None
    if before is None or not now.carried or now.total_usd < before.total_usd:  # less than before: it began at zero
        return now.total_usd
    return round(now.total_usd - before.total_usd, 6)


def budget(allowed_usd: float, before: Total | None) -> float:
    """The budget option of the program, which counts earlier costs too."""
    return round(allowed_usd + before.total_usd, 6) if before is not None and before.carried else allowed_usd


def read(home: Path, conversation: str) -> Total | None:
    """What is kept of the conversation."""
    for folder in _folders(home, conversation):
        try:
            fd = os.open(folder / _name(conversation), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(fd, "rb") as file:
                return Total.model_validate_json(file.read(_READ_BYTES))
        except (OSError, ValidationError):
            continue  # not kept here, or spoiled by the agent: the next cost is reported too high once, never too low
    return None


async def known(user: User | None, home: Path, conversation: str) -> Total | None:
    """The same where the home is another user's."""
    kept: str | None = await act(user, _kept, home, conversation)
    return Total.model_validate_json(kept) if kept is not None else None


def _kept(home: Path, conversation: str) -> str | None:
    total = read(home, conversation)
    return total.model_dump_json() if total is not None else None


def keep(home: Path, conversation: str, total: Total) -> None:
    """Store the total beside the transcript, if that exists; without it the next cost is reported too high once."""
    for folder in _folders(home, conversation):
        path = folder / _name(conversation)
        try:
            safe_write.write(path, total.model_dump_json().encode())
        except OSError:
            continue  # a full disk, for one


def _name(conversation: str) -> str:
    return f"{conversation}.cost.json"


def _folders(home: Path, conversation: str) -> list[Path]:
    projects = home / ".claude" / "projects"
    if any(part.is_symlink() for part in (home, home / ".claude", projects)):
        return []
    return [
        path.parent
        for path in projects.glob(f"*/{conversation}.jsonl")
        if path.is_file() and not path.is_symlink() and not path.parent.is_symlink()
    ]
