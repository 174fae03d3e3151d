"""What a process does to the garbage collector lasts as long as it says, and forgets what can be forgotten."""

from __future__ import annotations

import gc
import weakref

import pytest

from hermes.process import memory


def test_what_is_loaded_is_never_looked_through() -> None:
    gc.unfreeze()
    with memory.loading():
        assert not gc.isenabled()
        loaded = [[number] for number in range(20_000)]
    assert gc.isenabled()
    # Young objects would be looked through three times until they are old.
    assert sum(gc.get_count()) < 1000
    assert gc.get_freeze_count() > len(loaded)
    gc.unfreeze()


def test_what_is_there_is_not_looked_at_until_the_end() -> None:
    gc.unfreeze()
    before, kept = gc.get_threshold(), gc.get_freeze_count()
    with memory.settled():
        assert gc.get_freeze_count() > kept + 10_000
        assert gc.get_threshold()[0] == memory.YOUNG_OBJECTS
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


class Ring:
    """Holds itself alive until the collector finds it."""

    def __init__(self) -> None:
        self.itself = self


def test_what_a_full_look_leaves_is_looked_at_again_only_after_an_hour() -> None:
    clock = [0.0]
    with memory.growing(now=lambda: clock[0]):
        ring = Ring()
        known = weakref.ref(ring)
        gc.collect()
        assert gc.get_freeze_count() > 10_000
        del ring
        clock[0] = memory.STORE_LOOK_SECONDS - 1
        gc.collect()
        assert known() is not None
        clock[0] = memory.STORE_LOOK_SECONDS
        gc.collect()
        assert known() is None
    assert gc.get_freeze_count() == 0


def test_rings_made_since_the_last_full_look_are_found_by_a_small_one() -> None:
    with memory.growing():
        gc.collect()
        ring = Ring()
        known = weakref.ref(ring)
        del ring
        gc.collect(1)
        assert gc.get_freeze_count() > 10_000
        assert known() is None
    assert not gc.callbacks or all(callback.__module__ != memory.__name__ for callback in gc.callbacks)


async def test_what_is_free_is_given_back_once_the_process_has_grown() -> None:
    trimmer = memory.Trimmer()
    if not memory.resident_bytes() or trimmer._trim is None:
        pytest.skip("memory is given back by glibc on Linux only")
    assert await trimmer.look() == 0
    # Blocks that the C library takes from its heap, and the last of them keeps the heap from shrinking.
    held = [bytes(60_000) for _ in range(2000)]
    last = held[-1]
    grown = memory.resident_bytes()
    del held

    assert await trimmer.look() > 64 * 1024 * 1024

    assert memory.resident_bytes() < grown - 64 * 1024 * 1024
    assert len(last) == 60_000
    assert await trimmer.look() < memory.TRIM_BYTES
