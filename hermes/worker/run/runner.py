"""Runs one command, from workspace to result: its steps can be stopped at any moment, and its work is always saved.

The runner uses no queues and no records. It always returns a report, and in time: after a stop every step that saves
something has its own deadline and runs even if others failed.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable

from hermes import errors
from hermes.agents.port import Progress
from hermes.domain import wire
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.domain.request import CommandType
from hermes.execution import ExecutionInterrupted, ExecutionState, ExecutionStatus, InterruptSignal, iso_time
from hermes.process import descendants
from hermes.process.reserve import NO_ROOM, Reserve
from hermes.repository.workspace import Workspace
from hermes.worker.run import agent_task, going_live, report, steps, workspace_cleaner
from hermes.worker.run.live_log import LiveLog
from hermes.worker.run.publish import filled
from hermes.worker.run.report import Facts
from hermes.worker.run.run import Run
from hermes.worker.run.tools import Tools
from hermes.worker.run.work_saver import WorkSaver

_LOG = logging.getLogger(__name__)

_NOT_TWICE = frozenset({"agent", "correct"})
"""The steps that are not repeated once they began, since they may have done half of their work."""


class Runner:
    """Runs commands, one call each."""

    def __init__(
        self,
        *,
        tools: Tools,
        workspace: Callable[[wire.CommandMessage], Workspace],
        saver: WorkSaver,
        reserve: Reserve | None = None,
        live: LiveLog | None = None,
        env: Env,
    ) -> None:
        """`reserve` is the room on the disk in which a run that found none is saved; `live` shows its output while it runs."""
        self._tools = tools
        self._workspace = workspace
        self._saver = saver
        self._reserve = reserve
        self._live = live
        self._now = env.now
        self._clock = env.clock
        self._emit = env.emit
        self._crash_point = env.crash_point

    async def run(
        self,
        command: wire.CommandMessage,
        *,
        state: ExecutionState,
        progress: Progress,
        fenced: Callable[[], bool] = lambda: False,
    ) -> wire.ResultMessage:
        """Run a command and return its report. Raises only on cancellation, after the agent has ended."""
        space, facts, began = self._workspace(command), Facts(begun=self._clock()), self._now()
        run = Run(
            command=command,
            space=space,
            facts=facts,
            state=state,
            progress=progress,
            fenced=fenced,
            crash_point=self._crash_point,
        )
        seconds = command.context.limits.wall_seconds
        state.set_timeout(seconds, _took_too_long(seconds))
        if self._reserve is not None:
            self._reserve.hold()
        async with space:  # at its end no process of the agent's user is left; only then it is reported
            try:
                workspace_cleaner.note_use(space.paths, session_id=command.session_id, branch=command.context.branch)
                await agent_task.show_hidden(space)
                live = self._live.of(run) if self._live is not None else contextlib.nullcontext()
                async with self._way_out(run), live:
                    await steps.carry_out(run, self._tools)
            except ExecutionInterrupted:
                _LOG.info("The command was stopped.", extra=run.about("command.stopped"))
            except Exception as error:
                if _no_room(error) and self._reserve is not None:
                    self._reserve.release()
                facts.failure = _failure(error, run)
            finally:
                state.cancel_timeout()
            if facts.complete and facts.failure is None:
                facts.preview_url = self._preview(run)
            run.stopped = None if self._done(run) else state.interrupt_signal
            await self._saver.keep(run)
            if facts.landed is not None and command.type is CommandType.PUBLISH:
                await going_live.tidy(run, self._now())
        self._emit(run.over(began=began, now=self._now()))
        return report.final(command, facts, stopped=run.stopped, now=self._clock())

    @contextlib.asynccontextmanager
    async def _way_out(self, run: Run) -> AsyncIterator[None]:
        """The way of the command's programs to the network; afterwards the facts tell what was blocked and spent."""
        if self._tools.outlets is None:
            yield
            return
        allowed = run.command.context.limits.cost_usd

        def over(spent: float) -> None:
            words = f"It cost ${spent:.2f}, and one request may cost ${allowed or 0:.2f}."
            run.state.request_interrupt(InterruptReason.RESOURCE_LIMIT, words, ResourceLimit.COST)

        async with self._tools.outlets.open(limit=allowed, over=over) as outlet:
            run.outlet = outlet
            try:
                yield
            finally:
                run.facts.blocked, run.facts.counted_usd = tuple(outlet.blocked), outlet.spent_usd

    async def salvage(self, command: wire.CommandMessage) -> wire.ResultMessage:
        """Save the work of a run that ended with its process, and report that it may run again."""
        stopped = InterruptSignal(
            reason=InterruptReason.SYSTEM_SHUTDOWN,
            message="The worker had to be restarted.",
            triggered_at=iso_time(self._now()),
        )
        facts = Facts(begun=self._clock(), began=True)
        run = Run(command=command, space=self._workspace(command), facts=facts, stopped=stopped)
        await descendants.sweep(command.command_id)
        async with run.space:
            try:
                await agent_task.show_hidden(run.space)
                await run.space.resume()
                if command.type is CommandType.ASK:
                    await self._saver.drop(run)
                elif command.type is not CommandType.PUBLISH and await run.space.sound():
                    await self._saver.save(run)
            except errors.StepFailed as error:
                facts.unsaved = error
            await self._saver.keep_unpushed(run)
        return report.final(command, facts, stopped=stopped, now=self._clock())

    async def recover(
        self,
        command: wire.CommandMessage,
        *,
        state: ExecutionState | None,
        progress: Progress,
        fenced: Callable[[], bool] = lambda: False,
    ) -> wire.ResultMessage:
        """Settle a command that a dead process had begun in this folder; `state` is from its snapshot, None if there is none.

        It continues after the last step that was done; if the agent had begun and not ended, its work is saved instead.
        """
        # Its agent may have outlived its worker, and would continue to edit.
        await descendants.sweep(command.command_id)
        if state is None or any(
            step.key in _NOT_TWICE and step.status is not ExecutionStatus.COMPLETED for step in state.steps
        ):
            return await self.salvage(command)
        return await self.run(command, state=state, progress=progress, fenced=fenced)

    def _done(self, run: Run) -> bool:
        """Whether everything was done and pushed before the interrupt came; then success is reported."""
        facts, publication = run.facts, self._tools.preview.publication
        done = facts.complete or (facts.landed is not None and facts.agent.error is None and publication is None)
        if run.command.type is CommandType.PUBLISH:
            return facts.landed is not None
        return run.command.type is CommandType.EDIT and done

    def _preview(self, run: Run) -> str | None:
        facts, preview, plan = run.facts, self._tools.preview, run.command.context.publishing
        if plan is not None:
            return plan.url or None
        if not preview.url:
            return None
        shown = facts.published is not None if preview.publication is not None else facts.landed is not None
        if not shown and (preview.publication is not None or run.command.type is not CommandType.PREVIEW):
            return None
        return filled(preview.url, run.command, facts.landed.sha if facts.landed is not None else "")


