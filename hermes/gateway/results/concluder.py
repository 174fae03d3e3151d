"""Concluder: takes the reports of containers and ends commands. A report without the right to speak for its command is parked."""

from __future__ import annotations

import dataclasses

from hermes import errors, logs
from hermes.aws.records.stores import Stores
from hermes.domain import trace, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import provenance
from hermes.domain.effects import Effects
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.results.finisher import Finish, Finisher
from hermes.gateway.results.parking import ReportParking
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.results.witness import Witness


@dataclasses.dataclass(frozen=True, slots=True)
class Concluded:
    """The effect of a report on its command."""

    over: bool
    """The command is terminal now, or no record knows it."""
    effects: Effects = ()


class Concluder:
    """Finds the command by its record alone, so any replica may take any report."""

    def __init__(
        self, *, stores: Stores, finisher: Finisher, pending: PendingResults, parking: ReportParking, env: Env
    ) -> None:
        self._finisher = finisher
        self._pending = pending
        self._parking = parking
        self._env = env
        self._witness = Witness(commands=stores.commands)

    def sent(self, command: Command) -> None:
        """Note that a command was sent and will report."""
        self._witness.note(command)

    async def answer(self, key: str, body: str) -> Concluded:
        """Take one message of a container's output queue.

        A report that may not speak for its command is parked. Raises `errors.Unreadable`, `errors.Transient`.
        """
        message, via = wire.read_output(body), provenance.Via(key)
        traced = trace.trace_id(message.traceparent)
        if isinstance(message, wire.ResultMessage):
            with logs.bound(trace_id=traced, command_id=message.command_id):
                concluded = await self.conclude(message, body=body, via=via)
            if concluded.over:
                self._pending.settled(key, message.command_id)
            return concluded
        why = await self._witness.doubt(message, via)
        if why is not None:
            await self._parking.unclaimed(body, why, command_id=message.command_id, key=key)
            return Concluded(over=False)
        text = "the worker has begun" if isinstance(message, wire.Started) else f"{message.step}: {message.message}"
        facts = {
            "command_id": message.command_id,
            "attempt": message.attempt,
            **({"trace_id": traced} if traced else {}),
        }
        if isinstance(message, wire.Progress):
            facts["step"] = message.step
            if message.percent is not None:
                facts["percent"] = message.percent
        self._env.emit(Event(f"command.{message.kind}", self._env.now(), text, facts))
        return Concluded(over=False)

    async def conclude(
        self,
        result: wire.ResultMessage,
        *,
        body: str | None = None,
        via: provenance.Via | None = None,
        unconfirmed: bool = False,
        only: CommandState | None = None,
    ) -> Concluded:
        """Finish a command (`only` while it is in this state).

        `via` is how the report came; None: the gateway itself concludes. A result without a record, or that may not speak for its
        command, is parked and never deleted silently.
        """
        done = await self._finisher.finish(result, via=via, unconfirmed=unconfirmed, only=only)
        command = done.command
        if done.what is Finish.UNKNOWN:
            await self._parking.unclaimed(
                body or result.encode(),
                "no record knows this command",
                command_id=result.command_id,
                key=via.key if via is not None else None,
            )
            return Concluded(over=True)
        if done.what is Finish.DOUBTED:
            if body is not None and command is not None and via is not None:
                why = provenance.doubt(command, via, attempt=result.attempt or None, nonce=result.nonce)
                await self._parking.unclaimed(
                    body, why or provenance.UNPROVEN, command_id=result.command_id, key=via.key
                )
            return Concluded(over=False)
        if done.what is Finish.FINISHED and command is not None:
            self._pending.settled(command.container_key, command.command_id)
        return Concluded(over=command is None or command.state.terminal, effects=done.effects)

    async def give_up(self, command: Command, error: str, hint: str, fault: errors.Fault) -> Effects:
        """End a command that never began, unless a worker has taken it meanwhile."""
        report = wire.ResultMessage(
            command_id=command.command_id, attempt=command.attempt, success=False, error=error, hint=hint, fault=fault
        )
        return (await self.conclude(report, only=CommandState.ACCEPTED)).effects
