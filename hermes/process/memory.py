"""How often Python looks for what can be forgotten: seldom, and not among what stays for good."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

#: Objects that come without going before the garbage collector of a gateway looks at them; Python's own number is 700.
YOUNG_OBJECTS: Final = 10_000
#: How often the garbage collector looks through all that the emulator holds, which halts it for as long.
STORE_LOOK_SECONDS: Final = 3600.0


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Everything that is in memory now stays until the end.

    A gateway begins with 150,000 objects, most of them botocore's descriptions of AWS. Each look through them was a tenth of a second in
    which everything stood still; and all looks together were a twentieth of its CPU.
    """
    before = gc.get_threshold()
    gc.collect()
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