def _failure(error: Exception, run: Run) -> errors.StepFailed:
    """What went wrong, in words for a person."""
    if _no_room(error):
        _LOG.error("There is no room on the disk.", extra=run.about("disk.full"), exc_info=error)
        return errors.StepFailed(
            "There is no room on the machine that does this work.",
            hint="The operator has to make room on the disk; then send your request again.",
            fault=errors.Fault.DISK,
        )
    if isinstance(error, errors.StepFailed):
        return error
    if isinstance(error, errors.Transient):
        # Its message names accounts, roles and queues, which only the operator may see.
        _LOG.warning("A service did not answer.", extra={**run.about("command.unserved"), "why": error.message})
        words = "A service that Hermes needs did not answer."
        hint = "Send your request again in a while."
        fault = errors.Fault.SERVICE
    elif isinstance(error, errors.AwsRefused):
        _LOG.error("A service refused a step.", extra={**run.about("command.unserved"), "why": error.message})
        words = "A service that Hermes needs refused it."
        hint = "The operator has to look at what the worker is allowed to do."
        fault = errors.Fault.SERVICE
    elif isinstance(error, OSError):
        _LOG.error("The disk refused a step.", extra=run.about("command.disk"), exc_info=error)
        words = f"The worker's disk did not take it: {error.strerror or error}."
        hint = "The operator has to make room or look at the disk; then send your request again."
        fault = errors.Fault.DISK
    else:
        _LOG.error("A step failed in a way that nobody foresaw.", extra=run.about("command.broken"), exc_info=error)
        words = f"Hermes itself failed while it worked on this ({type(error).__name__})."
        hint = "Your request was not lost; the operator sees the reason. Send it again in a while."
        fault = errors.Fault.INTERNAL
    return errors.StepFailed(words, hint=hint, fault=fault)


def _no_room(error: Exception) -> bool:
    """Whether the disk is full, also by the messages of git and other programs."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, OSError) and found.errno in NO_ROOM:
            return True
        if isinstance(found, errors.StepFailed) and any(os.strerror(number) in str(found) for number in NO_ROOM):
            return True
        found = found.__cause__
    return False


def _took_too_long(seconds: float) -> str:
    return (
        f"It took longer than {seconds / 60:.0f} minutes."
        if seconds >= 120
        else f"It took longer than {seconds:g} second{'' if seconds == 1 else 's'}."
    )
