"""SQS's half of the store: queues with their messages, visibility, receipts, and FIFO's deduplication and sequence.

A queue's row is named by account, region and name, not by its URL: the URL has the port of the day.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from ministack.services import sqs

from hermes.local.durable import rows
from hermes.local.durable.part import Mark
from hermes.local.durable.rows import Document, StoreRow
from hermes.local.durable.watched import Watched

_QUEUE, _MESSAGE, _ONCE, _SEQUENCE = "queue", "message", "once", "sequence"
#: What a message is ordered by, in its row.
_ORDER: Final = "order"
#: SQS's longest retention, for a queue whose attribute cannot be read.
_RETENTION_SECONDS: Final = 14 * 24 * 3600
#: Attributes that MiniStack computes when asked.
_COMPUTED: Final = "ApproximateNumber"

Scope = tuple[str, str, str]
"""Account, region, URL."""


class _Message(dict[str, Any]):
    """One message; its changes are its visibility, its receipt and its count of receives."""

    __slots__ = ("changed", "order")

    def __init__(self, message: dict[str, Any], changed: Callable[[str], None], order: int) -> None:
        super().__init__(message)
        self.changed = changed
        self.order = order

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self.changed(self["id"])


class _Messages(list[_Message]):
    """The messages of a queue in their order, and by their ids."""

    def __init__(self, queue: _Queue, messages: Iterable[_Message] = ()) -> None:
        super().__init__(messages)
        self.by_id = {message["id"]: message for message in self}
        self._queue = queue

    def append(self, message: dict[str, Any]) -> None:
        """As list's."""
        self.restore(message, next(self._queue.order))
        self._queue.message(message["id"])

    def restore(self, message: dict[str, Any], order: int) -> None:
        """Put a message in its place, without marking it."""
        held = self.by_id[message["id"]] = _Message(message, self._queue.message, order)
        in_order = not self or self[-1].order < order
        super().append(held)
        if not in_order:
            self.sort(key=lambda each: each.order)

    def __delitem__(self, at: Any) -> None:
        gone = self[at]["id"]
        super().__delitem__(at)
        del self.by_id[gone]
        self._queue.message(gone)

    def clear(self) -> None:
        """As list's."""
        self._queue["messages"] = []


class _Queue(dict[str, Any]):
    """A queue; MiniStack puts whole new lists into it when messages go."""

    def __init__(self, queue: dict[str, Any], mark: Callable[[str, str], None], order: Iterator[int]) -> None:
        super().__init__(queue)
        self.order = order
        self._mark = mark
        super().__setitem__("messages", _Messages(self))
        super().__setitem__("dedup_cache", Watched(self.once))
        for message in queue["messages"]:
            self["messages"].append(message)
        self["dedup_cache"].update(queue["dedup_cache"])
        if self["fifo_seq"]:
            self.sequence()

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "messages":
            before = self["messages"].by_id
            after = _Messages(self, value)
            super().__setitem__(name, after)
            for gone in before.keys() - after.by_id.keys() if len(after) < len(before) else ():
                self.message(gone)
        elif name == "dedup_cache":
            held = self["dedup_cache"]
            for key in [key for key in held if key not in value] if len(value) < len(held) else ():
                del held[key]
        else:
            super().__setitem__(name, value)
            if name == "fifo_seq":
                self.sequence()

    def message(self, name: str) -> None:
        """A message has changed."""
        self._mark(_MESSAGE, name)

    def once(self, name: str) -> None:
        """An entry of the deduplication has changed."""
        self._mark(_ONCE, name)

    def sequence(self) -> None:
        """The number of the newest message has changed."""
        self._mark(_SEQUENCE, "")

    def gone(self) -> None:
        """The queue was deleted, and all that it had."""
        self._mark(_QUEUE, "")
        self.sequence()
        for message in self["messages"]:
            self.message(message["id"])
        for name in self["dedup_cache"]:
            self.once(name)


