"""Events of the gateway as values, for logs, metrics, the demo's live view and the web page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from hermes.domain import trace
from hermes.domain.commands import Command


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `name` is `noun.verb` in the words of the glossary (`command.accepted`)."""

    name: str
    at: float
    """Epoch seconds."""
    text: str
    """A sentence; no mail text, no full address."""
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)


def project_of(container_key: str) -> str:
    """`client/project` of a container key."""
    return "/".join(container_key.split("#")[:2])


def of_command(name: str, at: float, text: str, command: Command, **more: object) -> Event:
    """An event of a command, with its ids and its trace."""
    facts: dict[str, object] = {
        "command_id": command.command_id,
        "session_id": command.session_id,
        "project": project_of(command.container_key),
        "attempt": command.attempt,
        "trace_id": trace.trace_id(command.trace),
    }
    return Event(name, at, text, {name: value for name, value in facts.items() if value is not None} | more)


Emit = Callable[[Event], None]
"""Takes an event and returns at once; never raises."""
