"""The bounded history of one execution, oldest event first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from hermes import limits
from hermes.execution.events import events


class History:
    """The events of one execution; past its limit the oldest but the first is dropped and counted."""

    def __init__(self, entries: Iterable[events.Event] = (), *, limit: int = limits.EXECUTION_HISTORY) -> None:
        if limit < 2:
            raise ValueError("a history keeps the first entry and at least one more")
        self._limit = limit
        self._first: events.Event | None = None
        self._rest: deque[events.Event] = deque()
        #: entries that are gone
        self.dropped = 0
        #: entries that ever came
        self.added = 0
        self.extend(entries)

    def __len__(self) -> int:
        return len(self._rest) + (self._first is not None)

    def __iter__(self) -> Iterator[events.Event]:
        if self._first is not None:
            yield self._first
        yield from tuple(self._rest)

    def add(self, event: events.Event) -> None:
        """Keep one more."""
        self.added += 1
        if self._first is None:
            self._first = event
            return
        self._rest.append(event)
        if len(self._rest) >= self._limit:
            self._rest.popleft()
            self.dropped += 1

    def extend(self, entries: Iterable[events.Event]) -> None:
        """Keep several more."""
        for entry in entries:
            self.add(entry)