class WatchedQueues:
    """The queues of MiniStack, watched."""

    kinds = frozenset({_QUEUE, _MESSAGE, _ONCE, _SEQUENCE})

    def __init__(self, mark: Mark) -> None:
        """Take over what MiniStack holds now; from here on `mark` hears of each change."""
        self._mark = mark
        self._quiet = False
        self._order: Iterator[int] = itertools.count(1)
        self._newest = 0
        self._written: dict[str, bytes] = {}
        self._held: dict[Scope, _Queue] = {}
        held = dict(sqs._queues._data)
        self._queues = sqs._queues._data = Watched(self._changed, adopt=self._adopt)
        self._queues.update(held)

    def document(self, row: StoreRow) -> Document | None:
        """See `StorePart`."""
        queue = self._queue(row.owner)
        if queue is None:
            return None
        if row.kind == _QUEUE:
            self._written[row.owner] = _definition(queue)
            return Document(self._written[row.owner])
        if row.kind == _SEQUENCE:
            return Document(rows.dumps(queue["fifo_seq"]))
        if row.kind == _ONCE:
            once = queue["dedup_cache"].get(json.loads(row.key))
            return None if once is None else Document(rows.dumps(once), once["expire"])
        message = queue["messages"].by_id.get(json.loads(row.key))
        if message is None:
            return None
        return Document(rows.dumps({**message, _ORDER: message.order}), message["sent_at"] + _retention(queue))

    def put(self, row: StoreRow, document: Document | None) -> None:
        """See `StorePart`."""
        self._quiet = True
        try:
            self._put(row, None if document is None else rows.loads(document.data))
        finally:
            self._quiet = False

    def _put(self, row: StoreRow, held: Any) -> None:
        account, region, name = rows.parts(row.owner)
        queue = self._queue(row.owner)
        if row.kind == _QUEUE:
            url = sqs._queue_url_for_account(account, name)
            if held is None:
                self._queues.pop((account, region, url), None)
                sqs._queue_name_to_url._data.pop((account, region, name), None)
            elif queue is not None:
                queue["attributes"], queue["tags"] = held["attributes"], held["tags"]
            else:
                empty = {"messages": [], "dedup_cache": {}, "fifo_seq": 0}
                self._queues[account, region, url] = {**held, "url": url, **empty}
                sqs._queue_name_to_url.set_scoped(account, region, name, url)
        elif queue is None:
            return
        elif row.kind == _SEQUENCE:
            queue["fifo_seq"] = held or 0
        elif row.kind == _ONCE:
            queue["dedup_cache"].pop(json.loads(row.key), None)
            if held is not None:
                queue["dedup_cache"][json.loads(row.key)] = held
        else:
            name = json.loads(row.key)
            if name in queue["messages"].by_id:
                queue["messages"] = [message for message in queue["messages"] if message["id"] != name]
            if held is not None:
                order = held.pop(_ORDER)
                self._newest = max(self._newest, order)
                queue["messages"].restore(held, order)

    def loaded(self) -> None:
        """See `StorePart`: what comes now is behind all that was there."""
        self._order = itertools.count(self._newest + 1)
        for queue in self._queues.values():
            queue.order = self._order

    def expire(self, row: StoreRow) -> None:
        """See `StorePart`: the retention of messages, the window of deduplication."""
        queue = self._queue(row.owner)
        if queue is None:
            return
        if row.kind == _ONCE:
            queue["dedup_cache"].pop(json.loads(row.key), None)
        else:
            name = json.loads(row.key)
            queue["messages"] = [m for m in queue["messages"] if m["id"] != name]

    def control(self, changed: bool) -> None:
        """See `StorePart`."""
        if not changed:
            return
        for scope, queue in self._queues.items():
            owner = rows.name(*scope[:2], queue["name"])
            if self._written.get(owner) != _definition(queue):
                self._mark(StoreRow(_QUEUE, owner, json.dumps("")))

    def _changed(self, scope: Scope) -> None:
        if scope in self._queues:
            self._held[scope] = self._queues[scope]
        elif scope in self._held:
            self._held.pop(scope).gone()

    def _adopt(self, scope: Scope, queue: dict[str, Any]) -> _Queue:
        owner = rows.name(*scope[:2], queue["name"])

        def mark(kind: str, key: str) -> None:
            if not self._quiet:
                self._mark(StoreRow(kind, owner, json.dumps(key)))

        return _Queue(queue, mark, self._order)

    def _queue(self, owner: str) -> _Queue | None:
        account, region, name = rows.parts(owner)
        found: _Queue | None = self._queues.get((account, region, sqs._queue_url_for_account(account, name)))
        return found


def _definition(queue: _Queue) -> bytes:
    attributes = {name: value for name, value in queue["attributes"].items() if not name.startswith(_COMPUTED)}
    held = {"name": queue["name"], "is_fifo": queue["is_fifo"], "attributes": attributes, "tags": queue.get("tags", {})}
    return rows.dumps(held)


def _retention(queue: _Queue) -> float:
    try:
        return float(queue["attributes"]["MessageRetentionPeriod"])
    except (KeyError, ValueError):
        return _RETENTION_SECONDS
