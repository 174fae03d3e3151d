"""What operators hold back, as one row that every gateway and worker reads. No session id looks like its key."""

from __future__ import annotations

from typing import Any

from hermes import ids
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.operating.holds import Hold, Holds

_KEY = {"session_id": "gateway#holds"}
#: How the attributes begin; the rest is the digest of the subject, since the name of an attribute has few letters.
_PAUSE, _BLOCK = "pause_", "block_"


class HoldRecords:
    """A row of the sessions table, which workers may read."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("sessions")

    async def now(self) -> Holds:
        """Everything that is held back, read consistently."""
        row = await self._tables.get(self._table, _KEY) or {}
        return Holds(pauses=_of(row, _PAUSE), blocks=_of(row, _BLOCK))

    async def pause(self, hold: Hold) -> None:
        """Let nothing of the subject start."""
        await self._set(_PAUSE, hold.subject, hold.model_dump())

    async def resume(self, subject: str) -> None:
        """End a pause."""
        await self._set(_PAUSE, subject, None)

    async def block(self, hold: Hold) -> None:
        """Refuse the subject's mail."""
        await self._set(_BLOCK, hold.subject, hold.model_dump())

    async def unblock(self, subject: str) -> None:
        """End a block."""
        await self._set(_BLOCK, subject, None)

    async def _set(self, kind: str, subject: str, value: dict[str, Any] | None) -> None:
        field = f"{kind}{ids.digest('hold', subject, chars=16)}"
        await self._tables.update(tables.Update(table=self._table, key=_KEY, set={field: value}))


def _of(row: items.Item, kind: str) -> tuple[Hold, ...]:
    found = [Hold.model_validate(items.plain(value)) for name, value in row.items() if name.startswith(kind)]
    return tuple(sorted(found, key=lambda hold: hold.at))
