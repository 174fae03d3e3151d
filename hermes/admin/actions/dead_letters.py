"""Sends dead letters and parked reports back to their queues, or deletes them: one by its id, or all that a search lets through."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hermes import errors, limits
from hermes.admin.actions.recording import recorded
from hermes.admin.actions.redrive import Redriver
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import dead_letters
from hermes.admin.views.wanted import EVERYTHING, Wanted
from hermes.aws.queues import Received
from hermes.domain.operating.audit import Act


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What became of one message."""

    message_id: str
    done: bool
    text: str


async def handle(
    console: Console,
    viewer: Viewer,
    *,
    drop: bool,
    queues: Sequence[str] = dead_letters.QUEUES,
    message_ids: Sequence[str] | None = None,
    wanted: Wanted = EVERYTHING,
    reason: str = "",
) -> list[Handled]:
    """Redrive, or `drop`, the messages of these queues whose id begins with one of the ids (None: any) and that the search lets through.

    What belongs to no queue any more is left, with the reason. Raises `errors.NotAllowed`, `errors.NotFound`.
    """
    viewer.require_to_act(None, "dead letters")
    back = Redriver(
        names=console.names,
        queues=console.stores.queues,
        commands=console.stores.commands,
        sessions=console.stores.sessions,
        new_id=console.new_id,
    )
    handled: list[Handled] = []
    for name in queues:

        async def act(one: Received, name: str = name) -> bool:
            if message_ids is not None and not any(one.message_id.startswith(beginning) for beginning in message_ids):
                return False
            if back.was_here(one):
                return False
            row = dead_letters.letter(name, one)
            if not dead_letters.admits(wanted, row):
                return False
            told = await _one(console, viewer, back, one, row.what, drop=drop, reason=reason)
            handled.append(told)
            return told.done

        await dead_letters.side_queue(console, name).each(act, most=limits.SIDE_QUEUE_LOOK)
    return handled


async def _one(
    console: Console, viewer: Viewer, back: Redriver, one: Received, what: str, *, drop: bool, reason: str
) -> Handled:
    """True in `done` deletes the message from its queue."""
    subject = f"{one.message_id} ({what})"
    try:
        async with recorded(console, viewer, Act.DROP if drop else Act.REDRIVE, subject, reason=reason):
            text = "dropped" if drop else f"sent back to {await back.send_back(one)}"
    except errors.Permanent as error:
        return Handled(message_id=one.message_id, done=False, text=f"left where it is: {error.message}")
    return Handled(message_id=one.message_id, done=True, text=text)
