"""Sends replies again."""

from __future__ import annotations

from hermes import errors
from hermes.admin.actions import resending
from hermes.admin.actions.recording import recorded
from hermes.admin.actions.resending import Resent
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.domain.operating.audit import Act


async def resend(console: Console, viewer: Viewer, reply_id: str, *, again: bool = False, reason: str = "") -> Resent:
    """Make one reply due now, as the same bytes; `again` also if it was sent.

    Raises `errors.NotFound`, `errors.NotAllowed`; `errors.NotPossible` with the reason why not.
    """
    reply = await console.stores.outbox.get(reply_id)
    if reply is None:
        raise errors.NotFound("there is no such reply")
    async with recorded(console, viewer, Act.RESEND, reply_id, project=reply.scope, reason=reason):
        found = await resending.resend(console.stores.outbox, reply, again=again, now=console.now())
        if not found.done:
            raise errors.NotPossible(found.text)
    return found
