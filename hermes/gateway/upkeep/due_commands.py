"""DueCommands: repeats the step of a command that is due; a conditional write lets one replica do it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from hermes import errors, limits, logs
from hermes.aws.records.commands import Timer
from hermes.aws.records.stores import Stores
from hermes.config.loading import TimingSettings
from hermes.domain import events, lifecycle, trace, wire
from hermes.domain.active_job import REPORTING
from hermes.domain.commands import Command, CommandState
from hermes.domain.containers import EndCause
from hermes.domain.effects import SendAgain
from hermes.domain.env import Env
from hermes.domain.interrupts import InterruptReason
from hermes.gateway.commands.command_executor import CommandExecutor
from hermes.gateway.commands.container_manager import ContainerManager
from hermes.gateway.commands.dispatcher import Dispatcher
from hermes.gateway.commands.unchanged import Unchanged
from hermes.gateway.results.output_poller import OutputPoller
from hermes.gateway.results.pending_results import PendingResults

#: Extra time over the command's wall limit before the gateway steps in; the worker stops at the limit itself.
WALL_GRACE_SECONDS: Final = 120
#: The interval between looks at an accepted command grows up to this many times the first.
ACCEPTED_SLOWER: Final = 3


class DueCommands:
    """Sends, interrupts, reminds, or ends commands whose container is gone."""

    def __init__(
        self,
        *,
        stores: Stores,
        executor: CommandExecutor,
        dispatcher: Dispatcher,
        containers: ContainerManager,
        poller: OutputPoller,
        pending: PendingResults,
        timing: TimingSettings,
        env: Env,
    ) -> None:
        self._commands = stores.commands
        self._sessions = stores.sessions
        self._active = stores.active_jobs
        self._executor = executor
        self._dispatcher = dispatcher
        self._containers = containers
        self._poller = poller
        self._pending = pending
        self._timing = timing
        self._env = env
        self._timers = Unchanged(env=env)
        self._running_since = Unchanged(env=env)
        self._free_since = Unchanged(env=env)
        self._interrupted_since = Unchanged(env=env)
        self._orphaned_since = Unchanged(env=env)

    async def redo(self, command_id: str) -> None:
        """The step of one command, if it is still due and no other replica was first."""
        command = await self._commands.get(command_id)
        if command is None or command.state.terminal or command.due is None:
            return
        if not self.is_due(Timer(command_id, command.container_key, command.due, command.state)):
            return
        with logs.bound(mail_id=command.mail_id, trace_id=trace.trace_id(command.trace)):
            wait = self._waits[command.state](self._timing, self._env.now() - command.accepted_at)
            if command.acknowledge_at is not None and command.acknowledge_at > self._env.now():
                wait = min(wait, command.acknowledge_at - self._env.now())
            self._env.crash_point("due.found")
            try:
                command = await self._commands.claim_due(command, until=self._env.now() + wait)
                self._env.crash_point("due.claimed")
                await self._acknowledge(command)
                if command.state is not CommandState.ACCEPTED:
                    # The replica that polls for its result may not know of it.
                    self._pending.expect(
                        command.container_key,
                        command.command_id,
                        sent_here=not self._pending.owns(command.container_key),
                    )
                match command.state:
                    case CommandState.ACCEPTED:
                        await self._accepted(command)
                    case CommandState.RUNNING:
                        await self._running(command)
                    case CommandState.INTERRUPTING:
                        await self._interrupting(command)
                    case (
                        CommandState.SUCCEEDED
                        | CommandState.FAILED
                        | CommandState.TIMED_OUT
                        | CommandState.NEEDS_INPUT
                        | CommandState.INTERRUPTED
                    ):
                        pass  # nothing more is due
            except errors.ConditionFailed:
                return  # another replica has it, or it is in a later state

    def is_due(self, timer: Timer) -> bool:
        """Whether its time has passed: by our time of day, or because it has not been changed for longer than any of its waits.

        A worker or gateway whose clock is ahead writes due times that lie far in our future.
        """
        return self._unmoved(timer, self._longest(timer.state)) or timer.due <= self._env.now()

    def is_overdue(self, timer: Timer) -> bool:
        """Whether the replica that should have taken it has not, while we looked: our time of day alone may be ahead."""
        late = self._env.now() - timer.due > limits.OVERDUE_SECONDS
        return self._unmoved(timer, limits.OVERDUE_SECONDS) and (
            late or self._unmoved(timer, self._longest(timer.state))
        )

    def _unmoved(self, timer: Timer, seconds: float) -> bool:
        now = self._env.now()  # only what we saw counts
        return self._timers.longer_than(timer.command_id, timer.due, seconds, written_at=now)

    def _longest(self, state: str) -> float:
        wait = next((wait for known, wait in self._waits.items() if known.value == state), None)
        # A damaged row may have no state; it is parked once it is read.
        return wait(self._timing, math.inf) if wait is not None else self._timing.running

    _waits: Mapping[CommandState, Callable[[TimingSettings, float], float]] = {
        # A command that waits among thousands was sent; the longer it waits, the less often it is checked.
        CommandState.ACCEPTED: lambda timing, age: (
            min(max(1.0, age / timing.accepted), ACCEPTED_SLOWER) * timing.accepted
        ),
        CommandState.RUNNING: lambda timing, age: timing.running,
        CommandState.INTERRUPTING: lambda timing, age: timing.interrupt,
    }

    async def _acknowledge(self, command: Command) -> None:
        """Tell its author that it arrived, where that is owed now. What fails is owed until the next look."""
        if command.acknowledge_at is None or command.acknowledge_at > self._env.now():
            return
        if command.state is not CommandState.INTERRUPTING:
            try:
                self._executor.start(await self._dispatcher.acknowledge(command))
            except errors.ConditionFailed:
                return  # it went on, or a newer mail of its thread was acknowledged in the same moment
            except errors.Transient as error:
                self._say(
                    "command.unacknowledged", f"its author is told later that it arrived: {error.message}", command
                )

    async def _accepted(self, command: Command) -> None:
        """An accepted command: it may never start, is paused, has waited too long, or is sent again."""
        if await self._below_watermark(command):
            return
        if (why := command.interruption) is not None:
            await self._executor.interrupt(command, reason=why.reason, by=why.interrupted_by, message=why.message)
            return
        if (effects := await self._dispatcher.paused(command)) is not None:
            self._executor.start(effects)
            return
        free = await self._dispatcher.free_since(command)
        refused = self._containers.refused(command.container_key)
        most = max(self._timing.start_give_up, limits.MAIL_RETRY_SECONDS if refused else 0.0)
        if free is not None and self._free_since.longer_than(
            command.command_id, (command.attempt, free), most, written_at=free
        ):
            await self._executor.give_up(
                command,
                "The workspace for this project did not start in time.",
                "Please send your request again in a while.",
                errors.Fault.WORKSPACE,
            )
            return
        self._executor.start((SendAgain(command),))

    async def _running(self, command: Command) -> None:
        """A running command: it may be below the watermark, over its time, or without a container."""
        if await self._below_watermark(command) or await self._executor.stop_if_below(command):
            return
        started = command.started_at or command.accepted_at
        longest = command.wall_seconds + WALL_GRACE_SECONDS
        if self._running_since.longer_than(command.command_id, command.attempt, longest, written_at=started):
            if await self._reporting(command):
                return
            message = f"It ran longer than its limit of {command.wall_seconds / 60:.0f} minutes."
            await self._executor.interrupt(command, reason=InterruptReason.TIMEOUT, by=None, message=message)
            return
        if await self._containers.alive(command.container_key, command.claimed_gen):
            if self._timing.still_working and self._env.now() - started > self._timing.still_working:
                self._executor.start(await self._dispatcher.still_working(command))
            return
        if await self._confirmed_gone(command):
            self._say("command.orphaned", "its container is gone", command)
            if await self._containers.ended_by(command.container_key, command.claimed_gen) is EndCause.MEMORY:
                await self._executor.conclude(_needs_more_memory(command))
                return
            await self._executor.conclude(
                wire.ResultMessage(
                    command_id=command.command_id,
                    attempt=command.attempt,
                    success=False,
                    retryable=True,
                    interrupt_reason=InterruptReason.SYSTEM_SHUTDOWN,
                    branch=None,
                    error="The machine that worked on your request went away before it was done.",
                    hint="Please send the request again. What had been saved before is on the branch of this thread.",
                    fault=errors.Fault.WORKSPACE,
                )
            )

    async def _interrupting(self, command: Command) -> None:
        """An interrupting command: remind the worker, later stop its task, and end the command once that is gone."""
        why = command.interruption
        if not await self._containers.alive(command.container_key, command.claimed_gen):
            if await self._confirmed_gone(command):
                await self._executor.conclude(
                    wire.ResultMessage(
                        command_id=command.command_id,
                        attempt=command.attempt,
                        success=False,
                        interrupted=True,
                        interrupt_reason=why.reason if why else InterruptReason.CUSTOM,
                        interrupted_by=why.interrupted_by if why else None,
                    ),
                    unconfirmed=True,
                )
            return
        if why is not None and self._interrupted_since.longer_than(
            command.command_id, why.requested_at, self._timing.interrupt_give_up, written_at=why.requested_at
        ):
            if await self._reporting(command):
                return
            self._say("command.unanswered", "the interrupt is not answered; its container is stopped", command)
            await self._containers.stop(command.container_key, command.claimed_gen, "interrupt not answered")
            return
        await self._executor.remind(command)

    async def _reporting(self, command: Command) -> bool:
        """Whether it has ended and its worker cannot hand over the report: the work is done, and stopping it would lose what was done."""
        jobs = await self._active.of(command.container_key, now=self._env.now())
        here = (command.command_id, command.attempt, REPORTING)
        if here not in {(job.command_id, job.attempt, job.step) for job in jobs}:
            return False
        self._say(
            "command.unreported", "its worker cannot put the report on the output queue and goes on trying", command
        )
        return True

    async def _below_watermark(self, command: Command) -> bool:
        """Interrupt it if a newer mail or a `stop` raised the watermark above it and the process died before the interrupt."""
        session = await self._sessions.get(command.session_id)
        if session is None or command.seq >= session.interrupt_upto:
            return False
        # The command that raised the watermark has its number; a `stop` leaves no command with it.
        at = await self._commands.at(command.session_id, session.interrupt_upto)
        newer = at.command_id if at is not None else None
        reason = InterruptReason.PRIORITY_OVERRIDE if newer else InterruptReason.USER_CANCELLED
        await self._executor.interrupt(command, reason=reason, by=newer, message="", below=session.interrupt_upto)
        return True

    async def _confirmed_gone(self, command: Command) -> bool:
        """Whether its container is gone and its last report was read: the output queue is drained now and again a while later."""
        there = await self._poller.drain(command.container_key)
        now = self._env.now()
        since = command.orphaned_at or now
        # Another replica may have its last report in flight, or have died with it: then it is visible again later.
        long = self._orphaned_since.longer_than(
            command.command_id, since, 2 * limits.VISIBILITY_SECONDS, written_at=since
        )
        if command.orphaned_at is not None and (not there or long):
            return True
        until = now + min(self._timing.running, 10.0)
        await self._commands.step(lifecycle.postpone(command, until=until, orphaned_at=since))
        return False

    def _say(self, name: str, text: str, command: Command) -> None:
        self._env.emit(events.of_command(name, self._env.now(), text, command))


def _needs_more_memory(command: Command) -> wire.ResultMessage:
    """The end of a command that would need as much memory the next time."""
    return wire.ResultMessage(
        command_id=command.command_id,
        attempt=command.attempt,
        success=False,
        branch=None,
        error="It needed more memory than it was given.",
        hint="What had been saved before is on the branch of this thread.",
        fault=errors.Fault.MEMORY,
    )
