"""Which results this replica polls for, and for how long.

A replica knows what it sent, and heartbeats of the others name what it has to poll for. The records are read where that is not
enough: at the start, when a replica comes or goes, and about commands that have been silent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from hermes import errors
from hermes.aws.records.commands import Commands
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.gateway.results import replica_membership
from hermes.gateway.results.pending_ledger import PendingLedger
from hermes.gateway.results.replica_membership import News, ReplicaMembership

#: Batches of silent commands that are looked up in a row.
_BATCHES, _BATCH = 5, 100


class PendingResults:
    """Decides for which container keys this replica polls, and calls a listener with each new key."""

    def __init__(self, *, commands: Commands, ledger: PendingLedger, membership: ReplicaMembership, env: Env) -> None:
        self._commands = commands
        self._ledger = ledger
        self._membership = membership
        self._env = env
        self._stirred = asyncio.Event()
        self._on_key: Callable[[str], None] = _nobody

    def each_key(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with each container key for which results are pending, perhaps more than once."""
        self._on_key = listener

    def __iter__(self) -> Iterator[str]:
        """The container keys for which this replica polls."""
        return iter(self._ledger)

    def __contains__(self, key: str) -> bool:
        return key in self._ledger

    @property
    def living(self) -> frozenset[str]:
        """The replicas that are alive, as far as this one knows."""
        return self._membership.living

    @property
    def busy(self) -> bool:
        """Whether a command is open anywhere, as far as is known."""
        return self._membership.busy

    def owns(self, key: str) -> bool:
        """Whether this replica polls for a container key."""
        return self._membership.owns(key)

    def expect(self, key: str, command_id: str, *, sent_here: bool = True) -> None:
        """Poll for an open command of a container. `sent_here`: the owner of its key may not know of it."""
        self._ledger.add(key, command_id, sent_here=sent_here)
        self.announce()
        self._on_key(key)

    def announce(self) -> None:
        """Announce that a result will be pending. If the others believe that none is, they are told now: we may die at any moment."""
        if self._membership.announce():
            self._stirred.set()

    def settled(self, key: str, command_id: str) -> None:
        """Note that a command has ended."""
        self._ledger.drop(key, command_id)

    async def run(self, stop: asyncio.Event) -> None:
        """Exchange heartbeats with the other replicas until `stop`; then leave the row, so that they need not wait."""
        while not stop.is_set():
            self._stirred.clear()
            try:
                await (self.heartbeat() if self.busy else self.watch())
            except errors.HermesError as error:
                self._failed(error)
            await self._pause(stop)
        try:
            await self._membership.leave()
        except errors.HermesError as error:
            self._failed(error)

    async def heartbeat(self) -> None:
        """Write our heartbeat with what the others have to poll for, and read theirs."""
        await self._take(await self._membership.heartbeat())

    async def watch(self) -> None:
        """Read the others' heartbeats: one of them may die while results are pending for it."""
        await self._take(await self._membership.watch())

    async def _take(self, news: News) -> None:
        for key, command_id in news.told:
            self.expect(key, command_id, sent_here=False)
        if news.moved:
            await self.reconcile()
            self._membership.reconciled()
        await self._membership.forget_dead()

    async def reconcile(self) -> None:
        """After a change of owners poll for every open command of this replica's keys. Reads the whole `due` index."""
        self._ledger.drop_others(self.owns)
        for key in self:
            self._on_key(key)
        for timer in await self._commands.due(before=None, most=None):
            if timer.container_key and self.owns(timer.container_key):  # a damaged row may name none
                self.expect(timer.container_key, timer.command_id, sent_here=False)

    async def check_silent(self) -> None:
        """Look up commands that were silent, and drop those that have ended. Makes no call if there are none."""
        for _ in range(_BATCHES):
            silent = self._ledger.silent(_BATCH)
            if not silent:
                return
            still = await self._commands.still_open(command_id for _, command_id in silent)
            for key, command_id in silent:
                if command_id in still:
                    self._ledger.add(key, command_id, sent_here=False)
                else:
                    self._ledger.drop(key, command_id)
            if len(silent) < _BATCH:
                return

    async def _pause(self, stop: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(event.wait()) for event in (stop, self._stirred)]
        try:
            await asyncio.wait(waits, timeout=replica_membership.HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _failed(self, error: errors.HermesError) -> None:
        self._env.emit(Event("replicas.failed", self._env.now(), f"the other replicas: {error.message}", {}))


def _nobody(_: str) -> None:
    """The listener before one is set."""
