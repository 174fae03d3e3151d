"""Distinguishes "another writer was first" from "we were first, but the answer was lost"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from hermes import errors

W = TypeVar("W")
R = TypeVar("R")


async def once(write: Awaitable[W], *, look: Callable[[], Awaitable[R | None]], ours: Callable[[R], bool]) -> W | R:
    """Run a conditional write and return its result.

    The SDK repeats a write whose answer was lost, and then the condition fails on our own earlier write. So if the condition fails,
    `look` reads the record; if `ours` recognises it by the token (or the bytes) of this write, it is returned as written.
    Raises `errors.ConditionFailed` or `errors.TransactionBusy` if another writer was first.
    """
    try:
        return await write
    except (errors.ConditionFailed, errors.TransactionBusy):
        found = await look()
        if found is None or not ours(found):
            raise
        return found
