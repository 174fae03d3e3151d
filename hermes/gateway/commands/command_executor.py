"""CommandExecutor: starts the effects of committed transactions. No other class does; all others return effects as values."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable
from typing import assert_never

from hermes import errors
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import provenance
from hermes.domain.effects import Begin, Effects, Release, SendAgain, SendNext, SendReply, StopSession
from hermes.domain.interrupts import InterruptReason
from hermes.domain.sessions import Session
from hermes.gateway.commands import interrupt_first
from hermes.gateway.commands.container_manager import ContainerManager
from hermes.gateway.commands.dispatcher import Dispatcher
from hermes.gateway.commands.interrupter import Interrupter
from hermes.gateway.commands.preemptor import Preemptor
from hermes.gateway.replies.outbox import Outbox
from hermes.gateway.results.concluder import Concluder
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.upkeep.tasks import Tasks


class CommandExecutor:
    """Carries out effects, and those that follow from them, in tasks; at most one task of a name at a time."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        interrupter: Interrupter,
        concluder: Concluder,
        preemptor: Preemptor,
        containers: ContainerManager,
        pending: PendingResults,
        outbox: Outbox,
        tasks: Tasks,
    ) -> None:
        self._dispatcher = dispatcher
        self._interrupter = interrupter
        self._concluder = concluder
        self._preemptor = preemptor
        self._containers = containers
        self._pending = pending
        self._outbox = outbox
        self._tasks = tasks

    def start(self, effects: Effects) -> None:
        """Start them; what fails or is lost is still due in a record."""
        for effect in effects:
            match effect:
                case SendReply():
                    self._outbox.submit(effect.reply)
                case Begin():
                    self._begin(effect)
                case StopSession():
                    reason = InterruptReason.USER_CANCELLED
                    self._run("enforce", effect.by, self.enforce(effect.session, by=effect.by, reason=reason))
                case SendAgain():
                    self._containers.forget(effect.command.container_key)
                    self._run("dispatch", effect.command.command_id, self.dispatch(effect.command))
                case SendNext():
                    self._run("next", effect.ended.session_id, self._next(effect.ended))
                case Release():
                    self._run("release", effect.ended.command_id, self._release(effect.ended))
                case _:
                    assert_never(effect)

    def _begin(self, effect: Begin) -> None:
        """Send the interrupt before anything else that the mail needs."""
        command, session, superseded = effect.command, effect.session, effect.superseded
        self._pending.expect(command.container_key, command.command_id)
        first = None
        if superseded is not None:
            first = self._run("interrupt", superseded.command_id, self._interrupter.send(superseded))
        if session.interrupt_upto == command.seq:
            told = superseded.command_id if superseded else None
            enforce = functools.partial(self.enforce, session, by=command.command_id, told=told)
            self._run("enforce", command.command_id, interrupt_first.then(first, enforce))
        if command.rank is not None:
            preempt = functools.partial(self.preempt, command)
            self._run("preempt", command.command_id, interrupt_first.then(first, preempt))
        dispatch = functools.partial(self.dispatch, command)
        self._run("dispatch", command.command_id, interrupt_first.then(first, dispatch))

    def _run(self, what: str, which: str, work: Awaitable[object]) -> asyncio.Task[None]:
        return self._tasks.start(f"{what} {which}", work)

    async def _next(self, ended: Command) -> None:
        waiting = await self._dispatcher.next(ended)
        if waiting is not None:
            await self.dispatch(waiting)

    async def _release(self, ended: Command) -> None:
        """Send what waited. Not by `SendAgain`: a dispatch of the same command that is under way may have begun before the release,
        and would be taken for this one, although no worker may claim what it sends.
        """
        for waiting in await self._preemptor.released(ended):
            await self.dispatch(waiting)

    # ── carried out at once; what follows is started ───────────────────────────────────────────────────────────────────────

    async def dispatch(self, command: Command) -> None:
        """Send an accepted command to its container (`Dispatcher.dispatch`)."""
        dispatched = await self._dispatcher.dispatch(command)
        self.start(dispatched.effects)
        if dispatched.waits:
            self.start((await self._dispatcher.dispatch(command, told=True)).effects)

    async def enforce(
        self,
        session: Session,
        *,
        by: str | None,
        told: str | None = None,
        reason: InterruptReason = InterruptReason.PRIORITY_OVERRIDE,
    ) -> None:
        """Stop what is below a session's watermark (`Interrupter.enforce`)."""
        self.start(await self._interrupter.enforce(session, by=by, told=told, reason=reason))

    async def interrupt(
        self, command: Command, *, reason: InterruptReason, by: str | None, message: str, below: int | None = None
    ) -> None:
        """Stop one command (`Interrupter.interrupt`)."""
        self.start(await self._interrupter.interrupt(command, reason=reason, by=by, message=message, below=below))

    async def remind(self, command: Command) -> None:
        """Send the interrupt of a command once more (`Interrupter.send`)."""
        await self._interrupter.send(command)

    async def preempt(self, command: Command) -> None:
        """Stop what gives way to an accepted command (`Preemptor.preempt`)."""
        self.start(await self._preemptor.preempt(command))

    async def stop_if_below(self, command: Command) -> bool:
        """Stop a command that gives way to another and was not interrupted yet (`Preemptor.stop_if_below`)."""
        stopped, effects = await self._preemptor.stop_if_below(command)
        self.start(effects)
        return stopped

    async def conclude(
        self,
        result: wire.ResultMessage,
        *,
        via: provenance.Via | None = None,
        unconfirmed: bool = False,
        only: CommandState | None = None,
    ) -> bool:
        """Finish a command (`Concluder.conclude`); True if it is over now."""
        concluded = await self._concluder.conclude(result, via=via, unconfirmed=unconfirmed, only=only)
        self.start(concluded.effects)
        return concluded.over

    async def give_up(self, command: Command, error: str, hint: str, fault: errors.Fault) -> None:
        """End a command that never began (`Concluder.give_up`)."""
        self.start(await self._concluder.give_up(command, error, hint, fault))

    async def answer(self, key: str, body: str) -> bool:
        """Take one message of a container's output queue (`Concluder.answer`); True if its command is over now."""
        concluded = await self._concluder.answer(key, body)
        self.start(concluded.effects)
        return concluded.over
