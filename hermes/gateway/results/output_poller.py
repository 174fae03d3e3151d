"""Polls the output queues of containers with pending results, and no others: an idle system polls none.

Each open poll is a connection, of which there are so many. Polls beyond them would wait for one inside the SDK, where that wait counts as
time of the call: they would be cut off in flight. So a poll waits its turn here, and all are short while there are more than fit.
Of several replicas one polls for a container: its owner (`ReplicaMembership`). The sender of a command polls until the owner knows of it.
"""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import math
from collections.abc import Awaitable, Callable
from typing import Final

from hermes import errors, limits
from hermes.aws import queues
from hermes.aws.records.stores import Stores
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.results.parking import ReportParking
from hermes.gateway.results.pending_results import PendingResults

#: Length of a poll for a key that another replica owns, short because the handover takes three heartbeats.
HANDOVER_SECONDS: Final = 6.0

#: Of the polls that may be open: while more are, each is short, so that none of the others waits long for its turn.
SHORT_ABOVE: Final = 0.9
#: Polls that end in a second then, at most: each costs up to 3 ms of the processor.
SHORT_PER_SECOND: Final = 200
#: A message that could not be handled now is shown again after this.
_RETRY_SECONDS = 2
_MAX_PAUSE_SECONDS = 30.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Polls:
    """How output queues are polled."""

    seconds: int
    """The length of a poll."""
    most: int
    """Polls that are open at the same time."""


class OutputPoller:
    """One poll loop for each container key with pending results."""

    def __init__(
        self,
        *,
        stores: Stores,
        output_url: Callable[..., Awaitable[str]],
        answer: Callable[[str, str], Awaitable[object]],
        unreadable: Callable[[str, str], Awaitable[None]],
        polls: Polls,
        parking: ReportParking,
        pending: PendingResults,
        env: Env,
    ) -> None:
        self._queues = stores.queues
        self._parking = parking
        self._output_url = output_url
        self._answer = answer
        self._unreadable = unreadable
        self._polls = polls
        self._turns = asyncio.Semaphore(polls.most)
        self._pending = pending
        self._env = env
        self._loops: dict[str, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()
        pending.each_key(self._start)

    @property
    def polled(self) -> frozenset[str]:
        """The container keys that are polled at this moment."""
        return frozenset(self._loops)

    def _start(self, key: str) -> None:
        if key not in self._loops and not self._stop.is_set():
            # It outlives the mail for which it starts, so it gets its own context.
            loop, context = asyncio.get_running_loop(), contextvars.Context()
            task = loop.create_task(self._loop(key), name=f"poll output {key}", context=context)
            self._loops[key] = task

    async def drain(self, key: str) -> int:
        """Read a key's output queue once, whatever is pending; returns how many messages there were.

        Messages in flight (approximately: SQS says no more) count too; they are not read.
        """
        url, handled = await self._output_url(key), 0
        while True:
            try:
                batch = await self._queues.receive(url, wait_seconds=0)
            except errors.AwsRefused as error:
                if not error.missing:
                    raise
                return handled  # what was in it went with it
            if not batch:
                held = (await self._queues.attributes(url)).get("ApproximateNumberOfMessagesNotVisible", "0")
                return handled + int(held)
            handled += len(batch)
            await self._handle(key, url, batch)

    async def _loop(self, key: str) -> None:
        pause, gone = 0.5, False
        try:
            while key in self._pending and not self._stop.is_set():
                try:
                    url = await (self._output_url(key, gone=True) if gone else self._output_url(key))
                    gone = False
                    async with self._turns:
                        if self._stop.is_set():
                            return
                        batch = await self._queues.receive(url, wait_seconds=self._length(key))
                    await self._handle(key, url, batch)
                    pause = 0.5
                except errors.HermesError as error:
                    gone = gone or (isinstance(error, errors.AwsRefused) and error.missing)
                    self._env.emit(Event("poll.failed", self._env.now(), f"output of {key}: {error.message}", {}))
                    await queues.pause(self._stop, pause)
                    pause = min(pause * 2, _MAX_PAUSE_SECONDS)
        finally:
            del self._loops[key]

    def _length(self, key: str) -> int:
        """Of one poll, in seconds."""
        if len(self._loops) > self._polls.most * SHORT_ABOVE:
            return min(self._polls.seconds, math.ceil(self._polls.most / SHORT_PER_SECOND))
        # We poll for another replica's key until that one knows of it, with short polls.
        return self._polls.seconds if self._pending.owns(key) else min(self._polls.seconds, int(HANDOVER_SECONDS))

    async def _handle(self, key: str, url: str, batch: list[queues.Received]) -> None:
        done: list[str] = []
        for received in batch:
            self._env.crash_point("answer.received")
            try:
                await self._answer(key, received.body)
            except errors.Unreadable as error:
                await self._unreadable(received.body, key)
                await self._parking.unreadable(url, received, error.message, key=key)
            except errors.HermesError as error:
                self._env.emit(Event("result.deferred", self._env.now(), error.message, {"container_key": key}))
                await self._again(url, received)
            except Exception as error:
                # A message that breaks the handling does not delay the others; SQS parks it after its fifth receive.
                text = f"{type(error).__name__}: {error}"
                self._env.emit(Event("result.deferred", self._env.now(), text, {"container_key": key}))
            else:
                done.append(received.receipt)
        self._env.crash_point("answer.handled")
        await self._queues.delete(url, done)
        self._env.crash_point("answer.deleted")

    async def _again(self, url: str, received: queues.Received) -> None:
        """Retry the message after a growing pause. In an outage a fresh copy replaces it, since SQS would park it."""
        since = float(received.attributes.get("since", received.sent_at))
        if received.receive_count < limits.RECEIVES or self._env.now() - since > limits.MAIL_RETRY_SECONDS:
            wait = _RETRY_SECONDS * 2 ** (received.receive_count - 1)
            await self._queues.change_visibility(url, [(received.receipt, min(wait, int(_MAX_PAUSE_SECONDS)))])
            return
        await self._queues.send(url, received.body, attributes={**received.attributes, "since": repr(since)})
        await self._queues.delete(url, [received.receipt])

    async def close(self) -> None:
        """Stop after the polls under way; a receive is never cancelled."""
        self._stop.set()
        if self._loops:
            await asyncio.wait(list(self._loops.values()))
