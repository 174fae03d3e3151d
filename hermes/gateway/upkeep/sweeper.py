"""Sweeper: the only timer. It finds rows whose `due` has passed, claims each by a conditional write, and repeats its step.

While a command is open anywhere, each sweep reads every shard of the index; else each reads the next shard.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from hermes import errors
from hermes.aws import queues
from hermes.aws.records import commands as command_records
from hermes.aws.records.parked_rows import Noun
from hermes.aws.records.stores import Stores
from hermes.config.loading import TimingSettings
from hermes.domain.commands import CommandState
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.commands.container_manager import ContainerManager
from hermes.gateway.going_live.due_approvals import DueApprovals
from hermes.gateway.replies.outbox import Outbox
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.upkeep.due_commands import DueCommands
from hermes.gateway.upkeep.unreadable_rows import UnreadableRows

#: Shards that one sweep reads while nothing is open anywhere; each continues after the last one.
IDLE_SHARDS: Final = 1
#: Rows that a sweep handles at the same time: each takes a few calls, and mails and interrupts need the event loop too.
SWEEP_AT_ONCE: Final = 8
#: Between looks at all open commands, due or not: whoever wrote a due time may have had another time of day.
ALL_SECONDS: Final = 10.0
#: A sweep ends after this even if rows are still due; the next one begins with the interrupts again.
SWEEP_MOST_SECONDS: Final = 5.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DueRows:
    """What carries out the steps that are due, by noun."""

    commands: DueCommands
    replies: Outbox
    approvals: DueApprovals


class Sweeper:
    """Sweeps commands, replies and containers until `stop`."""

    def __init__(
        self,
        *,
        stores: Stores,
        due: DueRows,
        containers: ContainerManager,
        unreadable: UnreadableRows,
        pending: PendingResults,
        timing: TimingSettings,
        env: Env,
    ) -> None:
        self._commands = stores.commands
        self._replies = stores.outbox
        self._due = due
        self._containers = containers
        self._unreadable = unreadable
        self._pending = pending
        self._timing = timing
        self._env = env
        self._next_all = env.clock()

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until `stop`. An AWS fault ends one sweep, not the sweeper."""
        next_orphans = self._env.clock() + self._timing.orphans * self._env.jitter()
        turning = itertools.cycle(command_records.SHARDS)
        found = True
        while not stop.is_set():
            try:
                idle = not found and not self._pending.busy
                shards = [next(turning) for _ in range(IDLE_SHARDS)] if idle else command_records.SHARDS
                found = await self.sweep(shards)
                if self._env.clock() >= next_orphans:
                    next_orphans = self._env.clock() + self._timing.orphans
                    await self._containers.sweep()
                    await self._due.approvals.look()
            except errors.HermesError as error:
                self._env.emit(Event("sweep.failed", self._env.now(), f"sweep: {error.message}", {}))
            await queues.pause(stop, self._timing.sweep * (0.75 + 0.5 * self._env.jitter()))

    async def sweep(self, shards: Sequence[str] = command_records.SHARDS) -> bool:
        """One sweep of what is due now, for at most SWEEP_MOST_SECONDS; True if anything was due."""
        now, moment = self._env.now(), self._env.clock()
        await self._pending.check_silent()
        every = moment >= self._next_all
        if every:
            self._next_all = moment + ALL_SECONDS
        timers, replies = await asyncio.gather(
            self._commands.due(before=None if every else now, shards=shards),
            self._replies.due(before=now, shards=shards),
        )
        timers = [timer for timer in timers if self._due.commands.is_due(timer)]
        ours = [t for t in timers if self._pending.owns(t.container_key) or self._due.commands.is_overdue(t)]
        # Interrupts first, since a person waits for them.
        ours.sort(key=lambda timer: timer.state != CommandState.INTERRUPTING)
        await asyncio.gather(
            self._through("commands", self._due.commands.redo, [timer.command_id for timer in ours]),
            self._through("outbox", self._due.replies.redo, replies),
        )
        return bool(timers or replies)

    async def _through(self, noun: Noun, step: Callable[[str], Awaitable[None]], rows: Sequence[str]) -> None:
        """Handle rows in order, some at the same time, until the sweep's time is over."""
        ends = asyncio.get_running_loop().time() + SWEEP_MOST_SECONDS
        left = (row_id for row_id in rows if not self._unreadable.left(noun, row_id))

        async def take() -> None:
            for row_id in left:
                await self._alone(noun, row_id, step(row_id))
                if asyncio.get_running_loop().time() > ends:
                    return

        await asyncio.gather(*(take() for _ in range(min(SWEEP_AT_ONCE, len(rows)))))

    async def _alone(self, noun: Noun, row_id: str, step: Awaitable[None]) -> None:
        """Handle one row. A failure delays no other row: the row stays due, or is parked if it cannot be read."""
        try:
            try:
                await step
            except errors.UnknownRecord as error:
                await self._unreadable.unreadable(noun, row_id, error)
        except errors.HermesError as error:
            self._unreadable.failed(noun, row_id, error.message)
        except Exception as error:
            self._unreadable.failed(noun, row_id, f"{type(error).__name__}: {error}")
