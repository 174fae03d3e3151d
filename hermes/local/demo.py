"""The demo: a slow request, a second one that interrupts it, two replies, and the repository's content afterwards."""

from __future__ import annotations

import asyncio
import dataclasses
import email.message
import re
from pathlib import Path
from typing import Any, Final

from hermes import errors
from hermes.domain.events import Event
from hermes.local import letter, project
from hermes.local.mailbox import DemoMailbox, answers
from hermes.local.timeline import DemoTimeline

SLOW = "Rework the whole page"
TITLE = "Hello from Hermes"
QUICK = f"Please update the homepage title to '{TITLE}'"

#: How agents tell that they edit (`hermes/agents`); what they say before is no work yet, and an interrupt would find nothing to save.
_EDIT = re.compile(r"agent: (?:Choosing|Editing|Edited|Writing)\b")
#: A real model's first request is interrupted after this long in any case: not every agent tells of its edits, nor edits in small steps.
_FIRST_EDIT_SECONDS: Final = 20.0
#: A real program tells of an edit before it makes it; its next words come after it.
_NEXT_WORDS_SECONDS: Final = 5.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A running Hermes for the demo."""

    smtp_host: str
    smtp_port: int
    address: str
    person: str
    mailbox: DemoMailbox
    repository: str
    """A path or URL."""
    agent: str
    timeline: DemoTimeline
    page: str | None = None
    """The address that signs in to the page, once."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """The result of the demo."""

    replies: tuple[dict[str, Any], ...]
    commits: tuple[dict[str, str], ...]
    branch: str


async def play(stage: Stage) -> DemoResult:
    """Run the demo. Raises an `errors.HermesError` that names what failed and where."""
    timeline = stage.timeline
    patience = 45.0 if stage.agent == "demo" else 600.0
    first = await _send(stage, "Our website", f"{SLOW}\n\n-- \nAnna\n")
    began = await _at_work(stage, patience)
    quoted = f"\n\nAnna wrote:\n> {SLOW}\n"
    second = await _send(stage, "Re: Our website", QUICK + quoted, in_reply_to=first)
    interrupted = await _reply_to(stage, first, "the interrupted request", patience)
    done = await _reply_to(stage, second, "the second request", patience)
    finished = await timeline.wait_for(
        "the second request's end", lambda e: e.name == "command.succeeded", seconds=patience, fatal=_failed
    )
    branch = f"thread-{str(finished.facts['session_id']).rsplit('-', 1)[-1]}"
    if not await asyncio.to_thread(project.has, Path(stage.repository), branch):
        raise errors.StepFailed(
            f"the agent changed nothing: {stage.repository} has no branch {branch}; look at its replies"
        )
    commits = await asyncio.to_thread(project.log, Path(stage.repository), branch)
    title = await asyncio.to_thread(project.show, Path(stage.repository), branch, "index.html")
    if TITLE not in title:
        raise errors.StepFailed(f"the title on branch {branch} of {stage.repository} is not {TITLE!r}")
    if _kept(timeline, began) and not any(began in commit["body"] for commit in commits):
        raise errors.StepFailed(f"the interrupted work is not on branch {branch} of {stage.repository}")
    return DemoResult(replies=(shown(interrupted), shown(done)), commits=tuple(commits), branch=branch)


async def _at_work(stage: Stage, patience: float) -> str:
    """Wait until the first request's agent has begun to edit, as far as that can be seen; the id of its command."""
    timeline, own = stage.timeline, stage.agent == "demo"

    def agents(event: Event) -> bool:
        return event.name == "command.progress" and event.facts.get("step") == "agent"

    first = await timeline.wait_for("the first request's agent beginning", agents, seconds=patience, fatal=_fatal)
    what = "the first request's agent beginning to edit"
    seconds = patience if own else _FIRST_EDIT_SECONDS
    edit = await timeline.look_for(
        what, lambda event: agents(event) and _edits(event), seconds=seconds, fatal=_fatal, after=first
    )
    if edit is not None and not own:
        await timeline.look_for(what, agents, seconds=_NEXT_WORDS_SECONDS, fatal=_fatal, after=edit)
    return str(first.facts["command_id"])


def _edits(event: Event) -> bool:
    return _EDIT.match(event.text) is not None


def _kept(timeline: DemoTimeline, command_id: str) -> bool:
    """Whether the command was stopped with work to keep: a real agent may have been done before, or not have begun to edit."""
    return any(
        moment.event.name == "command.interrupted"
        and moment.event.facts.get("command_id") == command_id
        and "work is kept" in moment.event.text
        for moment in timeline.moments
    )


def shown(message: email.message.Message) -> dict[str, Any]:
    """A reply as a person would read it."""
    text = next((p for p in message.walk() if p.get_content_type() == "text/plain"), None)
    payload = text.get_payload(decode=True) if text is not None else b""
    return {
        "from": str(message["From"]),
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "message_id": str(message["Message-ID"]),
        "in_reply_to": str(message["In-Reply-To"]),
        "text": payload.decode("utf-8", "replace") if isinstance(payload, bytes) else "",
    }


async def _send(stage: Stage, subject: str, text: str, *, in_reply_to: str | None = None) -> str:
    message_id, raw = letter.write(
        sender=f"Anna Example <{stage.person}>", to=stage.address, subject=subject, text=text, in_reply_to=in_reply_to
    )
    stage.timeline.say("person.wrote", f"“{text.splitlines()[0]}”")
    await letter.send(raw, sender=stage.person, to=stage.address, host=stage.smtp_host, port=stage.smtp_port)
    return message_id


async def _reply_to(stage: Stage, message_id: str, what: str, seconds: float) -> email.message.Message:
    wait = asyncio.ensure_future(stage.mailbox.wait_for(lambda m: answers(m, message_id), seconds=seconds))
    watch = asyncio.ensure_future(
        stage.timeline.wait_for(f"the reply to {what}", lambda _: False, seconds=seconds, fatal=_fatal)
    )
    try:
        await asyncio.wait({wait, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not wait.done():
            watch.result()
        message = wait.result()
    finally:
        for task in (wait, watch):
            task.cancel()
        await asyncio.gather(wait, watch, return_exceptions=True)
    stage.timeline.say("person.received", f"“{message['Subject']}”: {_first_line(message)}")
    return message


def _first_line(message: email.message.Message) -> str:
    return next((line for line in str(shown(message)["text"]).splitlines() if line.strip()), "")


def _failed(event: Event) -> bool:
    return event.name in {"command.failed", "command.timed_out", "mail.refused", "mail.failed", "reply.failed"}


def _fatal(event: Event) -> bool:
    return _failed(event) or event.name in {"container.failed", "poll.failed"}
