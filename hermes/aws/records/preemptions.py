"""The watermarks of preemption: one row per container key in the sessions table; no session id looks like a key."""

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
        """The watermark of a container key, read consistently; None if nothing has ever preempted."""
        item = await self._tables.get(self.table, {_KEY: key})
        return items.from_item(Preemption, item) if item else None

    async def over(self, command: Command) -> Preemption | None:
        """The watermark that this command yields to; None if there is none (without a read if its project does not use this scope)."""
        standing = await self.get(command.container_key) if command.rank is not None else None
        return standing if standing is not None and standing.over(command) else None

    def raise_to(self, preemption: Preemption) -> tables.Put:
        """The write of a watermark, for the accepting transaction; it never decreases."""
        condition = tables.absent(_KEY) | tables.at_most("order", preemption.order)
        item = {**items.to_item(preemption), _KEY: items.attribute(preemption.container_key)}
        return tables.Put(table=self.table, item=item, condition=condition)


def clear_of(table: str, command: Command) -> list[tables.Check]:
    """The check, for a claim, that no watermark is above a command; none if its project does not use this scope."""
    if command.rank is None:
        return []
    free = tables.absent(_KEY) | tables.at_most("order", command.rank) | tables.equals("by_session", command.session_id)
    return [tables.Check(table=table, key={_KEY: command.container_key}, condition=free)]
