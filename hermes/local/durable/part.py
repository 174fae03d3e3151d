"""What the store asks of the half of each service: how its rows are read, written and set back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from hermes.local.durable.rows import Document, StoreRow

Mark = Callable[[StoreRow], None]
"""Tells the store that a row has changed."""


class StorePart(Protocol):
    """One service's half of the store."""

    kinds: frozenset[str]
    """The kinds of row that are its own."""

    def document(self, row: StoreRow) -> Document | None:
        """The row as it is in memory now; None if there is no such row."""

    def put(self, row: StoreRow, document: Document | None) -> None:
        """Make memory what the journal holds of a row, without marking it: at the start, and after a write that failed."""

    def loaded(self) -> None:
        """All rows have been put."""

    def expire(self, row: StoreRow) -> None:
        """The time of a row is over: remove it, as a call would."""

    def control(self, changed: bool) -> None:
        """A call has ended that may have changed definitions (tables, buckets, attributes): mark those that did."""
