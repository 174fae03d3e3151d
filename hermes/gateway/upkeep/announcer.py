"""Announcer: the gateway's event bus. Each event goes to all listeners, in order.

It uses pyee's synchronous emitter. A quick listener (it counts, it appends) is called at once. A listener that may be slow (it
writes to a pipe or a disk) has a bounded queue and its own thread: it never slows the work, and loses the oldest events when it lags.
"""

from __future__ import annotations

import collections
import dataclasses
import logging
import threading
from collections.abc import Sequence

from pyee.base import EventEmitter

from hermes import limits, logs
from hermes.domain.events import Emit, Event

_LOG = logging.getLogger(__name__)
_EVENT = "event"


class Announcer:
    """An `Emit` with several listeners; a failing listener affects neither the work nor the other listeners."""

    def __init__(self, listeners: Sequence[Emit] = (), *, slow: Sequence[Emit] = ()) -> None:
        self._emitter = EventEmitter()
        self._queues = [Backlog(listener) for listener in slow]
        for listener in (*listeners, *(queue.offer for queue in self._queues)):
            self.listen(listener)

    def __call__(self, event: Event) -> None:
        """Pass the event on with the facts bound in this context, which a slow listener's thread does not have."""
        if about := logs.about():
            event = dataclasses.replace(event, facts={**about, **event.facts})
        self._emitter.emit(_EVENT, event)

    def listen(self, listener: Emit) -> None:
        """Add a quick listener for all later events."""

        def guarded(event: Event) -> None:
            # pyee would not call the next listener.
            try:
                listener(event)
            except Exception:
                _LOG.exception("a listener failed on %s", event.name)

        self._emitter.add_listener(_EVENT, guarded)

    @property
    def dropped(self) -> int:
        """Events that slow listeners have lost."""
        return sum(queue.dropped for queue in self._queues)

    def close(self, seconds: float = limits.EVENT_DRAIN_SECONDS) -> None:
        """Let each slow listener finish its queue within `seconds`; then it gets no more events."""
        for queue in self._queues:
            queue.close(seconds)


class Backlog:
    """The queue of one slow listener, and the thread that calls it."""

    def __init__(self, listener: Emit, *, size: int = limits.EVENT_QUEUE) -> None:
        self._listener = listener
        self._size = size
        self._waiting: collections.deque[Event] = collections.deque()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        self.dropped = 0
        """Events lost because the listener was too slow."""

    def offer(self, event: Event) -> None:
        """Queue the event; returns at once."""
        with self._changed:
            if self._closed:
                self.dropped += 1
                return
            if len(self._waiting) >= self._size:
                self._waiting.popleft()
                self.dropped += 1
            self._waiting.append(event)
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="hermes-events", daemon=True)
                self._thread.start()

    def close(self, seconds: float) -> None:
        """Take no more; wait for what is queued."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    if self._closed:
                        return
                    self._changed.wait()
                event = self._waiting.popleft()
            try:
                self._listener(event)
            except Exception:
                _LOG.exception("a listener failed on %s", event.name)
