"""The routes that act; each is for operators, and each action is in the audit under the token's name."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from hermes.admin.actions import commands, dead_letters, holds, mails, replies, workers
from hermes.admin.actions.dead_letters import Handled
from hermes.admin.viewer import Viewer
from hermes.admin.views import wanted as searching
from hermes.web.api.parts import ActionDone, ActionReason, ApiParts, Who


class About(ActionReason):
    """What an action is about."""

    subject: str = Field(max_length=320)


class Again(ActionReason):
    """A reply to be sent again."""

    again: bool = Field(False, description="Also if it was sent")


class Chosen(ActionReason):
    """Dead letters: by their ids, or by a search; without either nothing is done."""

    message_ids: list[str] | None = None
    q: str = Field("", max_length=1000)


def routes(parts: ApiParts) -> APIRouter:
    """`POST /commands/{id}/stop`, `/holds/pause`, …"""
    made = APIRouter(tags=["act"])
    console = parts.console

    @made.post("/commands/{command_id}/stop")
    async def stop(who: Who, command_id: str, body: ActionReason) -> ActionDone:
        """Stop a command: its work is saved, and the person's mail says that an operator stopped it."""
        found = await commands.stop(console, who, command_id, reason=body.reason)
        return ActionDone(subject=command_id, done=True, text=f"it is {found.state.value}, and is being stopped")

    @made.post("/commands/{command_id}/retry")
    async def retry(who: Who, command_id: str, body: ActionReason) -> ActionDone:
        """Run the request of an ended command again; `subject` is the new command."""
        again = await commands.retry(console, who, command_id, reason=body.reason)
        return ActionDone(subject=again.command_id, done=True, text=f"{command_id} runs again")

    @made.post("/replies/{reply_id:path}/resend")
    async def resend(who: Who, reply_id: str, body: Again) -> ActionDone:
        """Send a reply again, as the same bytes."""
        found = await replies.resend(console, who, reply_id, again=body.again, reason=body.reason)
        return ActionDone(subject=reply_id, done=True, text=found.text)

    @made.post("/mails/{mail_id}/take-up")
    async def take_up(who: Who, mail_id: str, body: ActionReason) -> ActionDone:
        """Hand a refused, ignored or failed mail to the gateways again."""
        await mails.take_up(console, who, mail_id, reason=body.reason)
        return ActionDone(subject=mail_id, done=True, text="a gateway takes it up within seconds")

    async def handle(who: Viewer, body: Chosen, *, drop: bool) -> list[Handled]:
        if not body.message_ids and not body.q:
            return []
        wanted = searching.parse(body.q, now=console.now())
        return await dead_letters.handle(
            console, who, drop=drop, message_ids=body.message_ids or None, wanted=wanted, reason=body.reason
        )

    @made.post("/dead-letters/redrive")
    async def redrive(who: Who, body: Chosen) -> list[Handled]:
        """Send dead letters and parked results back to their queues."""
        return await handle(who, body, drop=False)

    @made.post("/dead-letters/drop")
    async def drop(who: Who, body: Chosen) -> list[Handled]:
        """Delete dead letters and parked results."""
        return await handle(who, body, drop=True)

    @made.post("/holds/pause")
    async def pause(who: Who, body: About) -> ActionDone:
        """Let nothing of the subject start: `everything`, a client, a project or an address."""
        hold = await holds.pause(console, who, body.subject, reason=body.reason)
        return ActionDone(subject=hold.subject, done=True, text="paused")

    @made.post("/holds/resume")
    async def resume(who: Who, body: About) -> ActionDone:
        """End a pause."""
        resumed = await holds.resume(console, who, body.subject, reason=body.reason)
        return ActionDone(subject=body.subject, done=True, text=f"resumed; waiting commands that go on: {resumed}")

    @made.post("/holds/block")
    async def block(who: Who, body: About) -> ActionDone:
        """Refuse the mail of an address or of a domain (`@spam.example`)."""
        hold = await holds.block(console, who, body.subject, reason=body.reason)
        return ActionDone(subject=hold.subject, done=True, text="its mail is refused")

    @made.post("/holds/unblock")
    async def unblock(who: Who, body: About) -> ActionDone:
        """Take its mail again."""
        await holds.unblock(console, who, body.subject, reason=body.reason)
        return ActionDone(subject=body.subject, done=True, text="its mail is taken again")

    @made.post("/workers/drain")
    async def drain(who: Who, body: About) -> ActionDone:
        """Let a worker (its container key) finish what it has and end."""
        await workers.drain(console, who, body.subject, reason=body.reason)
        return ActionDone(subject=body.subject, done=True, text="ends once it has nothing to do")

    return made
