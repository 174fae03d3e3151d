"""One way to tell "another was first" from "we were first, and the answer was lost"."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from hermes import errors

W = TypeVar("W")
R = TypeVar("R")


async def once(write: Awaitable[W], *, look: Callable[[], Awaitable[R | None]], ours: Callable[[R], bool]) -> W | R:
    """Carry out a conditional write, and return what it returns.

    The SDK repeats a write whose answer was lost, and then its condition fails on our own earlier write. So where the condition fails,
    `look` reads the record, and where `ours` knows it by the token (or the bytes) of this write, it is returned as written.
    Raises `errors.ConditionFailed` or `errors.TransactionBusy` where somebody else was first.
    """
    try:
        return await write
    except (errors.ConditionFailed, errors.TransactionBusy):
        found = await look()
        if found is None or not ours(found):
            raise
        return found
