"""Actions: a page that says what will happen and asks for a reason, and the doing. Each is written into the audit by the action itself."""

from __future__ import annotations

import dataclasses
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from hermes import errors
from hermes.admin.actions import commands, dead_letters, holds, mails, replies, workers
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import dead_letters as dead_views
from hermes.admin.views import mails as mail_views
from hermes.admin.views import replies as reply_views
from hermes.admin.views import wanted
from hermes.web import forms
from hermes.web.access.sign_in import Visit, check_form, operates
from hermes.web.pages.entrance import local
from hermes.web.parts import PageParts

Fields = Mapping[str, str]
#: What a form hands from the question to the doing.
_HANDED: Final = ("subject", "queue", "filter", "back")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PageAction:
    """One action."""

    title: str
    button: str
    happens: Callable[[Console, Viewer, Fields], Awaitable[str]]
    """What will happen, in a sentence or two. Raises `errors.HermesError` where there is no such thing."""
    do: Callable[[Console, Viewer, Fields, str], Awaitable[str]]
    """Does it for a reason; what came of it, in a sentence."""
    asks: str = ""
    """The label of a field for the subject, where it may be any."""
    heavy: bool = False
    """It cannot be taken back."""


def routes(parts: PageParts) -> APIRouter:
    """The routes."""
    made = APIRouter(include_in_schema=False)

    def action(name: str) -> PageAction:
        if name not in ACTIONS:
            raise HTTPException(404, "There is no such action.")
        return ACTIONS[name]

    async def asked(visit: Visit, name: str, given: Fields, said: str = "") -> HTMLResponse:
        found = action(name)
        hidden = {one: given[one] for one in _HANDED if given.get(one) and not (one == "subject" and found.asks)}
        return parts.page(
            "act.html",
            visit,
            status=400 if said else 200,
            act=name,
            title=found.title,
            button=found.button,
            heavy=found.heavy,
            asks=found.asks,
            subject=given.get("subject", ""),
            reason=given.get("reason", ""),
            happens=await found.happens(parts.console, visit.viewer, given),
            hidden=hidden,
            back=local(given.get("back", "/")),
            said=said,
        )

    @made.get("/act/{name}")
    async def ask(request: Request, name: str) -> HTMLResponse:
        visit = await parts.visit(request)
        operates(visit)
        return await asked(visit, name, {"back": _came_from(request), **request.query_params})

    @made.post("/act/{name}")
    async def do(request: Request, name: str) -> HTMLResponse:
        visit = await parts.visit(request)
        given = await forms.fields(request)
        check_form(visit, given)
        operates(visit)
        reason = given.get("reason", "").strip()
        if not reason:
            return await asked(visit, name, given, "Say why: it is kept in the audit.")
        try:
            text = await action(name).do(parts.console, visit.viewer, given, reason)
        except (errors.NotPossible, errors.BadQuery) as error:
            return await asked(visit, name, given, f"This was not done: {error.message}.")
        return parts.page("done.html", visit, text=text, back=local(given.get("back", "/")))

    return made


def _came_from(request: Request) -> str:
    """The page that led here."""
    parts = urllib.parse.urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host") or parts.path.startswith("/act/"):
        return "/"
    return local(parts.path + (f"?{parts.query}" if parts.query else ""))


def _subject(given: Fields) -> str:
    found = given.get("subject", "").strip()
    if not found:
        raise errors.BadQuery("it is not said to what this is to be done")
    return found


async def _stop_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    one = await commands.find(console, viewer, _subject(given))
    return (
        f"“{one.title}” of {one.origin.author} in {one.project} is stopped. What the agent has done so far is saved on a branch, "
        "and the person gets a mail that says that the operator stopped it."
    )


