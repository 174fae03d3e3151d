"""The worker's life: register, serve under heartbeat, stop in order.

The order of a stop: take no more commands, interrupt running ones, let them save and report under heartbeat, give back those that never
began, record "stopped". A worker that lost its key does the same without using the queues.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from hermes import errors, limits
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason
from hermes.process.reaper import Reaper
from hermes.worker.inbox import Inbox
from hermes.worker.interrupt_queue import InterruptQueue
from hermes.worker.jobs import Jobs
from hermes.worker.lease import Lease
from hermes.worker.run.workspace_cleaner import WorkspaceCleaner

#: Interval of heartbeats.
HEARTBEAT_SECONDS: Final = 10
#: Deadline for writing "stopped".
RECORD_SECONDS: Final = 95.0
#: Length of a poll of the input queue, short because a stop waits for it.
INPUT_POLL_SECONDS: Final = 5
#: A queue that SQS says so often in a row does not exist is gone: one that was just made may not be known everywhere yet.
GONE_TIMES: Final = 5
#: Length of a poll of the interrupts queue while a command runs.
INTERRUPT_POLL_SECONDS: Final = 2

_LOG = logging.getLogger(__name__)

STOPPED, FAILED, FENCED = 0, 1, 5
"""Exit statuses: in good order; something broke; the key is another's."""

