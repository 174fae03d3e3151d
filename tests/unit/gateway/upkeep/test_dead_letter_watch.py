"""When dead letters are read: their number has changed, or it was the same for long."""

from __future__ import annotations

from typing import Any

from hermes.gateway.upkeep import dead_letters
from hermes.gateway.upkeep.dead_letters import DeadLetterWatch
from tests.env import quiet


class Shelf:
    """A side queue of which only the number is known."""

    name = "dead"

    def __init__(self) -> None:
        self.letters = 0
        self.read = 0

    async def count(self) -> int:
        return self.letters

    async def each(self, _: Any) -> None:
        self.read += 1


async def nothing(*_: object) -> None: ...


async def test_they_are_read_when_their_number_changes_and_again_after_many_looks() -> None:
    side_queue, queues = Shelf(), None
    watch = DeadLetterWatch(
        queues=queues,  # type: ignore[arg-type]
        side_queues=[side_queue],  # type: ignore[list-item]
        fail=nothing,
        unreadable=nothing,
        undelivered=nothing,
        every_seconds=60.0,
        env=quiet(),
    )
    await watch.look()
    assert side_queue.read == 0

    side_queue.letters = 2
    for _ in range(dead_letters._LOOKS):
        await watch.look()
    assert side_queue.read == 1

    await watch.look()
    assert side_queue.read == 2

    side_queue.letters = 0
    await watch.look()
    assert side_queue.read == 2
