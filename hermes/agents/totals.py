"""Keeps what a conversation has cost so far in a small file beside it, for agents that report totals of conversations, not of runs.

Home and file belong to the agent: no link is followed, and an unreadable file counts as absent.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hermes.process import conversations
from hermes.process.user import User, act, read, write

_READ_BYTES = 4096


class Total(BaseModel):
    """The total cost of a conversation at its last end, and the version of the program that reported it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    total_usd: float = Field(ge=0, allow_inf_nan=False)
    version: str = ""


async def known(user: User | None, home: Path, conversation: str) -> Total | None:
    """What is kept of a conversation in this home, which may be another user's."""
    path = await act(user, conversations.find, str(home), conversation)
    kept = await read(user, home, conversations.cost_of(path), most=_READ_BYTES) if path is not None else None
    try:
        return Total.model_validate_json(kept) if kept is not None else None
    except ValidationError:
        return None  # spoiled by the agent: the next cost is reported too high once, never too low


async def keep(user: User | None, home: Path, conversation: str, total: Total) -> None:
    """Store the total beside the conversation, if that exists; without it the next cost is reported too high once."""
    path = await act(user, conversations.find, str(home), conversation)
    if path is not None:
        with contextlib.suppress(OSError):  # a full disk, for one
            await write(user, home, conversations.cost_of(path), total.model_dump_json().encode(), mode=0o600)