_SHUTDOWN = (InterruptReason.SYSTEM_SHUTDOWN, "The worker was shut down.", None)
_FENCED = (InterruptReason.SYSTEM_SHUTDOWN, "Another worker took over.", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTimes:
    """Intervals and times in seconds."""

    idle: float = limits.IDLE_SECONDS
    heartbeat: float = HEARTBEAT_SECONDS
    input_poll: int = INPUT_POLL_SECONDS
    interrupt_poll: int = INTERRUPT_POLL_SECONDS
    drain: float = RECORD_SECONDS
    register: float = limits.LAUNCH_SECONDS


class WorkerService:
    """Serves one container key until it is idle, stopped or fenced."""

    def __init__(
        self,
        *,
        lease: Lease,
        inbox: Inbox,
        jobs: Jobs,
        interrupts: InterruptQueue,
        reaper: Reaper,
        tidy: WorkspaceCleaner,
        times: WorkerTimes,
        env: Env,
    ) -> None:
        self._lease = lease
        self._inbox = inbox
        self._jobs = jobs
        self._interrupts = interrupts
        self._reaper = reaper
        self._tidy = tidy
        self._times = times
        self._clock = env.clock
        self._sleep = env.sleep
        self._ending = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> int:
        """Live until the end; `stop` asks for it. Returns the exit status."""
        try:
            if not await self._register(stop):
                return STOPPED
        except errors.Fenced as error:
            _LOG.error("Not registered: %s.", error.message, extra={"action": "worker.fenced"})
            return FENCED
        _LOG.info("The worker is ready.", extra={"action": "worker.ready"})
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(self._keep_beating(), name="heartbeat"),
                group.create_task(self._inbox.keep_renewing(), name="visibility"),
                group.create_task(self._close_on(stop), name="stop"),
            ]
            listening = group.create_task(self._listen(), name="interrupts")
            self._jobs.recover(group)
            await self._take(stop, group)
            await self._wait_for_jobs()
            self._ending.set()
            await listening  # its poll ends by itself, since a receive is never cancelled
            code = await self._sign_off()
            for task in beside:
                task.cancel()
        return code

    async def _register(self, stop: asyncio.Event) -> bool:
        deadline = self._clock() + self._times.register
        while True:
            try:
                await self._lease.register()
            except errors.Transient as error:
                _LOG.warning("Not registered yet.", extra={"action": "worker.register", "why": error.message})
                if stop.is_set() or self._clock() > deadline:
                    return False
                await self._sleep(1.0)
            else:
                return True

    async def _take(self, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        """Receive commands until `stop`, the loss of the key, or the end of the idle time."""
        active_at, pause, gone = self._clock(), 0.5, 0
        while not stop.is_set() and not self._lease.lost.is_set():
            if self._jobs.room == 0:
                await self._until(self._jobs.changed, stop, self._lease.lost)
                self._jobs.changed.clear()
                continue
            await self._tidy.if_due(self._jobs.sessions)  # nothing new can begin here meanwhile
            was_idle, handed_over = self._jobs.idle, self._lease.dispatched_seq
            try:
                batch = await self._inbox.receive(most=self._jobs.room, wait_seconds=self._poll_seconds())
                pause, gone = 0.5, 0
            except errors.HermesError as error:
                gone = gone + 1 if isinstance(error, errors.AwsRefused) and error.missing else 0
                if gone >= GONE_TIMES and self._jobs.idle:
                    _LOG.error("The input queue is gone.", extra={"action": "input.gone"})
                    return
                _LOG.warning(
                    "The input queue could not be read.", extra={"action": "input.failed", "why": error.message}
                )
                await self._until(stop, self._lease.lost, seconds=pause)
                pause = min(pause * 2, limits.REPORT_PAUSE_SECONDS)
                continue
            for received, message in batch:
                if stop.is_set():
                    await self._inbox.give_back(received)
                elif self._lease.lost.is_set():
                    self._inbox.let_go(received)
                else:
                    self._jobs.offer(received, message, group)
            if batch or not was_idle or not self._jobs.idle:
                active_at = self._clock()
                continue
            self._lease.empty_at(handed_over)
            idle = 0.0 if self._lease.drain_asked else self._times.idle
            if self._clock() - active_at >= idle and await self._drain():
                return

    def _poll_seconds(self) -> int:
        return max(0, min(self._times.input_poll, round(self._times.idle)))

    async def _drain(self) -> bool:
        try:
            drained = await self._lease.drain()
        except errors.HermesError as error:
            _LOG.warning("The record could not be written.", extra={"action": "drain.failed", "why": error.message})
            return False
        if drained:
            why = "An operator asked it to end." if self._lease.drain_asked else "Nothing to do for a long time."
            _LOG.info(why, extra={"action": "worker.idle"})
        return drained

    async def _close_on(self, stop: asyncio.Event) -> None:
        await self._until(stop, self._lease.lost)
        fenced = self._lease.lost.is_set()
        _LOG.info("The worker stops.", extra={"action": "worker.stopping", "fenced": fenced})
        self._jobs.close(*(_FENCED if fenced else _SHUTDOWN))
        if not fenced and not self._jobs.idle:
            self._lease.leaving = True
            await self._lease.heartbeat(busy=True)

    async def _wait_for_jobs(self) -> None:
        """Wait for all jobs; their own deadlines are shorter than this one."""
        deadline = self._clock() + self._times.drain
        while not self._jobs.idle and self._clock() < deadline:
            await self._until(self._jobs.changed, seconds=1.0)
            self._jobs.changed.clear()
        if not self._jobs.idle:
            raise errors.HermesError("commands did not end in time")

    async def _sign_off(self) -> int:
        if self._lease.lost.is_set():
            return FENCED
        await self._jobs.show()  # nothing runs any more
        try:
            await self._lease.stopped()
        except errors.Fenced:
            return FENCED
        except errors.HermesError as error:
            _LOG.warning("The end could not be recorded.", extra={"action": "worker.stopped", "why": error.message})
        return STOPPED

    async def _keep_beating(self) -> None:
        while True:
            await self._sleep(self._times.heartbeat)
            if not self._lease.lost.is_set():
                await self._lease.heartbeat(busy=not self._jobs.idle)
                await self._jobs.look_up()
                await self._jobs.show()
            self._reaper.reap()

    async def _listen(self) -> None:
        """Poll the interrupts queue, only while something runs."""
        while not self._ending.is_set():
            await self._until(self._jobs.busy, self._ending)
            if not self._jobs.busy.is_set():
                continue
            try:
                await self._interrupts.hear(self._jobs.interrupt, wait_seconds=self._times.interrupt_poll)
            except errors.HermesError as error:
                _LOG.warning(
                    "The interrupts queue could not be read.",
                    extra={"action": "interrupts.failed", "why": error.message},
                )
                await self._until(self._ending, seconds=1.0)

    @staticmethod
    async def _until(*events: asyncio.Event, seconds: float | None = None) -> None:
        """Wait until one of the events is set, or for this long."""
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
