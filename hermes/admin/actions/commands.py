"""Stops a command, and runs an ended one again. The record is written here; a gateway carries it out within its next sweep."""

from __future__ import annotations

import functools

from hermes import errors, ids, limits
from hermes.admin.actions.recording import recorded
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.aws.once import once
from hermes.aws.tables import Write
from hermes.domain import lifecycle, trace, wire
from hermes.domain.commands import Command, CommandState, HistoryEntry
from hermes.domain.interrupts import OPERATOR, Interruption, InterruptReason
from hermes.domain.operating.audit import Act


async def find(console: Console, viewer: Viewer, command_id: str) -> Command:
    """The command. Raises `errors.NotFound`."""
    command = await console.stores.commands.get(command_id)
    if command is None:
        raise errors.NotFound(f"there is no command {command_id}")
    viewer.require(command.project, f"command {command_id}")
    return command


async def stop(console: Console, viewer: Viewer, command_id: str, *, reason: str = "") -> Command:
    """Stop a command that has not ended: its work is saved, and the person's mail says that an operator stopped it.

    Raises `errors.NotFound`, `errors.NotAllowed`; `errors.NotPossible` for one that has ended.
    """
    command = await find(console, viewer, command_id)
    async with recorded(console, viewer, Act.STOP, command_id, project=command.project, reason=reason):
        for _ in range(3):
            if command.state.terminal:
                raise errors.NotPossible(f"command {command_id} has ended: {command.state.value}")
            if command.state is CommandState.INTERRUPTING and not _for_a_while(command):
                return command
            try:
                return await _stop(console, viewer, command, reason)
            except errors.ConditionFailed:
                command = await find(console, viewer, command_id)  # it began, or ended, meanwhile
        raise errors.NotPossible(f"command {command_id} changes all the time; look at it and stop it again")


def _for_a_while(command: Command) -> bool:
    """Whether it is being stopped for another thread, after which it would run again."""
    return command.interruption is not None and command.interruption.preempted


async def _stop(console: Console, viewer: Viewer, command: Command, reason: str) -> Command:
    now = console.now()
    why = Interruption(
        reason=InterruptReason.CUSTOM,
        message=reason or "stopped by an operator",
        interrupted_by=f"{OPERATOR}{viewer.name}",
        requested_at=now,
    )
    if command.state is CommandState.ACCEPTED:
        step = lifecycle.ask(command, why, now=now)
    else:
        step = lifecycle.interrupt(command, why, now=now, timing=lifecycle.AT_ONCE, detail=f"by operator {viewer.name}")
    return await once(
        console.stores.commands.step(step),
        look=functools.partial(console.stores.commands.get, command.command_id),
        ours=lambda current: current.interruption == why,
    )


async def retry(console: Console, viewer: Viewer, command_id: str, *, reason: str = "") -> Command:
    """Run the request of an ended command again, as a new command at the end of its thread; returns it.

    Raises `errors.NotFound`, `errors.NotAllowed`; `errors.NotPossible` while a command of its thread is open.
    """
    command = await find(console, viewer, command_id)
    async with recorded(console, viewer, Act.RETRY, command_id, project=command.project, reason=reason):
        for _ in range(5):
            session = await console.stores.sessions.get(command.session_id)
            if session is None:
                raise errors.NotPossible(f"the record of thread {command.session_id} is no longer kept")
            for open_one in await console.stores.commands.open_of_session(session.session_id):
                raise errors.NotPossible(
                    f"command {open_one.command_id} of its thread is {open_one.state.value}; wait for it, or stop it first"
                )
            again = _again(console, viewer, command, session.seq + 1)
            after = session.model_copy(update={"seq": again.seq, "head": again.command_id, "updated_at": console.now()})
            writes: list[Write] = [
                console.stores.sessions.advance(session, after),
                console.stores.commands.accept(again),
            ]
            try:
                await once(
                    console.stores.tables.transact(writes),
                    look=functools.partial(console.stores.commands.get, again.command_id),
                    ours=lambda current, nonce=again.nonce: current.nonce == nonce,  # type: ignore[misc]
                )
            except (errors.ConditionFailed, errors.TransactionBusy):
                continue  # a mail of the thread came meanwhile
            return again
        raise errors.NotPossible(f"thread {command.session_id} changes all the time; look at it and try again")


def _again(console: Console, viewer: Viewer, command: Command, seq: int) -> Command:
    """The new command: the same request, with what came of it before."""
    now = console.now()
    previous = wire.Previous(
        command_id=command.command_id,
        instruction=command.instruction[:2000],
        reason=command.interruption.reason if command.interruption else None,
    )
    entry = HistoryEntry(at=now, what="accepted", detail=f"{command.command_id} again, by operator {viewer.name}"[:200])
    made = Command(
        command_id=ids.digest("retry", command.command_id, str(seq), chars=26),
        session_id=command.session_id,
        container_key=command.container_key,
        mail_id=command.mail_id,
        seq=seq,
        type=command.type,
        instruction=command.instruction,
        named=command.named,
        policy=command.policy,
        context=command.context.model_copy(update={"previous": previous}),
        origin=command.origin,
        accepted_at=now,
        wall_seconds=command.wall_seconds,
        attempts=command.attempts,
        agent=command.agent,
        charged=command.charged,
        rank=command.rank,
        if_preempted=command.if_preempted,
        history=(entry,),
        trace=trace.begin(command.mail_id),
        nonce=console.new_id(),
        expires_at=int(now + limits.KEEP_SECONDS),
    )
    return lifecycle.accept(made, now=now, timing=lifecycle.AT_ONCE)
