"""Polls the output queues of containers that owe an answer, and no others: an idle system polls none.

What is owed is known from the dispatches of this replica at once, and from the `due` index (open commands of all replicas) with each sweep.
Of several replicas one polls for a container; whoever sent a command polls too until the other one can know of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from hermes import errors, limits
from hermes.aws import queues
from hermes.domain.events import Emit, Event
from hermes.domain.reach import Reach, nowhere

#: A dispatch of ours is owed at least this long, though the index (eventually consistent) may not show it yet.
_FRESH_SECONDS = 15.0
#: A message that could not be handled now is shown again after this.
_RETRY_SECONDS = 2
_MAX_PAUSE_SECONDS = 30.0


class OutputPoller:
    """One poll loop for each container key that owes an answer."""

    def __init__(
        self,
        *,
        queues: queues.Queues,
        dead_letters: queues.DeadLetters,
        output_url: Callable[[str], Awaitable[str]],
        answer: Callable[[str], Awaitable[str]],
        unreadable: Callable[[str], Awaitable[None]],
        poll_seconds: int,
        mine: Callable[[str], bool] = lambda key: True,
        clock: Callable[[], float],
        now: Callable[[], float],
        emit: Emit,
        reach: Reach = nowhere,
    ) -> None:
        self._queues = queues
        self._dead_letters = dead_letters
        self._output_url = output_url
        self._answer = answer
        self._unreadable = unreadable
        self._poll_seconds = poll_seconds
        self._mine = mine
        self._clock = clock
        self._handover: dict[str, float] = {}
        self._now = now
        self._emit = emit
        self._reach = reach
        self._owed: dict[str, dict[str, float]] = {}
        self._loops: dict[str, asyncio.Task[None]] = {}
        self._stop = asyncio.Event()

    @property
    def polled(self) -> frozenset[str]:
        """The container keys that are polled at this moment."""
        return frozenset(self._loops)

    @property
    def owing(self) -> bool:
        """Is any answer owed?"""
        return any(self._owed.values())

    def owe(self, key: str, command_id: str) -> None:
        """A command of this container was sent from here: poll until its end, or until the replica whose turn it is does."""
        self._owed.setdefault(key, {})[command_id] = self._now()
        self._handover[key] = self._clock() + limits.HANDOVER_SECONDS
        self._start(key)

    def refresh(self, open_commands: Mapping[str, frozenset[str]]) -> None:
        """Take over what the index shows: the open commands by container key. What it no longer shows is not owed."""
        fresh = self._now() - _FRESH_SECONDS
        for key, owed in list(self._owed.items()):
            keep = open_commands.get(key, frozenset())
            for command_id in [c for c, since in owed.items() if c not in keep and since < fresh]:
                del owed[command_id]
            if not owed and key not in self._loops:
                del self._owed[key]
                self._handover.pop(key, None)
        for key, commands in open_commands.items():
            for command_id in commands:
                self._owed.setdefault(key, {}).setdefault(command_id, self._now())
        self.rebalance()

    def rebalance(self) -> None:
        """Begin to poll for what is this replica's turn now; what no longer is ends with its poll."""
        for key, owed in list(self._owed.items()):
            if owed and self._turn(key):
                self._start(key)

    def _turn(self, key: str) -> bool:
        return self._mine(key) or self._clock() < self._handover.get(key, 0.0)

    def _start(self, key: str) -> None:
        if key not in self._loops and not self._stop.is_set():
            task = asyncio.get_running_loop().create_task(self._loop(key), name=f"poll output {key}")
            self._loops[key] = task

    async def drain(self, key: str) -> int:
        """Read what lies on a key's output queue now, whoever owes it; returns how many messages there were.

        Those in somebody's hands (approximately: SQS says no more) count too; they are not read.
        """
        url, handled = await self._output_url(key), 0
        while True:
            batch = await self._queues.receive(url, wait_seconds=0)
            if not batch:
                held = (await self._queues.attributes(url)).get("ApproximateNumberOfMessagesNotVisible", "0")
                return handled + int(held)
            handled += len(batch)
            await self._handle(key, url, batch)

    async def _loop(self, key: str) -> None:
        pause = 0.5
        try:
            while self._owed.get(key) and self._turn(key) and not self._stop.is_set():
                try:
                    url = await self._output_url(key)
                    # Another replica's turn is soon: then no poll of ours is to last.
                    most = self._poll_seconds if self._mine(key) else int(limits.HANDOVER_SECONDS)
                    batch = await self._queues.receive(url, wait_seconds=min(self._poll_seconds, most))
                    await self._handle(key, url, batch)
                    pause = 0.5
                except errors.HermesError as error:
                    self._emit(Event("poll.failed", self._now(), f"output of {key}: {error.message}", {}))
                    await queues.pause(self._stop, pause)
                    pause = min(pause * 2, _MAX_PAUSE_SECONDS)
        finally:
            del self._loops[key]
            if not self._owed.get(key):
                self._owed.pop(key, None)
                self._handover.pop(key, None)

    async def _handle(self, key: str, url: str, batch: list[queues.Received]) -> None:
        done: list[str] = []
        for received in batch:
            self._reach("answer.received")
            try:
                ended = await self._answer(received.body)
            except errors.Unreadable as error:
                await self._unreadable(received.body)
                await self._dead_letters.park(url, received, error.message)
                self._emit(Event("result.unreadable", self._now(), f"parked: {error.message}", {"container_key": key}))
            except errors.HermesError as error:
                self._emit(Event("result.deferred", self._now(), error.message, {"container_key": key}))
                await self._queues.change_visibility(url, [(received.receipt, _RETRY_SECONDS)])
            except Exception as error:
                # One that breaks us keeps no other waiting; SQS parks it after its fifth receive.
                text = f"{type(error).__name__}: {error}"
                self._emit(Event("result.deferred", self._now(), text, {"container_key": key}))
            else:
                done.append(received.receipt)
                if ended:
                    self._owed.get(key, {}).pop(ended, None)
        self._reach("answer.handled")
        await self._queues.delete(url, done)
        self._reach("answer.deleted")

    async def close(self) -> None:
        """Stop after the polls under way; a receive is never cancelled."""
        self._stop.set()
        if self._loops:
            await asyncio.wait(list(self._loops.values()))
