"""The records of commands: reads, and the conditional writes of their life."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hermes import errors, ids, limits
from hermes.aws import items, tables
from hermes.aws.once import once
from hermes.aws.records import parked_rows, preemptions
from hermes.aws.records.operating.holds import HoldRecords
from hermes.aws.resource_names import ResourceNames
from hermes.domain import lifecycle
from hermes.domain.commands import Command, CommandState

#: Items of one BatchGetItem.
_BATCH = 100
#: In a claim's transaction, the check that no newer mail of another thread comes first. A pause is answered as if this had failed.
CLAIM_GIVES_WAY = 2
#: Every shard of the `due` index.
SHARDS = tuple(str(shard) for shard in range(limits.DUE_SHARDS))


_ENDED = frozenset(state.value for state in CommandState if state.terminal)


class Timer(NamedTuple):
    """An open command as the `due` index shows it, perhaps a second late."""

    command_id: str
    container_key: str
    due: float
    """Epoch seconds."""
    state: str


class Commands:
    """The commands table (index `due`, index `by_session`)."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("commands")
        self._sessions = names.table("sessions")
        self._holds = HoldRecords(tables=tables, names=names)

    async def get(self, command_id: str) -> Command | None:
        """The command; None if no record knows it."""
        item = await self._tables.get(self.table, {"command_id": command_id})
        return items.from_item(Command, item) if item else None

    async def of_session(self, session_id: str, *, most: int = 50) -> list[Command]:
        """The newest commands of a session, newest first; found by the index, then read consistently."""
        found = await self._tables.query(
            self.table, index="by_session", partition=("session_id", session_id), most=most, forward=False
        )
        if not found:
            return []
        keys = [(self.table, {"command_id": str(items.plain(item["command_id"]))}) for item in found]
        return items.undamaged(Command, await self._tables.get_many(keys))

    async def at(self, session_id: str, seq: int) -> Command | None:
        """The command of a session with this number; None for the number of a `stop`."""
        found = await self._tables.query(
            self.table,
            index="by_session",
            partition=("session_id", session_id),
            sort_at_most=("seq", seq),
            most=1,
            forward=False,
        )
        if not found or items.plain(found[0]["seq"]) != seq:
            return None
        return await self.get(str(items.plain(found[0]["command_id"])))

    async def open_of_session(self, session_id: str, *, most: int = 1000) -> list[Command]:
        """The open ones among a session's newest commands, newest first.

        Reads only commands that the index does not show as ended: an end is final, and a long thread has many.
        """
        found = await self._tables.query(
            self.table, index="by_session", partition=("session_id", session_id), most=most, forward=False
        )
        # A row that lacks its state is looked at whole: it is damaged, and keeps nobody from the others.
        still = [
            str(items.plain(i["command_id"]))
            for i in found
            if "state" not in i or items.plain(i["state"]) not in _ENDED
        ]
        commands: list[Command] = []
        for number in range(0, len(still), _BATCH):
            keys = [(self.table, {"command_id": command_id}) for command_id in still[number : number + _BATCH]]
            commands += items.undamaged(Command, await self._tables.get_many(keys))
        return [command for command in commands if not command.state.terminal]

    async def due(
        self, *, before: float | None, shards: Sequence[str] = SHARDS, most: int | None = limits.DUE_ROWS
    ) -> list[Timer]:
        """Open commands whose due time has passed (`before` None: all open ones), at most so many of each shard, the most overdue first."""
        found = await asyncio.gather(*(self._due(shard, before, most) for shard in shards))
        return sorted((timer for timers in found for timer in timers), key=lambda timer: timer.due)

    async def _due(self, shard: str, before: float | None, most: int | None) -> list[Timer]:
        rows = await self._tables.query(
            self.table,
            index="due",
            partition=("due_shard", shard),
            sort_at_most=("due", before) if before is not None else None,
            most=most,
        )
        read = [{name: items.plain(value) for name, value in row.items()} for row in rows]
        # A damaged row may lack any of them but the keys: it is seen like the others, and parked when it is read.
        return [
            Timer(r["command_id"], str(r.get("container_key", "")), float(r["due"]), str(r.get("state", "")))
            for r in read
        ]

    async def still_open(self, command_ids: Iterable[str]) -> frozenset[str]:
        """Which of these commands (at most 100) are open; read consistently."""
        keys = [(self.table, {"command_id": command_id}) for command_id in command_ids]
        read = await self._tables.get_many(keys) if keys else []
        return frozenset(str(items.plain(item["command_id"])) for item in read if item and _is_open(item))

    def accept(self, command: Command) -> tables.Put:
        """The write of a new command, for the accepting transaction."""
        return tables.Put(table=self.table, item=items.to_item(command), condition=tables.absent("command_id"))

    def write(self, transition: lifecycle.Transition) -> tables.Update:
        """The write of one step, on the condition that the record still has the state and the attempt that the step expects.

        It must be the same state, not any open one: a decision for a command that had not started does not hold for one that has.
        Its slots in the shares must still be its own, since another command may have taken them meanwhile.
        """
        command, newest = transition.before, transition.newest_attempt
        condition = tables.equals("state", command.state.value)
        condition &= tables.equals("attempt", command.attempt) if newest is None else tables.at_most("attempt", newest)
        if transition.timer:
            condition &= tables.equals("due", command.due)
        if transition.step is lifecycle.Step.CONCLUDE and command.counted:
            condition &= tables.present("counted")
        if transition.step is lifecycle.Step.CLAIM:
            condition &= tables.absent("interruption")
        return tables.Update(
            table=self.table,
            key={"command_id": command.command_id},
            set=transition.after.model_dump(include=set(transition.changes)),
            condition=condition,
        )

    async def step(self, transition: lifecycle.Transition) -> Command:
        """Write one step by itself and return the new record. Raises `errors.ConditionFailed`."""
        return items.from_item(Command, await self._tables.update(self.write(transition)))

    async def claim_due(self, command: Command, *, until: float) -> Command:
        """Take the timer of a command as it was read: moves `due` so that no other replica redoes the step.

        Raises `errors.ConditionFailed` if another replica was first or the command went on.
        """
        taken = lifecycle.postpone(command, until=until, token=ids.new_id())

        def ours(current: Command) -> bool:
            return (current.timer_token, current.due) == (taken.after.timer_token, until)

        return await once(self.step(taken), look=lambda: self.get(command.command_id), ours=ours)

    async def claim(
        self,
        command_id: str,
        *,
        attempt: int,
        gen: int,
        token: str,
        now: float,
        key: str | None = None,
        nonce: str | None = None,
        timing: lifecycle.Timing = lifecycle.TIMING,
    ) -> Command:
        """A worker takes a command: accepted → running, unless its session's watermark is above it.

        One transaction with a check of the session, so that a command that is interrupted before it started never starts.
        Raises `errors.ConditionFailed` if the command cannot be claimed, for example if it belongs to another container than `key` or its
        message has another `nonce`. `token` identifies our own write whose answer was lost.
        """
        command, held = await asyncio.gather(self.get(command_id), self._holds.now())
        if command is None or not command.fits(key=key, nonce=nonce):
            raise errors.ConditionFailed(f"there is no record of command {command_id}")

        def ours(current: Command) -> bool:
            return current.claim_token == token and current.state is CommandState.RUNNING

        if ours(command):
            return command
        if command.state is not CommandState.ACCEPTED or command.attempt != attempt:
            raise errors.ConditionFailed(f"command {command_id} is {command.state.value}, attempt {command.attempt}")
        if command.interruption is not None:
            raise errors.ConditionFailed(f"an operator stopped command {command_id} before it began")
        if held.paused(command.project, command.origin.author) is not None:
            # A new message is sent when the pause ends.
            raise errors.ConditionFailed(f"command {command_id} is paused", items={CLAIM_GIVES_WAY: {}})
        claimed = lifecycle.claim(command, gen=gen, token=token, now=now, timing=timing)
        writes: list[tables.Write] = [
            self.write(claimed),
            tables.Check(
                table=self._sessions,
                key={"session_id": command.session_id},
                condition=tables.at_most("interrupt_upto", command.seq),
            ),
            *preemptions.clear_of(self._sessions, command),
        ]

        async def written() -> Command:
            await self._tables.transact(writes)
            return claimed.after

        return await once(written(), look=lambda: self.get(command_id), ours=ours)


def _is_open(item: items.Item) -> bool:
    """Whether a command is open, by two attributes only; the rest of the record may be unreadable."""
    state, shard = (items.plain(item.get(name, {"S": ""})) for name in ("state", "due_shard"))
    return state not in _ENDED and shard != parked_rows.PARTITION
