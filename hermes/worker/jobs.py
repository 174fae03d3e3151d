"""The commands in this worker's hands: sessions beside each other, the commands of one session one after the other."""

from __future__ import annotations

import asyncio
import collections
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from hermes import errors, limits
from hermes.aws.commands import Commands
from hermes.aws.queues import Received
from hermes.aws.sessions import Sessions
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reach import Reach, nowhere
from hermes.execution import ExecutionState
from hermes.worker import claim
from hermes.worker.claim import Claims, Verdict
from hermes.worker.inbox import Inbox
from hermes.worker.journal import Journal
from hermes.worker.reporter import Reporter
from hermes.worker.runner import Runner
from hermes.worker.watermarks import Watermarks

_LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class _Job:
    received: Received
    message: wire.CommandMessage
    state: ExecutionState


@dataclass(slots=True)
class _Line:
    """One session's commands: the one that runs, and those that wait behind it."""

    waiting: collections.deque[tuple[Received, wire.CommandMessage]] = field(default_factory=collections.deque)
    job: _Job | None = None


class Jobs:
    """Runs commands and stops them."""

    def __init__(
        self,
        *,
        claims: Claims,
        runner: Runner,
        reporter: Reporter,
        inbox: Inbox,
        journal: Journal,
        commands: Commands,
        sessions: Sessions,
        gen: int,
        fenced: Callable[[], bool],
        most: int = limits.MAX_SESSIONS,
        reach: Reach = nowhere,
    ) -> None:
        self._claims = claims
        self._runner = runner
        self._reporter = reporter
        self._inbox = inbox
        self._journal = journal
        self._commands = commands
        self._sessions = sessions
        self._gen = gen
        self._fenced = fenced
        self._most = most
        self._reach = reach
        self._marks = Watermarks()
        self._lines: dict[str, _Line] = {}
        self._closing: tuple[InterruptReason, str, str | None] | None = None
        self.busy = asyncio.Event()
        """Set while anything runs."""
        self.changed = asyncio.Event()
        """Set when a session has ended; whoever waits for room clears it."""

    @property
    def room(self) -> int:
        """How many more sessions may begin."""
        return max(0, self._most - len(self._lines))

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self._lines

    def offer(self, received: Received, message: wire.CommandMessage, group: asyncio.TaskGroup) -> None:
        """Take a command in; `group` owns the task that runs its session."""
        line = self._lines.get(message.session_id)
        if line is None:
            line = self._lines[message.session_id] = _Line()
            group.create_task(self._serve(message.session_id, line), name=f"session {message.session_id}")
        line.waiting.append((received, message))
        self.busy.set()

    def interrupt(self, message: wire.InterruptMessage) -> None:
        """Apply an interrupt to what runs, and remember it for what has not begun."""
        self._marks.raise_to(message)
        line = self._lines.get(message.session_id)
        if line is not None and line.job is not None and line.job.message.seq < message.below_seq:
            _LOG.info("Interrupt heard.", extra=_extra("command.interrupt", line.job.message))
            line.job.state.request_interrupt(message.reason, message.message, message.interrupted_by)

    def close(self, reason: InterruptReason, words: str, by: str | None) -> None:
        """Stop everything that runs, begin nothing more."""
        if self._closing is None:
            self._closing = (reason, words, by)
            for line in self._lines.values():
                if line.job is not None:
                    line.job.state.request_interrupt(reason, words, by)

    async def look_up(self) -> None:
        """Ask the records whether what runs here is to stop: the slow path, should a message be lost."""
        for job in [line.job for line in self._lines.values() if line.job is not None]:
            message = job.message
            try:
                record = await self._commands.get(message.command_id)
                session = await self._sessions.get(message.session_id)
            except errors.Transient as error:
                _LOG.warning("The records could not be read.", extra={"action": "lookup.failed", "why": error.message})
                return
            if record is not None and record.claimed_gen is None and record.attempt == message.attempt:
                continue  # not claimed yet
            stop = claim.stopped_by_record(record, message, session.interrupt_upto if session is not None else 0)
            if stop is not None:
                job.state.request_interrupt(*stop)

    async def recover(self) -> None:
        """Settle what a process before this one had begun: report what was done, save and report what was not."""
        for entry in self._journal.open():
            _LOG.warning("A run before this one was cut short.", extra=_extra("command.recovered", entry.message))
            await self._reporter.result(entry.result or await self._runner.salvage(entry.message))

    async def _serve(self, session_id: str, line: _Line) -> None:
        try:
            while line.waiting:
                received, message = line.waiting.popleft()
                if self._closing is not None:
                    await self._release(received)
                    continue
                line.job = _Job(received, message, ExecutionState(execution_id=message.command_id))
                try:
                    await self._one(line.job)
                except errors.Transient as error:
                    _LOG.warning(
                        "A command could not be claimed.", extra={"action": "claim.retry", "why": error.message}
                    )
                    await self._inbox.postpone(received, limits.CLAIM_RETRY_SECONDS)
                    while line.waiting:  # those behind it must not overtake it
                        await self._inbox.postpone(line.waiting.popleft()[0], limits.CLAIM_RETRY_SECONDS)
                except errors.Permanent as error:
                    await self._inbox.park(received, error.message)
                finally:
                    line.job = None
        finally:
            del self._lines[session_id]
            if not self._lines:
                self.busy.clear()
            self.changed.set()

    async def _release(self, received: Received) -> None:
        if self._fenced():
            self._inbox.let_go(received)
        else:
            await self._inbox.give_back(received)

    async def _one(self, job: _Job) -> None:
        message = job.message
        self._reach("command.received")
        claimed = await self._claims.claim(message)
        match claimed.verdict:
            case Verdict.RUN:
                await self._run(job)
                return
            case Verdict.UNKNOWN:
                await self._inbox.park(job.received, "no record knows this command")
                return
            case Verdict.REPORTED if claimed.result is not None:
                await self._reporter.result(claimed.result)
            case Verdict.NEVER_STARTED:
                heard = self._marks.over(message.session_id, message.seq)
                await self._reporter.result(claim.never_started(message, claimed.record, heard))
            case Verdict.SALVAGE:
                self._journal.begin(message, gen=self._gen)
                await self._reporter.result(await self._runner.salvage(message))
            case _:
                _LOG.info("A message had nothing more to say.", extra=_extra("command.dropped", message))
        await self._inbox.delete(job.received)

    async def _run(self, job: _Job) -> None:
        message = job.message
        self._reach("command.claimed")
        self._journal.begin(message, gen=self._gen)
        self._reach("command.noted")
        _LOG.info("The command begins.", extra=_extra("command.started", message))
        if self._closing is not None:
            job.state.request_interrupt(*self._closing)
        heard = self._marks.over(message.session_id, message.seq)
        if heard is not None:
            job.state.request_interrupt(heard.reason, heard.message, heard.interrupted_by)
        progress = self._reporter.progress(message)
        async with asyncio.TaskGroup() as group:
            started = group.create_task(self._reporter.started(message), name="started")
            sending = group.create_task(progress.keep_sending(), name="progress")
            result = await self._runner.run(message, state=job.state, progress=progress, fenced=self._fenced)
            await started
            sending.cancel()
        job.state.finish()
        if self._fenced():
            self._inbox.let_go(job.received)  # the key is another's: it settles the command
            return
        self._reach("command.run")
        await self._reporter.result(result)
        self._reach("command.reported")
        await self._inbox.delete(job.received)
        self._reach("command.deleted")
        _LOG.info("The command is reported.", extra=_extra("command.reported", message))


def _extra(action: str, message: wire.CommandMessage) -> dict[str, object]:
    return {
        "action": action,
        "command_id": message.command_id,
        "session_id": message.session_id,
        "attempt": message.attempt,
    }
