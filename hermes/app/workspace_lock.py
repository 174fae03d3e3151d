"""One worker at a time in a workspace."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from hermes import errors, limits


@contextlib.asynccontextmanager
async def alone(
    folder: Path,
    stop: asyncio.Event,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    seconds: float = limits.WORKSPACE_SECONDS,
) -> AsyncIterator[bool]:
    """Hold the folder: a worker that lost its key may still be saving from it. False if told to stop while waiting.

    Raises `errors.Transient` if it stays in use.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # the clone, the journal and the control's token: nobody else's
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise errors.ConfigError(f"the workspace {folder.parent} cannot be used: {error.strerror}") from error
    deadline = asyncio.get_running_loop().time() + seconds
    with lock:
        while not stop.is_set():
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if asyncio.get_running_loop().time() > deadline:
                    raise errors.Transient(f"another worker still uses {folder.parent}") from None
                await sleep(0.2)
            else:
                yield True
                return
        yield False
