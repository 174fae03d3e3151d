"""A page of a list, and the cursor that the next one begins at."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from hermes.aws.records.newest_first import Cursor, Index, Row

#: Rows of a list that one request looks at for those that a filter lets through: then it answers with what it found, and a cursor.
LOOKED_AT: Final = 5000
#: Rows of a page where the caller does not say.
PAGE_ROWS: Final = 50
#: The most that a page may have.
PAGE_MOST: Final = 500

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some rows of a list."""

    rows: tuple[T, ...]
    cursor: str | None = None
    """Begins the next page; None: there is none. It may be there with few rows or none, where a filter lets little through."""
    looked_at: int = 0
    """Rows that were looked at for this page."""


def begin(cursor: str | None) -> Cursor | None:
    """The place that a cursor stands for. Raises `errors.BadQuery`."""
    return Cursor.decode(cursor) if cursor else None


async def fill(
    found: AsyncIterator[Row],
    index: Index,
    *,
    most: int,
    before: Cursor | None,
    make: Callable[[Sequence[Row]], Awaitable[Sequence[T | None]]],
    looked_at: int = LOOKED_AT,
) -> Page[T]:
    """Up to `most` rows. `make` turns some rows into those of the page; None leaves one out."""
    rows: list[T] = []
    place, looked, ended = before, 0, False
    while len(rows) < most and looked < looked_at and not ended:
        batch: list[Row] = []
        while len(batch) < most - len(rows):
            row = await anext(found, None)
            if row is None:
                ended = True
                break
            batch.append(row)
        looked += len(batch)
        for row, made in zip(batch, await make(batch), strict=True):
            at, key = float(row[index.sort]), str(row[index.key])
            place = place.after(at, key) if place else Cursor(at, (key,))
            if made is not None:
                rows.append(made)
    return Page(rows=tuple(rows), cursor=None if ended or place is None else place.encode(), looked_at=looked)
