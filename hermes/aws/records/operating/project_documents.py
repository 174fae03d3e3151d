"""The table of projects: documents like those of `projects.d`, for gateways that share no disk."""

from __future__ import annotations

from typing import Final

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.once import once
from hermes.aws.resource_names import ResourceNames
from hermes.config.sources import ConfigDocument

#: Documents that are read; each may hold many projects.
_MOST: Final = 500
_KEY: Final = "name"


class ProjectDocuments:
    """A row is a document: its `name`, and its TOML as `document`."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("projects")

    async def all(self) -> list[ConfigDocument]:
        """All documents, by name. Raises `errors.ConfigError` for a row without one."""
        rows = await self._tables.scan(self.table, most=_MOST)
        return [self._document(row) for row in sorted(rows, key=lambda row: str(row[_KEY]["S"]))]

    async def put(self, name: str, text: str, *, before: str | None) -> None:
        """Write a document where the one that was read is still there; None: where there is none.

        Raises `errors.NotPossible` where somebody else changed it since.
        """
        condition = tables.absent(_KEY) if before is None else tables.equals("document", before)
        row = {_KEY: items.attribute(name), "document": items.attribute(text)}
        put = tables.Put(table=self.table, item=row, condition=condition)
        try:
            await once(self._tables.put(put), look=lambda: self._get(name), ours=lambda there: there == text)
        except errors.ConditionFailed as error:
            raise errors.NotPossible(f"{self.place(name)} was changed by somebody else; try again") from error

    async def _get(self, name: str) -> str | None:
        row = await self._tables.get(self.table, {_KEY: name})
        return row.get("document", {}).get("S") if row else None

    def place(self, name: str) -> str:
        """Where a document is, for people."""
        return f"table {self.table}, {name}"

    def _document(self, row: items.Item) -> ConfigDocument:
        name = str(row[_KEY]["S"])
        text = row.get("document", {}).get("S")
        if text is None:
            raise errors.ConfigError(f"{self.place(name)}: the row has no text in its attribute document")
        return ConfigDocument(self.place(name), text.encode("utf-8"))
