"""What happens in the gateway, as values: for logs, metrics, the demo's live view and the web page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `name` is `noun.verb` in the words of the glossary (`command.accepted`)."""

    name: str
    at: float
    """Epoch seconds."""
    text: str
    """A sentence; no mail text, no full address."""
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)


Emit = Callable[[Event], None]
"""Takes an event and returns at once; never raises."""