async def _stop(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    one = await commands.stop(console, viewer, _subject(given), reason=reason)
    return f"“{one.title}” is being stopped." if not one.state.terminal else f"“{one.title}” is stopped."


async def _retry_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    one = await commands.find(console, viewer, _subject(given))
    return (
        f"“{one.title}” runs once more as a new command at the end of its thread, on what the branch has now. "
        f"{one.origin.author} gets a mail with what comes of it."
    )


async def _retry(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    one = await commands.retry(console, viewer, _subject(given), reason=reason)
    return f"“{one.title}” is accepted again as command {one.command_id}."


async def _resend_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    one = (await reply_views.reply(console, viewer, _subject(given))).row
    before = "They may get it twice: it was sent once." if one.state == "sent" else "It is tried now."
    return f"{one.person} is sent the same mail, under the same Message-ID. {before}"


async def _resend(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    subject = _subject(given)
    one = (await reply_views.reply(console, viewer, subject)).row
    await replies.resend(console, viewer, subject, again=one.state == "sent", reason=reason)
    return f"The reply to {one.person} is on its way."


async def _take_up_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    one = (await mail_views.mail(console, viewer, _subject(given))).row
    return (
        f"The mail “{one.subject or '(no subject)'}” of {one.person or 'nobody'} is read once more, and today's rules decide what "
        "becomes of it. It supersedes nothing that came later."
    )


async def _take_up(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    await mails.take_up(console, viewer, _subject(given), reason=reason)
    return "The mail is on the inbound queue."


async def _drain_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    return (
        f"The worker {_subject(given)} finishes the command that it runs, takes no other, and ends. "
        "The next request of the person starts a new one."
    )


async def _drain(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    await workers.drain(console, viewer, _subject(given), reason=reason)
    return "The worker takes nothing more."


async def _pause_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    return "Mail is still accepted, and answered that it waits; nothing of it starts until you resume it. What runs goes on."


async def _pause(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    return f"Paused: {(await holds.pause(console, viewer, _subject(given), reason=reason)).subject}."


async def _resume_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    now = ", ".join(one.subject for one in (await holds.held(console, viewer)).pauses)
    return f"What waited goes on now, in the order in which it came. Paused: {now or 'nothing'}."


async def _resume(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    count = await holds.resume(console, viewer, _subject(given), reason=reason)
    return f"Resumed; {count} waiting {'command goes' if count == 1 else 'commands go'} on."


async def _block_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    return "Mail from this address, or from everybody of a domain, is refused from now on, and not answered."


async def _block(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    return f"Blocked: {(await holds.block(console, viewer, _subject(given), reason=reason)).subject}."


async def _unblock_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    now = ", ".join(one.subject for one in (await holds.held(console, viewer)).blocks)
    return f"Their mail is read again, from the next one on. Blocked: {now or 'nobody'}."


async def _unblock(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
    await holds.unblock(console, viewer, _subject(given), reason=reason)
    return "Their mail is read again."


async def _letters(given: Fields) -> str:
    if given.get("filter"):
        return f"every message that “{given['filter']}” finds"
    return f"the message {_subject(given)}"


async def _redrive_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    viewer.require_to_act(None, "dead letters")
    return f"The queue that it came from gets {await _letters(given)} again. A message that belongs to none any more stays where it is."


async def _drop_happens(console: Console, viewer: Viewer, given: Fields) -> str:
    viewer.require_to_act(None, "dead letters")
    return f"This deletes {await _letters(given)}, for good."


def _handling(*, drop: bool) -> Callable[[Console, Viewer, Fields, str], Awaitable[str]]:
    async def handle(console: Console, viewer: Viewer, given: Fields, reason: str) -> str:
        line = given.get("filter", "")
        queue = given.get("queue", "")
        done = await dead_letters.handle(
            console,
            viewer,
            drop=drop,
            queues=[queue] if queue in dead_views.QUEUES else dead_views.QUEUES,
            message_ids=None if line else [_subject(given)],
            wanted=wanted.parse(line, now=console.now(), states=dead_views.QUEUES),
            reason=reason,
        )
        if not done:
            raise errors.NotPossible(
                "there is no such message any more, or somebody else looks at it; try again in a minute"
            )
        good = [one for one in done if one.done]
        left = "; ".join(one.text for one in done if not one.done)
        word = "dropped" if drop else "sent back"
        return f"{len(good)} {'message' if len(good) == 1 else 'messages'} {word}." + (f" {left}" if left else "")

    return handle


ACTIONS: Final[Mapping[str, PageAction]] = {
    "stop": PageAction(title="Stop a command", button="Stop it", happens=_stop_happens, do=_stop),
    "retry": PageAction(title="Run a request again", button="Run it again", happens=_retry_happens, do=_retry),
    "resend": PageAction(title="Send a reply again", button="Send it again", happens=_resend_happens, do=_resend),
    "take-up": PageAction(title="Take up a mail again", button="Take it up", happens=_take_up_happens, do=_take_up),
    "drain": PageAction(title="Drain a worker", button="Drain it", happens=_drain_happens, do=_drain),
    "pause": PageAction(
        title="Pause",
        button="Pause",
        happens=_pause_happens,
        do=_pause,
        asks="Whom or what: everything, a client, client/project, or a person's address",
    ),
    "resume": PageAction(title="Resume", button="Resume", happens=_resume_happens, do=_resume, asks="What was paused"),
    "block": PageAction(
        title="Block a sender",
        button="Block",
        happens=_block_happens,
        do=_block,
        asks="Address, or @domain",
    ),
    "unblock": PageAction(
        title="Unblock a sender", button="Unblock", happens=_unblock_happens, do=_unblock, asks="Address, or @domain"
    ),
    "redrive": PageAction(title="Redrive", button="Redrive", happens=_redrive_happens, do=_handling(drop=False)),
    "drop": PageAction(
        title="Drop", button="Drop for good", happens=_drop_happens, do=_handling(drop=True), heavy=True
    ),
}
