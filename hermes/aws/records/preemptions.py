"""The levels of preemption: one row a container key, among the sessions, where no session's id looks like it."""

from __future__ import annotations

from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.commands import Command
from hermes.domain.decisions.preemption import Preemption

_KEY = "session_id"


class Preemptions:
    """Rows of the sessions table, which gateways write and workers read."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("sessions")

    async def get(self, key: str) -> Preemption | None:
        """The level of a container key, read consistently; None where nothing ever preempted."""
        item = await self._tables.get(self.table, {_KEY: key})
        return items.from_item(Preemption, item) if item else None

    async def over(self, command: Command) -> Preemption | None:
        """What this command gives way to; None where nothing is in its way (or its project has no such scope: then nothing is read)."""
        standing = await self.get(command.container_key) if command.rank is not None else None
        return standing if standing is not None and standing.over(command) else None

    def raise_to(self, preemption: Preemption) -> tables.Put:
        """The write of a level, for the accepting transaction: it never falls."""
        condition = tables.absent(_KEY) | tables.at_most("order", preemption.order)
        item = {**items.to_item(preemption), _KEY: items.attribute(preemption.container_key)}
        return tables.Put(table=self.table, item=item, condition=condition)


def clear_of(table: str, command: Command) -> list[tables.Check]:
    """The check, for a claim, that nothing stands over a command; none where its project has no such scope."""
    if command.rank is None:
        return []
    free = tables.absent(_KEY) | tables.at_most("order", command.rank) | tables.equals("by_session", command.session_id)
    return [tables.Check(table=table, key={_KEY: command.container_key}, condition=free)]
