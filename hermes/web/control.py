"""The gateway's commands under the HTTP control of `hermes.execution`: what the records say, and interrupts by way of them.

Any replica answers for any command, since nothing is in its memory; a stream is the record looked at again and again.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final

from hermes.aws.records.active_jobs import ActiveJobs
from hermes.aws.records.commands import Commands
from hermes.domain.active_job import ActiveJob
from hermes.domain.commands import Command, CommandState
from hermes.domain.env import Env
from hermes.domain.interrupts import OPERATOR, is_operator
from hermes.execution import (
    Event,
    ExecutionStatus,
    InterruptReport,
    InterruptSignal,
    NoteEvent,
    StatusReport,
    StepEvent,
    UnknownExecution,
    iso_time,
)
from hermes.gateway.commands.command_executor import CommandExecutor

#: A stream of a command looks at its record this often.
CONTROL_LOOK_SECONDS: Final = 1.0

_STATUS = {
    CommandState.ACCEPTED: ExecutionStatus.PENDING,
    CommandState.RUNNING: ExecutionStatus.STARTED,
    CommandState.INTERRUPTING: ExecutionStatus.CANCELLING,
    CommandState.SUCCEEDED: ExecutionStatus.COMPLETED,
    CommandState.NEEDS_INPUT: ExecutionStatus.COMPLETED,
    CommandState.FAILED: ExecutionStatus.FAILED,
    CommandState.TIMED_OUT: ExecutionStatus.INTERRUPTED,
    CommandState.INTERRUPTED: ExecutionStatus.INTERRUPTED,
}


class RecordControl:
    """An `ExecutionControl` over the records of commands; an execution's id is the command's."""

    def __init__(
        self,
        *,
        commands: Commands,
        active: ActiveJobs,
        executor: CommandExecutor,
        look_seconds: float = CONTROL_LOOK_SECONDS,
        env: Env,
    ) -> None:
        self._commands = commands
        self._active = active
        self._executor = executor
        self._now = env.now
        self._sleep = env.sleep
        self._look_seconds = look_seconds

    async def interrupt(self, execution_id: str, signal: InterruptSignal) -> bool:
        """Stop it; True if this is what stops it. Raises `UnknownExecution`."""
        command = await self._find(execution_id)
        if command.state not in (CommandState.ACCEPTED, CommandState.RUNNING):
            return False
        words, by = signal.message or "", signal.triggered_by or "over HTTP"
        # Whoever has the token is no sender of the mail: the person is told that an operator stopped it.
        by = by if is_operator(by) else f"{OPERATOR}{by}"
        await self._executor.interrupt(command, reason=signal.reason, by=by, message=words)
        current = await self._find(execution_id)
        return current.state in (CommandState.INTERRUPTING, CommandState.INTERRUPTED)

    async def status(self, execution_id: str) -> StatusReport:
        """The status of one execution. Raises `UnknownExecution`."""
        return _report(await self._find(execution_id))

    async def statuses(self) -> list[StatusReport]:
        """How the open commands stand: those that a timer waits for, found by an index that may be a second late."""
        found = await self._commands.due(before=None, most=100)
        read = [await self._commands.get(timer.command_id) for timer in found]
        return [_report(command) for command in read if command is not None and not command.state.terminal]

    async def stream(self, execution_id: str) -> contextlib.AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Its events from now on, to its end. Raises `UnknownExecution`."""
        return contextlib.aclosing(self._changes(await self._find(execution_id)))

    async def _changes(self, seen: Command) -> AsyncGenerator[Event, None]:
        step, progress = "", ""
        while not seen.state.terminal:
            await self._sleep(self._look_seconds)
            found = await self._commands.get(seen.command_id)
            if found is None:
                return
            for entry in found.history:
                if entry not in seen.history:
                    detail = f"{entry.what}: {entry.detail}" if entry.detail else entry.what
                    yield NoteEvent(execution_id=seen.command_id, at=entry.at, detail=detail)
            job = None if found.state.terminal else await self._job(found)
            if job is not None and job.step and job.progress != progress:
                yield _progress(job, self._now(), begins=job.step != step)
                step, progress = job.step, job.progress
            if found.state is not seen.state:
                yield _event(found, self._now())
            seen = found

    async def _job(self, command: Command) -> ActiveJob | None:
        """Where it is, as its worker wrote it last."""
        jobs = await self._active.of(command.container_key, now=self._now())
        return next((job for job in jobs if job.command_id == command.command_id), None)

    async def _find(self, execution_id: str) -> Command:
        command = await self._commands.get(execution_id)
        if command is None:
            raise UnknownExecution(f"there is no command {execution_id!r}")
        return command


def _progress(job: ActiveJob, at: float, *, begins: bool) -> Event:
    """A step that begins, or what is done in it meanwhile."""
    if not begins:
        return NoteEvent(execution_id=job.command_id, at=at, detail=job.progress)
    return StepEvent(
        execution_id=job.command_id,
        at=at,
        status=ExecutionStatus.STARTED,
        step=job.step,
        attempt=job.attempt,
        detail=job.progress,
    )


def _event(command: Command, at: float) -> StepEvent:
    status = _STATUS[command.state]
    stopped = status in (ExecutionStatus.CANCELLING, ExecutionStatus.INTERRUPTED)
    why = command.interruption if stopped else None
    return StepEvent(
        execution_id=command.command_id,
        at=at,
        status=status,
        attempt=command.attempt,
        detail=command.state.value,
        reason=why.reason if why is not None else None,
    )


def _report(command: Command) -> StatusReport:
    why = command.interruption
    interrupted = None
    if why is not None:
        interrupted = InterruptReport(
            reason=why.reason,
            message=why.message,
            triggered_by=why.interrupted_by.removeprefix(OPERATOR) if why.interrupted_by else None,
            triggered_at=iso_time(why.requested_at),
        )
    return StatusReport(execution_id=command.command_id, status=_STATUS[command.state], interrupted=interrupted)
