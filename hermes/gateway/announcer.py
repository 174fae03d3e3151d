"""Announcer: hands each event to everybody who listens, in order; a listener that fails disturbs neither the work nor the others."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from hermes.domain.events import Emit, Event

_LOG = logging.getLogger(__name__)


class Announcer:
    """A callable of the type `Emit` with several listeners."""

    def __init__(self, listeners: Sequence[Emit]) -> None:
        self._listeners = list(listeners)

    def __call__(self, event: Event) -> None:
        """Hand the event on."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                _LOG.exception("a listener failed on %s", event.name)

    def listen(self, listener: Emit) -> None:
        """Add a listener for all later events."""
        self._listeners.append(listener)
