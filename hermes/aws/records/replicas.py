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
_BEAT, _OWED, _TOLD = "beat_", "owed_", "told_"


@dataclasses.dataclass(frozen=True, slots=True)
class Stand:
    """One replica's part of the row."""

    count: int
    owed: int | None = None
    """Container keys that owe it an answer; None: it is of a version that does not say."""
    told: tuple[tuple[str, str], ...] = ()
    """Container key and command id of what it sent and another is to poll for."""


class Replicas:
    """The row in the queues table; no container key looks like its key."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("queues")

    async def beat(
        self, replica: str, count: int, *, owed: int, told: Sequence[tuple[str, str]]
    ) -> Mapping[str, Stand]:
        """Write our own heartbeat and return all, in one call."""
        changes = {
            f"{_BEAT}{replica}": count,
            f"{_OWED}{replica}": owed,
            f"{_TOLD}{replica}": [f"{key} {command_id}" for key, command_id in told] or None,
        }
        return _stands(await self._tables.update(tables.Update(table=self._table, key=_KEY, set=changes)))

    async def look(self) -> Mapping[str, Stand]:
        """Everybody's, without a word of ours."""
        return _stands(await self._tables.get(self._table, _KEY) or {})

    async def forget(self, replica: str, count: int) -> None:
        """Remove a replica that is gone, if its counter is unchanged."""
        field = f"{_BEAT}{replica}"
        gone = {field: None, f"{_OWED}{replica}": None, f"{_TOLD}{replica}": None}
        write = tables.Update(table=self._table, key=_KEY, set=gone, condition=tables.equals(field, count))
        try:
            await self._tables.update(write)
        except errors.ConditionFailed:
            return  # it counts on, or another has taken it out


def _stands(row: items.Item) -> dict[str, Stand]:
    values = {field: items.plain(value) for field, value in row.items()}
    stands = {}
    for field, value in values.items():
        if field.startswith(_BEAT):
            replica = field.removeprefix(_BEAT)
            told = [str(one).partition(" ") for one in values.get(f"{_TOLD}{replica}", ())]
            stands[replica] = Stand(
                int(value),
                values.get(f"{_OWED}{replica}"),
                tuple((key, command_id) for key, _, command_id in told),
            )
    return stands
