"""The commands of this worker: sessions run in parallel, the commands of one session one after the other."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import functools
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from hermes import errors, limits, logs
from hermes.agents.port import Progress
from hermes.aws import queues
from hermes.aws.queues import Received
from hermes.domain import trace, wire
from hermes.domain.active_job import REPORTING, ActiveJob
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason
from hermes.execution import ExecutionState
from hermes.process import descendants
from hermes.worker import claim
from hermes.worker.claim import Claim, Claims, ClaimVerdict, Stop
from hermes.worker.executions import Executions
from hermes.worker.inbox import Inbox
from hermes.worker.journal import JournalEntry
from hermes.worker.lease import Lease
from hermes.worker.reporter import Coalesced, Reporter
from hermes.worker.run import report
from hermes.worker.run.runner import Runner
from hermes.worker.watermarks import Watermarks

#: The list of running commands in the record is valid for this long: three heartbeats.
ACTIVE_JOB_SECONDS: Final = 30.0
#: A message whose command cannot be claimed is held for this long; then it is given back and comes again.
CLAIM_HOLD_SECONDS: Final = 15 * 60

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Job:
    received: Received | None
    """None for a command that a dead process had begun: its message comes again, and the journal answers it."""
    message: wire.CommandMessage
    state: ExecutionState
    began_at: float
    claimed: bool = False
    progress: Coalesced | None = None


@dataclass(slots=True)
class _SessionQueue:
    """The commands of one session: the one that runs, and those that wait for it."""

    waiting: collections.deque[tuple[Received, wire.CommandMessage]] = field(default_factory=collections.deque)
    job: _Job | None = None


class Jobs:
    """Runs commands and stops them."""

    def __init__(
        self,
        *,
        claims: Claims,
        runner: Runner,
        executions: Executions,
        reporter: Reporter,
        inbox: Inbox,
        lease: Lease,
        most: int = limits.MAX_SESSIONS,
        env: Env,
    ) -> None:
        """`most` is how many sessions run in parallel."""
        self._claims = claims
        self._runner = runner
        self._executions = executions
        self._reporter = reporter
        self._inbox = inbox
        self._lease = lease
        self._fenced = lease.lost.is_set
        self._most = most
        self._crash_point = env.crash_point
        self._now = env.now
        self._clock = env.clock
        self._shown = False
        self._marks = Watermarks()
        self._lines: dict[str, _SessionQueue] = {}
        self._closing: Stop | None = None
        self._closed = asyncio.Event()
        self.busy = asyncio.Event()
        """Set while anything runs."""
        self.changed = asyncio.Event()
        """Set when a session has ended; the waiter for room clears it."""

    @property
    def room(self) -> int:
        """Number of sessions that may still begin."""
        return max(0, self._most - len(self._lines))

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return not self._lines

    @property
    def sessions(self) -> frozenset[str]:
        """The sessions whose commands run or wait here."""
        return frozenset(self._lines)

    async def show(self) -> None:
        """Write in the container's record what runs now. Nothing depends on it, and it expires if it is not renewed."""
        jobs = [line.job for line in self._lines.values() if line.job is not None]
        if not jobs and not self._shown:
            return
        now = self._now()
        active = [
            ActiveJob(
                command_id=job.message.command_id,
                session_id=job.message.session_id,
                attempt=job.message.attempt,
                type=job.message.type.value,
                **(job.progress.shown if job.progress is not None else {}),
                began_at=job.began_at,
                expires_at=now + ACTIVE_JOB_SECONDS,
            )
            for job in jobs
        ]
        try:
            await self._lease.show(active)
            self._shown = bool(active)
        except errors.HermesError as error:
            _LOG.warning("It could not be said what runs.", extra={"action": "active.failed", "why": error.message})

    def offer(self, received: Received, message: wire.CommandMessage, group: asyncio.TaskGroup) -> None:
        """Accept a command; `group` owns the task that runs its session."""
        line = self._lines.get(message.session_id)
        if line is None:
            line = self._lines[message.session_id] = _SessionQueue()
            group.create_task(self._serve(message.session_id, line), name=f"session {message.session_id}")
        line.waiting.append((received, message))
        self.busy.set()

    def interrupt(self, message: wire.InterruptMessage) -> None:
        """Apply an interrupt to what runs, and remember it for what has not begun."""
        self._marks.raise_to(message)
        line = self._lines.get(message.session_id)
        if line is None or line.job is None:
            return
        if message.covers(line.job.message.seq, line.job.message.attempt):
            line.job.state.request_interrupt(message.reason, message.message, message.interrupted_by)
            said = functools.partial(_LOG.info, "Interrupt heard.", extra=_extra("command.interrupt", line.job.message))
            asyncio.get_running_loop().call_soon(said)  # the interrupt first

    def close(self, reason: InterruptReason, words: str, by: str | None) -> None:
        """Stop all running commands, and begin no more."""
        if self._closing is None:
            self._closing = (reason, words, by)
            self._closed.set()
            for line in self._lines.values():
                if line.job is not None:
                    line.job.state.request_interrupt(reason, words, by)

    async def look_up(self) -> None:
        """Read from the records whether running commands are to stop, in case an interrupt message was lost."""
        for job in [line.job for line in self._lines.values() if line.job is not None]:
            try:
                stop = await self._claims.against(job.message)
            except errors.HermesError as error:
                _LOG.warning("The records could not be read.", extra={"action": "lookup.failed", "why": error.message})
                return
            if stop is not None:
                job.state.request_interrupt(*stop)

    def recover(self, group: asyncio.TaskGroup) -> None:
        """Settle commands that an earlier process had begun: report them, continue them, or save their work.

        Each session is settled before its new commands, in parallel with the others.
        """
        sessions: dict[str, list[JournalEntry]] = {}
        for entry in self._claims.journal.open():
            sessions.setdefault(entry.message.session_id, []).append(entry)
        for session_id, entries in sessions.items():
            line = self._lines[session_id] = _SessionQueue()
            group.create_task(self._settle(session_id, line, entries), name=f"session {session_id}")
            self.busy.set()

    async def _settle(self, session_id: str, line: _SessionQueue, entries: list[JournalEntry]) -> None:
        for entry in entries:
            message = entry.message
            with logs.bound(**_about(message)):
                _LOG.warning("A run before this one was cut short.", extra=_extra("command.recovered", message))
                try:
                    if entry.result is not None:
                        line.job = _Job(None, message, self._executions.begin(message), self._now())
                        await self._deliver(line.job, entry.result)
                    elif self._claims.journal.take_up(entry):
                        await self._go_on(line, message)
                    else:
                        await descendants.sweep(message.command_id)  # its agent may have outlived all of them
                        await self._reporter.result(report.ended_too_often(message))
                except Exception as error:
                    await self._broke(message, error)
                finally:
                    line.job = None
        await self._serve(session_id, line)

    async def _go_on(self, line: _SessionQueue, message: wire.CommandMessage) -> None:
        """Settle one command, under the same interrupts as any running command."""
        known = await self._executions.take_up(message)
        job = line.job = _Job(None, message, known or self._executions.begin(message), self._now())
        async with self._in_force(job) as progress:
            result = await self._runner.recover(message, state=known, progress=progress, fenced=self._fenced)
        await self._report(job, result)

    async def _broke(self, message: wire.CommandMessage, error: Exception) -> None:
        """Report an unexpected error of this command, so that it ends no other command."""
        _LOG.error("A command broke the worker's work on it.", extra=_extra("command.broken", message), exc_info=error)
        if not self._fenced():
            await self._reporter.result(report.unforeseen(message, error))

    async def _serve(self, session_id: str, line: _SessionQueue) -> None:
        try:
            while line.waiting:
                received, message = line.waiting.popleft()
                if self._ending:
                    await self._release(received)
                    continue
                line.job = _Job(received, message, self._executions.begin(message), self._now())
                try:
                    with logs.bound(**_about(message)):
                        if await self._is_to_run(line.job, received):
                            await self._run(line.job, received)
                except errors.Transient:
                    if self._ending:
                        await self._release(received)
                        continue
                    # Longer each time, because SQS moves it to the dead-letter queue after its last receive, even during an outage of AWS.
                    seconds = limits.CLAIM_RETRY_SECONDS * 2 ** (received.receive_count - 1)
                    await self._inbox.postpone(received, seconds)
                    while line.waiting:  # later ones must not overtake it
                        await self._inbox.postpone(line.waiting.popleft()[0], seconds)
                except errors.Permanent as error:
                    await self._inbox.park(received, error.message)
                except Exception as error:
                    await self._give_up(line.job, received, error)
                finally:
                    line.job = None
        finally:
            self._ended(session_id)

    async def _give_up(self, job: _Job, received: Received, error: Exception) -> None:
        """Report the error of a claimed command; an unclaimed one is left to its next receive, the last of which SQS parks."""
        if job.claimed:
            await self._broke(job.message, error)
            await self._inbox.delete(received)
            return
        _LOG.error("A command could not be taken up.", extra=_extra("claim.broken", job.message), exc_info=error)
        await self._inbox.postpone(received, limits.CLAIM_RETRY_SECONDS * 2 ** (received.receive_count - 1))

    def _ended(self, session_id: str) -> None:
        del self._lines[session_id]
        if not self._lines:
            self.busy.clear()
        self.changed.set()

    @property
    def _ending(self) -> bool:
        return self._closing is not None or self._fenced()

    async def _release(self, received: Received) -> None:
        if self._fenced():
            self._inbox.let_go(received)
        else:
            await self._inbox.give_back(received)

    async def _claim(self, job: _Job) -> Claim:
        """Hold the message while AWS does not answer, since SQS parks it after a few receives.

        Raises `errors.Transient` when the worker is to end (it does where it cannot write its heartbeat), or after
        `CLAIM_HOLD_SECONDS`.
        """
        until = self._clock() + CLAIM_HOLD_SECONDS
        while True:
            try:
                self._crash_point("command.received")
                return await self._claims.claim(job.message)
            except errors.Transient as error:
                why = {**_extra("claim.retry", job.message), "why": error.message}
                _LOG.warning("A command could not be claimed.", extra=why)
                await queues.pause(self._closed, limits.CLAIM_RETRY_SECONDS)
                if self._ending or self._clock() >= until:
                    raise

    async def _is_to_run(self, job: _Job, received: Received) -> bool:
        """Whether the command is claimed; if not, it is settled here."""
        claimed = await self._claim(job)
        message = job.message
        if claimed.record is not None and claimed.record.nonce is not None:  # an earlier gateway sends none
            job.message = message = message.model_copy(update={"nonce": claimed.record.nonce})
        match claimed.verdict:
            case ClaimVerdict.RUN:
                return True
            case ClaimVerdict.UNKNOWN:
                await self._inbox.park(received, "no record knows this command")
                return False
            case ClaimVerdict.REPORTED if claimed.result is not None:
                await self._reporter.result(claimed.result)
            case ClaimVerdict.NEVER_STARTED:
                heard = self._marks.over(message.session_id, message.seq, message.attempt)
                await self._reporter.result(claim.never_started(message, claimed.record, heard))
            case ClaimVerdict.GIVES_WAY:
                _LOG.info("It waits for another thread.", extra=_extra("command.held", message))
            case ClaimVerdict.SALVAGE:
                job.claimed = True
                self._claims.begin(message)
                await self._reporter.result(await self._runner.salvage(message))
            case ClaimVerdict.DROP | ClaimVerdict.REPORTED:
                _LOG.info("A message had nothing more to say.", extra=_extra("command.dropped", message))
        await self._inbox.delete(received)
        return False

    async def _run(self, job: _Job, received: Received) -> None:
        message = job.message
        job.claimed = True
        self._crash_point("command.claimed")
        self._claims.begin(message)
        self._crash_point("command.noted")
        _LOG.info("The command begins.", extra=_extra("command.started", message))
        further = await self._executions.after(message)
        if further is not None:
            if job.state.interrupt_signal is not None:
                further.interrupt(job.state.interrupt_signal)
            job.state = further

        async with self._in_force(job) as progress:
            result = await self._runner.run(message, state=job.state, progress=progress, fenced=self._fenced)
        if not await self._report(job, result):
            self._inbox.let_go(received)  # another task has the key, and settles the command
            return
        self._crash_point("command.reported")
        await self._inbox.delete(received)
        self._crash_point("command.deleted")
        _LOG.info("The command is reported.", extra=_extra("command.reported", message))

    @contextlib.asynccontextmanager
    async def _in_force(self, job: _Job) -> AsyncIterator[Progress]:
        """The context of a running command: visible to the control, under the current interrupts, with its progress sent."""
        message = job.message
        if self._closing is not None:
            job.state.request_interrupt(*self._closing)
        heard = self._marks.over(message.session_id, message.seq, message.attempt)
        if heard is not None:
            job.state.request_interrupt(heard.reason, heard.message, heard.interrupted_by)
        progress = job.progress = self._reporter.progress(message)
        with self._executions.visible(job.state):
            async with asyncio.TaskGroup() as group, job.state:
                started = group.create_task(self._reporter.started(message), name="started")
                sending = group.create_task(progress.keep_sending(), name="progress")
                showing = group.create_task(self.show(), name="active")
                stepping = group.create_task(progress.keep_showing(self.show), name="steps")
                yield progress
                await started
                await showing
                sending.cancel()
                stepping.cancel()

    async def _deliver(self, job: _Job, result: wire.ResultMessage) -> None:
        """Send the final report until the queue takes it. The record shows meanwhile that the work is done, so that nobody ends it."""
        job.progress = job.progress or self._reporter.progress(job.message)
        await job.progress(REPORTING, "", None)
        await self._reporter.result(result)

    async def _report(self, job: _Job, result: wire.ResultMessage) -> bool:
        """Report the result; False, without a report, if the key was lost meanwhile."""
        if self._fenced():
            return False
        self._crash_point("command.run")
        await self._deliver(job, result)
        if not result.retryable:
            await self._executions.forget(job.message)
        return True


def _about(message: wire.CommandMessage) -> dict[str, object]:
    facts = {
        "command_id": message.command_id,
        "session_id": message.session_id,
        "attempt": message.attempt,
        "trace_id": trace.trace_id(message.traceparent),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _extra(action: str, message: wire.CommandMessage) -> dict[str, object]:
    return {"action": action, **_about(message)}
