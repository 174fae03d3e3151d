"""Interrupter: stops commands, record first, then the queue. If the process dies in between, the sweeper finds the record."""

from __future__ import annotations

import datetime
import functools

from hermes import errors
from hermes.aws.once import once
from hermes.aws.records.stores import Stores
from hermes.domain import events, lifecycle, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import unstarted
from hermes.domain.effects import Effects
from hermes.domain.env import Env
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.sessions import Session
from hermes.gateway.commands.container_manager import ContainerManager
from hermes.gateway.results.concluder import Concluder
from hermes.gateway.results.pending_results import PendingResults


class Interrupter:
    """Interrupts commands; it has no state that the records do not have."""

    def __init__(
        self,
        *,
        stores: Stores,
        containers: ContainerManager,
        concluder: Concluder,
        pending: PendingResults,
        timing: lifecycle.Timing,
        env: Env,
    ) -> None:
        self._commands = stores.commands
        self._queues = stores.queues
        self._containers = containers
        self._concluder = concluder
        self._pending = pending
        self._timing = timing
        self._env = env

    async def enforce(
        self,
        session: Session,
        *,
        by: str | None,
        told: str | None = None,
        reason: InterruptReason = InterruptReason.PRIORITY_OVERRIDE,
    ) -> Effects:
        """Apply the session's watermark to its older commands: one that has not started never will, one that runs is interrupted.

        `told` is the command whose interrupt is being sent already.
        """
        effects: Effects = ()
        for command in await self._commands.open_of_session(session.session_id):
            if command.seq < session.interrupt_upto and command.command_id != told:
                effects += await self.interrupt(command, reason=reason, by=by, message="", below=session.interrupt_upto)
        return effects

    async def interrupt(
        self,
        command: Command,
        *,
        reason: InterruptReason,
        by: str | None,
        message: str,
        below: int | None = None,
        preempted: bool = False,
    ) -> Effects:
        """Stop one command: record first, then the queue. Repeating it is harmless. `preempted`: a mail of another thread comes first."""
        if command.state is CommandState.ACCEPTED:
            concluded = await self._concluder.conclude(
                unstarted.report(command, reason, by), only=CommandState.ACCEPTED
            )
            if concluded.over:
                return concluded.effects
            current = await self._commands.get(command.command_id)
            if current is None or current.state is not CommandState.RUNNING:
                return concluded.effects
            command = current  # a worker took it in between
        now = self._env.now()
        # A stop for good overrides a preemption, after which the command would run again.
        for_good = command.interruption is not None and command.interruption.preempted and not preempted
        if command.state is CommandState.RUNNING or for_good:
            why = Interruption(reason=reason, message=message, interrupted_by=by, requested_at=now, preempted=preempted)
            step = lifecycle.interrupt(command, why, now=now, timing=self._timing)
            try:
                command = await once(
                    self._commands.step(step),
                    look=functools.partial(self._commands.get, command.command_id),
                    ours=lambda current: not current.state.terminal and current.interruption == why,
                )
            except errors.ConditionFailed:
                return ()  # it ended, or another replica was first
            self._env.crash_point("interrupt.recorded")
        await self.send(command, below=below)
        return ()

    async def send(self, command: Command, *, below: int | None = None) -> None:
        """Put the interrupt of an `interrupting` command on the queue, again if need be."""
        why = command.interruption
        if why is None:
            raise errors.Permanent(f"command {command.command_id} is interrupting without a reason")
        self._pending.expect(command.container_key, command.command_id)
        message = wire.InterruptMessage(
            session_id=command.session_id,
            below_seq=max(below or 0, command.seq + 1),
            reason=why.reason,
            interrupted_by=why.interrupted_by,
            message=why.message,
            attempt=command.attempt if why.preempted else None,
            traceparent=command.trace,
            timestamp=datetime.datetime.fromtimestamp(self._env.now(), datetime.UTC).isoformat(timespec="milliseconds"),
        )
        self._env.crash_point("interrupt.made")
        await self._containers.queue_sets.send(
            command.container_key,
            lambda queue_set: self._queues.send(queue_set.interrupts_url, message.encode(), urgent=True),
        )
        self._env.crash_point("interrupt.sent")
        self._say("command.interrupting", f"interrupt sent: {why.reason.value}", command)

    def _say(self, name: str, text: str, command: Command) -> None:
        self._env.emit(events.of_command(name, self._env.now(), text, command))
