"""More busy containers than polls that may be open: nobody starves, and no receive is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from hermes.aws.queues import Received
from hermes.gateway.results.output_poller import OutputPoller, Polls
from tests import env
from tests.eventually import eventually

MOST = 8
#: A second of the queues.
SECOND = 0.01


class Busy:
    """The output queues of containers that run something, and which of them are waited for."""

    def __init__(self, count: int) -> None:
        self.keys = {f"key{number}" for number in range(count)}
        self.waiting: dict[str, list[str]] = {}
        self.open = self.most_open = 0
        self.cut: list[str] = []
        self.lengths: set[int] = set()
        self.read: list[tuple[str, str]] = []
        self._listener: Any = None

    # As `PendingResults`.
    def each_key(self, listener: Any) -> None:
        self._listener = listener

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __contains__(self, key: str) -> bool:
        return key in self.keys

    def owns(self, key: str) -> bool:
        return True

    # As `Queues`.
    async def receive(self, url: str, *, wait_seconds: int) -> list[Received]:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        self.lengths.add(wait_seconds)
        try:
            for _ in range(max(1, wait_seconds)):
                await asyncio.sleep(SECOND)
                if found := self.waiting.pop(url, []):
                    return [
                        Received(
                            message_id=body,
                            receipt=body,
                            body=body,
                            group=None,
                            receive_count=1,
                            sent_at=0,
                            attributes={},
                        )
                        for body in found
                    ]
        except asyncio.CancelledError:
            self.cut.append(url)
            raise
        finally:
            self.open -= 1
        return []

    async def delete(self, url: str, receipts: list[str]) -> None: ...

    async def answer(self, key: str, body: str) -> None:
        self.read.append((key, body))

    def begin(self) -> None:
        for key in self.keys:
            self._listener(key)


def poller(busy: Busy) -> OutputPoller:
    async def url(key: str) -> str:
        return key

    nothing: Any = None
    return OutputPoller(
        stores=SimpleNamespace(queues=busy),  # type: ignore[arg-type]
        output_url=url,
        answer=busy.answer,
        unreadable=nothing,
        polls=Polls(seconds=20, most=MOST),
        parking=nothing,
        pending=busy,  # type: ignore[arg-type]
        env=env.quiet(),
    )


@pytest.mark.parametrize(("count", "lengths"), [(7, {20}), (8, {1}), (40, {1})])
async def test_polls_stay_within_their_number_and_every_answer_is_read(count: int, lengths: set[int]) -> None:
    busy = Busy(count)
    polls = poller(busy)
    busy.begin()
    await eventually(lambda: busy.open == min(count, MOST))
    for key in busy.keys:
        busy.waiting[key] = [f"{key} 1", f"{key} 2"]
    await eventually(lambda: len(busy.read) == 2 * count)
    await polls.close()
    assert busy.most_open == min(count, MOST)
    assert (busy.cut, busy.open, polls.polled) == ([], 0, frozenset())
    assert busy.lengths == lengths


async def test_a_poll_that_waits_for_its_turn_ends_with_the_service_or_its_commands() -> None:
    busy = Busy(40)
    polls = poller(busy)
    busy.begin()
    await eventually(lambda: busy.open == MOST)
    busy.keys = set(sorted(busy.keys)[:3])
    await eventually(lambda: len(polls.polled) == 3)
    await polls.close()
    assert busy.cut == []
