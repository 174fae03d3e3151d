"""A worker that is played, in a process of its own: it serves any number of queue sets with coalesced calls, and its agent does nothing.

The same for Hermes and for the floor. It does not claim what it ends at once: its own calls are not what is measured. A command whose
text begins with "Hold" runs until it is interrupted; where the records are Hermes' own, that one is claimed.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from hermes import errors
from hermes.app import gateway as composition
from hermes.aws.queues import Received
from hermes.config import loading as config
from hermes.process import memory
from tests.bench.processes import child


@dataclasses.dataclass(frozen=True)
class _Held:
    received: Received
    command: dict[str, Any]


class PlayedWorker:
    """Serves one queue set."""

    def __init__(
        self, *, records: composition.Records, urls: dict[str, str], claims: bool, stop: asyncio.Event
    ) -> None:
        self._records = records
        self._queues = records.queues
        self._urls = urls
        self._claims = claims
        self._stop = stop
        self._held: dict[str, _Held] = {}
        """By session, what runs until it is interrupted."""
        self._holds = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until stopped; the poll under way is let go, for nobody uses these queues again."""
        async with asyncio.TaskGroup() as group:
            loops = [group.create_task(self._take()), group.create_task(self._listen())]
            await self._stop.wait()
            for loop in loops:
                loop.cancel()

    async def _take(self) -> None:
        while True:
            for received in await self._queues.receive(self._urls["input"], wait_seconds=20):
                self._start(self._serve(received))

    async def _listen(self) -> None:
        while True:
            await self._holds.wait()
            heard = await self._queues.receive(self._urls["interrupts"], wait_seconds=2)
            at = time.monotonic()
            for received in heard:
                message = json.loads(received.body)
                child.tell(event="interrupted", session=message["sessionId"], at=at)
                held = self._held.get(message["sessionId"])
                if held is not None and held.command["seq"] < message["belowSeq"]:
                    del self._held[message["sessionId"]]
                    self._start(self._end(held, interrupted=True, interruptReason=message["reason"]))
            if heard:
                self._start(self._queues.delete(self._urls["interrupts"], [received.receipt for received in heard]))
            if not self._held:
                self._holds.clear()

    async def _serve(self, received: Received) -> None:
        command = json.loads(received.body)
        held = _Held(received, command)
        if not command["instruction"].startswith("Hold"):
            await asyncio.gather(self._say(command, kind="started"), self._end(held, success=True))
            return
        if self._claims:
            with contextlib.suppress(errors.ConditionFailed):
                await self._records.commands.claim(
                    command["commandId"], attempt=1, gen=1, token=command["commandId"], now=time.time()
                )
        self._held[command["sessionId"]] = held
        self._holds.set()
        await self._say(command, kind="started")
        child.tell(event="held", words=command["instruction"].partition(" of ")[0])

    async def _end(self, held: _Held, **facts: Any) -> None:
        result = {"success": False, "summary": "Nothing to do.", "durationSeconds": 0.1, **facts}
        await self._say(held.command, kind="result", **result)
        await self._queues.delete(self._urls["input"], [held.received.receipt])

    async def _say(self, command: dict[str, Any], **facts: Any) -> None:
        body = {"v": 1, "commandId": command["commandId"], "attempt": command["attempt"], **facts}
        await self._queues.send(self._urls["output"], json.dumps(body))

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.asynccontextmanager
async def life(settings: dict[str, Any]) -> AsyncIterator[child.Handle]:
    """From start to stop."""
    conf = config.parse(settings["config"])

    async def handle(order: dict[str, Any]) -> dict[str, Any]:
        return {"cpu": time.process_time()}

    async with composition.connect(conf, polls=2 * len(settings["sets"])) as clients:
        records, stop = await composition.records(conf, clients), asyncio.Event()
        workers = [
            PlayedWorker(records=records, urls=urls, claims=settings["claims"], stop=stop) for urls in settings["sets"]
        ]
        serving = asyncio.gather(*(worker.run() for worker in workers))
        try:
            with memory.settled():
                yield handle
        finally:
            stop.set()
            await serving


if __name__ == "__main__":
    child.run(life)
