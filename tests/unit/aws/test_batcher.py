"""Things that share calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from hermes.aws.batcher import Batcher


class Carrier:
    """Notes each call, and lets it end when told."""

    def __init__(self, *, most: int = 10, most_weight: int = 100) -> None:
        self.calls: list[list[str]] = []
        self.let = asyncio.Event()
        self.let.set()
        self.fault: Exception | None = None
        self.line: Batcher[str, str] = Batcher(
            name="line", carry=self.carry, most=most, weight=len, most_weight=most_weight
        )

    async def carry(self, things: Sequence[str]) -> Sequence[str | Exception]:
        self.calls.append(list(things))
        await self.let.wait()
        if self.fault is not None:
            raise self.fault
        return [ValueError(thing) if thing == "bad" else thing.upper() for thing in things]


async def test_who_comes_while_a_call_is_under_way_goes_with_the_next_in_order() -> None:
    carrier = Carrier()
    carrier.let.clear()
    first = asyncio.create_task(carrier.line.go("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    rest = [asyncio.create_task(carrier.line.go(f"b{n}")) for n in range(12)]
    await asyncio.sleep(0)
    carrier.let.set()

    assert await first == "A"
    assert await asyncio.gather(*rest) == [f"B{n}" for n in range(12)]
    assert carrier.calls == [["a"], [f"b{n}" for n in range(10)], ["b10", "b11"]]
    assert carrier.line.empty


async def test_a_call_carries_no_more_than_it_may_weigh() -> None:
    carrier = Carrier(most_weight=5)

    await asyncio.gather(*(carrier.line.go(thing) for thing in ("aaaa", "bb", "cc", "dddddddd")))

    assert carrier.calls == [["aaaa"], ["bb", "cc"], ["dddddddd"]]


async def test_a_call_is_filled_to_its_weight_exactly_and_each_thing_counts() -> None:
    carrier = Carrier(most_weight=6)

    await asyncio.gather(*(carrier.line.go(thing) for thing in ("aa", "bb", "cc", "dd", "eeee", "f")))

    assert carrier.calls == [["aa", "bb", "cc"], ["dd", "eeee"], ["f"]]


async def test_one_that_fails_fails_alone_and_a_call_that_fails_fails_all() -> None:
    carrier = Carrier()
    good, bad = await asyncio.gather(carrier.line.go("good"), carrier.line.go("bad"), return_exceptions=True)
    assert good == "GOOD"
    assert isinstance(bad, ValueError)

    carrier.fault = RuntimeError("away")
    both = await asyncio.gather(carrier.line.go("x"), carrier.line.go("y"), return_exceptions=True)
    assert [str(error) for error in both] == ["away", "away"]
    carrier.fault = None
    assert await carrier.line.go("again") == "AGAIN"


async def test_who_is_cancelled_takes_nobody_along() -> None:
    carrier = Carrier()
    carrier.let.clear()
    gone, stays = asyncio.create_task(carrier.line.go("gone")), asyncio.create_task(carrier.line.go("stays"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone.cancel()
    carrier.let.set()

    assert await stays == "STAYS"
    with pytest.raises(asyncio.CancelledError):
        await gone
