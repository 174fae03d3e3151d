"""Which results this replica polls for, and for how long: it is told when a command is open and when it has ended.

A replica knows by itself what it sent, and hears from the others what is its own to poll for. The records are asked where that cannot be
enough: at the start, when a replica has come or gone, and about commands that have been silent.
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
    """The one place that decides for which container keys this replica polls; whoever polls is told of each new key."""

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
        """Is a command open anywhere, as far as is known?"""
        return self._membership.busy

    def owns(self, key: str) -> bool:
        """Is it for this replica to poll for a container key?"""
        return self._membership.owns(key)

    def expect(self, key: str, command_id: str, *, sent_here: bool = True) -> None:
        """A command of this container is open: poll for it. `sent_here`: the replica that is to poll for it may not know of it."""
        self._ledger.add(key, command_id, sent_here=sent_here)
        self.announce()
        self._on_key(key)

    def announce(self) -> None:
        """Something is about to be expected. If the others believe that nothing is they are told now: we may die at any moment."""
        if self._membership.announce():
            self._stirred.set()

    def settled(self, key: str, command_id: str) -> None:
        """The command has ended."""
        self._ledger.drop(key, command_id)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep step with the other replicas until `stop`; then leave their row, so that they need not wait."""
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
        """Tell the others that we live and what is theirs to poll for, and take what they say."""
        await self._take(await self._membership.heartbeat())

    async def watch(self) -> None:
        """Take what the others say: one of them may die while results are pending for it."""
        await self._take(await self._membership.watch())

    async def _take(self, news: News) -> None:
        for key, command_id in news.told:
            self.expect(key, command_id, sent_here=False)
        if news.moved:
            await self.reconcile()
            self._membership.reconciled()
        await self._membership.forget_dead()

    async def reconcile(self) -> None:
        """The owners may have changed: poll for every open command that is this replica's. Reads the whole `due` index."""
        self._ledger.drop_others(self.owns)
        for key in self:
            self._on_key(key)
        for timer in await self._commands.due(before=None, most=None):
            if timer.container_key and self.owns(timer.container_key):  # a damaged row may name none
                self.expect(timer.container_key, timer.command_id, sent_here=False)

    async def check_silent(self) -> None:
        """Look up what was silent for a while; nobody polls for what has ended. No call where nothing was."""
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
    """Nobody polls yet."""
