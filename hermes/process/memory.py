"""How often Python looks for what can be forgotten: seldom, and not among what stays for good; and how memory goes back to the system."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

#: Objects that come without going before the garbage collector of a gateway looks at them; Python's own number is 700.
YOUNG_OBJECTS: Final = 10_000
#: How often the garbage collector looks through all that the emulator holds, which halts it for as long.
STORE_LOOK_SECONDS: Final = 3600.0
#: How often a gateway looks whether it has grown, and by how much it must have, before what is free is given back to the system.
TRIM_SECONDS: Final = 5.0
TRIM_BYTES: Final = 8 * 1024 * 1024
#: The longest pause where the process has grown and nothing of it was free.
TRIM_SECONDS_MOST: Final = 60.0

_STATM: Final = Path("/proc/self/statm")


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """For the time in which modules or a store are loaded: what comes stays, and is never looked through.

    Looking for what can be forgotten takes a fifth of the time of loading modules; and after it, three looks through half a million
    records took as long as two thousand calls.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Everything that is in memory now stays until the end.

    A gateway begins with 150,000 objects, most of them botocore's descriptions of AWS. Each look through them was a tenth of a second in
    which everything stood still; and all looks together were a twentieth of its CPU. There is no look before it either: it would take a
    tenth of a gateway's start, and finds two thousand small objects.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextlib.contextmanager
def growing(now: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """For a process whose memory is a store: what a full look leaves is not looked at again before `STORE_LOOK_SECONDS` have passed.

    A look through an emulator with ten thousand commands takes half a second in which it answers nobody. What is let go of is
    freed at once all the same; only what holds itself alive (a ring) waits for the rare look through everything.
    """
    looked = now()

    def on_look(phase: str, facts: dict[str, Any]) -> None:
        nonlocal looked
        if facts["generation"] != len(gc.get_threshold()) - 1:
            return
        if phase == "stop":
            gc.freeze()
        elif now() - looked >= STORE_LOOK_SECONDS:
            looked = now()
            gc.unfreeze()

    gc.callbacks.append(on_look)
    try:
        yield
    finally:
        gc.callbacks.remove(on_look)
        gc.unfreeze()


def resident_bytes() -> int:
    """The memory that this process has now; 0 where the system does not tell (it has no /proc)."""
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Trimmer:
    """Gives memory back that is free in the C library's heap.

    glibc keeps what was freed, unless it is at the end of its heap: after five hundred slow senders at once, a gateway kept 50 MB that
    held nothing. Another C library than glibc gives memory back by itself, and is left alone.
    """

    def __init__(self, *, resident: Callable[[], int] = resident_bytes, seconds: float = TRIM_SECONDS) -> None:
        self._resident = resident
        self._seconds = seconds
        self._least = resident()
        self._pause = seconds
        library = ctypes.CDLL(None)
        self._trim: Callable[[int], int] | None = getattr(library, "malloc_trim", None)

    async def run(self, stop: asyncio.Event) -> None:
        """Look every few seconds, until `stop`; more seldom while there is nothing to be had."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await stop.wait()
            gave = await self.look()
            grown = self._resident() - self._least >= TRIM_BYTES
            self._pause = min(self._pause * 2, TRIM_SECONDS_MOST) if grown and gave < TRIM_BYTES else self._seconds

    async def look(self) -> int:
        """Give back what is free, if the process is larger than it was at its smallest; how many bytes that were."""
        before = self._resident()
        self._least = min(self._least, before)
        if self._trim is None or before - self._least < TRIM_BYTES:
            return 0
        # In a thread, which does not hold the interpreter meanwhile.
        await asyncio.to_thread(self._trim, 0)
        after = self._resident()
        self._least = min(self._least, after)
        return max(0, before - after)
