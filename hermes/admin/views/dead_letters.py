"""Dead letters and parked results: what could not be handled and waits for an operator."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from hermes import errors, limits
from hermes.admin.console import Console
from hermes.admin.views.wanted import EVERYTHING, Wanted
from hermes.aws.queues import Received
from hermes.aws.side_queue import SideQueue
from hermes.domain import pointer, wire

#: The queues that only operators read, by the names under which they are shown.
QUEUES: Final = ("dead", "dead.fifo", "parked")

Message = (
    wire.InterruptMessage | wire.CommandMessage | wire.Started | wire.Progress | wire.ResultMessage | pointer.Pointer
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message. It belongs to no project that is certain, so only viewers who see everything may see it."""

    message_id: str
    queue: str
    """`dead`, `dead.fifo` or `parked`."""
    what: str
    """What it is, in words: `command 3sqv…`, `mail mails/…`, `result of 3sqv…`."""
    command_id: str | None
    source: str
    """The queue that it came from, where it says so."""
    reason: str
    sent_at: float
    attributes: Mapping[str, str]
    body: str
    """As it is; it holds what people wrote."""


async def dead_letters(console: Console, wanted: Wanted = EVERYTHING, *, most: int = 100) -> tuple[DeadLetter, ...]:
    """Up to `most` messages, oldest first; `state:` is the queue. A look hides each message for a moment and takes seconds."""
    found: list[DeadLetter] = []
    for name in QUEUES:
        if wanted.state.admit(name):
            rows = [letter(name, one) for one in await side_queue(console, name).look(most=limits.SIDE_QUEUE_LOOK)]
            found += [row for row in rows if admits(wanted, row)]
    return tuple(sorted(found, key=lambda one: one.sent_at)[:most])


def side_queue(console: Console, name: str) -> SideQueue:
    """One of `QUEUES`."""
    places = console.places
    url = {"dead": places.dead, "dead.fifo": places.dead_fifo, "parked": places.parked}[name]
    return SideQueue(queues=console.stores.queues, url=url)


def admits(wanted: Wanted, row: DeadLetter) -> bool:
    """Whether a search lets a message through; words are looked for in what it is, its source and the reason."""
    text = f"{row.message_id} {row.what} {row.source} {row.reason}"
    return wanted.admits(project=None, person=None, subject=text, state=row.queue, at=row.sent_at)


def letter(queue: str, one: Received) -> DeadLetter:
    """A message as a row."""
    what, command_id = _what(one.body)
    return DeadLetter(
        message_id=one.message_id,
        queue=queue,
        what=what,
        command_id=command_id,
        source=one.attributes.get("source", "?"),
        reason=one.attributes.get("reason", f"received {limits.RECEIVES} times without an end"),
        sent_at=one.sent_at,
        attributes=dict(one.attributes),
        body=one.body,
    )


def _what(body: str) -> tuple[str, str | None]:
    match message_in(body):
        case wire.InterruptMessage(session_id=session_id):
            return f"interrupt of {session_id}", None
        case wire.CommandMessage(command_id=command_id):
            return f"command {command_id}", command_id
        case wire.Started(command_id=command_id) | wire.Progress(command_id=command_id):
            return f"sign of life of {command_id}", command_id
        case wire.ResultMessage(command_id=command_id):
            return f"result of {command_id}", command_id
        case pointer.Pointer(key=key):
            return f"mail {key}", None
        case _:
            return "cannot be read", None


def message_in(body: str) -> Message | None:
    """Parse a message with the first reader that can; None if none can. Of several pointers, the first."""
    for read in (wire.read_interrupt, wire.read_output, wire.read_command):
        try:
            return read(body)
        except errors.Unreadable:
            continue  # it may be a message of another kind
    try:
        return pointer.read(body)[0]
    except errors.Unreadable:
        return None
