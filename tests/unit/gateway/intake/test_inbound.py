"""What becomes of a message whose handling failed."""

from __future__ import annotations

import asyncio
import json
import types
from typing import Any

from hermes import errors, limits
from hermes.aws.queues import Received
from hermes.gateway.intake.inbound import Inbound, Slots
from hermes.gateway.intake.stranger_sorter import InboundQueue
from tests import env


class _Queues:
    """One message, then nothing."""

    def __init__(self, received: Received, stop: asyncio.Event) -> None:
        self._left = [received]
        self._stop = stop
        self.deleted: list[str] = []

    async def receive(self, url: str, **_: Any) -> list[Received]:
        if not self._left:
            self._stop.set()
            await asyncio.sleep(0)
            return []
        return [self._left.pop()]

    async def change_visibility(self, url: str, changes: list[tuple[str, int]]) -> None:
        assert not changes

    async def delete(self, url: str, receipts: list[str]) -> None:
        self.deleted += receipts


class _Processor:
    def __init__(self, fault: Exception) -> None:
        self.failed: list[str] = []
        self._fault = fault

    async def handle(self, pointer: Any, *, order: float) -> None:
        raise self._fault

    async def fail(self, pointer: Any, reason: str) -> None:
        self.failed.append(reason)


class _Holding:
    visibility_seconds = 60

    def hold(self, url: str, receipt: str) -> None:
        pass

    def release(self, url: str, receipt: str) -> None:
        pass


def _notification(author: str) -> str:
    mail = {"timestamp": "2026-01-01T00:00:00Z", "source": author, "commonHeaders": {"from": [author]}}
    receipt = {"recipients": ["site@agent.example.com"], "action": {"type": "S3", "objectKey": "k"}}
    return json.dumps({"notificationType": "Received", "receipt": receipt, "mail": mail})


async def _run(queues: Any, processor: Any, stop: asyncio.Event, *, park: Any = None) -> None:
    parts: Any = {
        "stores": types.SimpleNamespace(queues=queues, dead_letters=types.SimpleNamespace(park=park)),
        "processor": processor,
        "holding": _Holding(),
    }
    inbound = Inbound(
        **parts,
        queue=InboundQueue(url="inbound", poll_seconds=0),
        slots=Slots(most=4, allowed=lambda: 4),
        env=env.quiet(now=lambda: 0.0),
    )
    async with asyncio.timeout(60):
        await inbound.run(stop)


async def test_a_mail_whose_session_is_damaged_is_a_dead_letter_after_few_tries() -> None:
    stop = asyncio.Event()
    received = Received(
        message_id="m",
        receipt="r",
        body=_notification("anna@example.org"),
        group=None,
        receive_count=limits.RECEIVES,
        sent_at=0.0,
        attributes={},
    )
    queues, processor, parked = _Queues(received, stop), _Processor(errors.DamagedRecord("session s: damaged")), []

    async def park(url: str, one: Received, reason: str) -> None:
        parked.append((one.message_id, reason))

    await _run(queues, processor, stop, park=park)

    assert processor.failed == ["session s: damaged"]
    assert parked == [("m", "session s: damaged")]
