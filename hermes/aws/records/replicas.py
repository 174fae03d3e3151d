"""The live gateways: one row, in which each replica increments its own counter. No clock is written, so none can be wrong.

Each replica also writes the number of its container keys with pending results, and for a few heartbeats the commands that it sent whose
results another replica polls, so that this replica knows them without reading every open command.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames

_KEY = {"container_key": "gateway#replicas"}
#: How the fields of a replica begin; stored names, which every version reads.
_HEARTBEAT, _PENDING, _SENT = "beat_", "owed_", "told_"


@dataclasses.dataclass(frozen=True, slots=True)
class Heartbeat:
    """One replica's part of the row."""

    count: int
    pending: int | None = None
    """Container keys with results pending for it; None: it is of a version that does not write that."""
    sent: tuple[tuple[str, str], ...] = ()
    """Container key and command id of what it sent and another replica is to poll for."""


class Replicas:
    """The row in the queues table; no container key looks like its key."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("queues")

    async def heartbeat(
        self, replica: str, count: int, *, pending: int, sent: Sequence[tuple[str, str]]
    ) -> Mapping[str, Heartbeat]:
        """Write our own heartbeat and return all, in one call."""
        changes = {
            f"{_HEARTBEAT}{replica}": count,
            f"{_PENDING}{replica}": pending,
            f"{_SENT}{replica}": [f"{key} {command_id}" for key, command_id in sent] or None,
        }
        return _heartbeats(await self._tables.update(tables.Update(table=self._table, key=_KEY, set=changes)))

    async def look(self) -> Mapping[str, Heartbeat]:
        """Read all heartbeats, and write none."""
        return _heartbeats(await self._tables.get(self._table, _KEY) or {})

    async def forget(self, replica: str, count: int) -> None:
        """Remove a replica that is gone, if its counter is unchanged."""
        field = f"{_HEARTBEAT}{replica}"
        gone = {field: None, f"{_PENDING}{replica}": None, f"{_SENT}{replica}": None}
        write = tables.Update(table=self._table, key=_KEY, set=gone, condition=tables.equals(field, count))
        try:
            await self._tables.update(write)
        except errors.ConditionFailed:
            return  # it counts on, or another has taken it out


def _heartbeats(row: items.Item) -> dict[str, Heartbeat]:
    values = {field: items.plain(value) for field, value in row.items()}
    heartbeats = {}
    for field, value in values.items():
        if field.startswith(_HEARTBEAT):
            replica = field.removeprefix(_HEARTBEAT)
            sent = [str(one).partition(" ") for one in values.get(f"{_SENT}{replica}", ())]
            heartbeats[replica] = Heartbeat(
                int(value),
                values.get(f"{_PENDING}{replica}"),
                tuple((key, command_id) for key, _, command_id in sent),
            )
    return heartbeats
