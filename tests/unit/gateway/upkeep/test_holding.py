"""What is held is renewed, what is released is not, and a fault is no end."""

import asyncio

from hermes import errors
from hermes.domain.events import Event
from hermes.gateway.upkeep.visibility_extender import VisibilityExtender
from tests import env


class Renewals:
    """In the place of the queues: notes every renewal; the first fails."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, tuple[str, ...], int]] = []
        self.enough = asyncio.Event()

    async def change_visibility(self, url: str, changes: list[tuple[str, int]]) -> list[str]:
        self.seen.append((url, tuple(sorted(receipt for receipt, _ in changes)), changes[0][1]))
        if len(self.seen) == 1:
            raise errors.AwsTimeout
        if len(self.seen) == 4:
            self.enough.set()
        return ["gone"]


async def test_what_is_held_is_renewed_until_it_is_released() -> None:
    queues, events, stop = Renewals(), list[Event](), asyncio.Event()
    holding = VisibilityExtender(queues=queues, visibility_seconds=1, env=env.quiet(emit=events.append))  # type: ignore[arg-type]
    for receipt in ("kept", "gone", "released"):
        holding.hold("queue", receipt)
    holding.release("queue", "released")
    running = asyncio.create_task(holding.run(stop))
    async with asyncio.timeout(60):
        await queues.enough.wait()
        stop.set()
        await running
    assert queues.seen[:2] == [("queue", ("gone", "kept"), 1)] * 2
    assert queues.seen[2:4] == [("queue", ("kept",), 1)] * 2
    assert [event.name for event in events] == ["hold.failed"]
