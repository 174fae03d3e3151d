"""Owing: keeps what the poller believes to be owed in step with the records.

A replica knows by itself what it sent, and is told by the others what is its turn to poll for. The records are asked where that cannot
be enough: at the start, when a replica has come or gone, and about commands that have been silent.
"""

from __future__ import annotations

from collections.abc import Callable

from hermes.aws.records import commands as command_records
from hermes.gateway.results.output_poller import OutputPoller
from hermes.gateway.results.owed import Owed

#: Batches of silent commands that are looked up in a row.
_BATCHES, _BATCH = 5, 100


class Owing:
    """Asks the records what is open."""

    def __init__(
        self,
        *,
        commands: command_records.Commands,
        owed: Owed,
        poller: OutputPoller,
        mine: Callable[[str], bool],
    ) -> None:
        self._commands = commands
        self._owed = owed
        self._poller = poller
        self._mine = mine

    async def look(self) -> None:
        """The turns may have changed: poll for every open command whose turn is this replica's. Reads the whole `due` index."""
        self._poller.rebalance()
        for timer in await self._commands.due(before=None, most=None):
            if timer.container_key and self._mine(timer.container_key):  # a damaged row may name none
                self._poller.owe(timer.container_key, timer.command_id, ours=False)

    async def check(self) -> None:
        """Look up what was silent for a while; nobody polls for what has ended. No call where nothing was."""
        for _ in range(_BATCHES):
            silent = self._owed.silent(_BATCH)
            if not silent:
                return
            still = await self._commands.still_open(command_id for _, command_id in silent)
            for key, command_id in silent:
                if command_id in still:
                    self._owed.add(key, command_id, ours=False)
                else:
                    self._owed.drop(key, command_id)
            if len(silent) < _BATCH:
                return
