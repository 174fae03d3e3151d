"""What a gateway does to the garbage collector lasts as long as the gateway."""

from __future__ import annotations

import gc

from hermes import limits
from hermes.gateway import memory


def test_what_is_there_is_not_looked_at_until_the_end() -> None:
    before, kept = gc.get_threshold(), gc.get_freeze_count()
    with memory.settled():
        assert gc.get_freeze_count() > kept + 10_000
        assert gc.get_threshold()[0] == limits.YOUNG_OBJECTS
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before
