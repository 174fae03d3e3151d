"""`hermes mail list`, `replies`, `resend`, `take-up` and `replay`: the outcomes of mails and the states of replies."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.text import Text

from hermes import errors
from hermes.admin.actions import mails, replies, resending
from hermes.admin.views import mailbox
from hermes.app import console
from hermes.app import records as composition
from hermes.cli import exits, plain, screen
from hermes.cli.console import deployment
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.domain import idn
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply, ReplyState
from hermes.mail.authenticate import token
from hermes.ops import replaying

#: Rows that are looked at, in no order: a reply's holds the whole mail.
_MAILS, _REPLIES = 100_000, 10_000

ProjectOption = Annotated[str | None, typer.Option(help="Only of this project (client/project).")]
PersonOption = Annotated[str | None, typer.Option(help="Only of this person: an address, or @domain.")]


def list_mails(
    config_file: ConfigOption = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only mails of this outcome.")] = None,
    project: ProjectOption = None,
    person: PersonOption = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest mails with outcome and reason, also those that wait in an IMAP mailbox."""
    settings = deployment.settings(config_file)
    found = asyncio.run(_mails(settings))
    _say_if_cut(len(found), _MAILS, "mails")
    projects = {idn.mailbox(address): one.name for one in settings.projects for address in one.addresses}
    named = [(one, _project(one.recipient, projects)) for one in sorted(found, key=lambda one: -one.received_at)]
    shown = [
        (one, name)
        for one, name in named
        if outcome in (None, one.outcome) and project in (None, name) and _is(person, one.author)
    ][:most]
    if as_json:
        for record, name in shown:
            plain.document({**record.model_dump(mode="json", exclude={"token"}), "project": name})
        return
    screen.entries(
        [
            screen.Entry(
                (_when(one.received_at), one.outcome.value),
                one.mail_id,
                (_joined(name, f"from {one.author or '?'}"), one.subject, one.reason),
            )
            for one, name in shown
        ],
        none="no such mail is recorded" if outcome or project or person else "no mail is recorded",
    )


def _when(at: float) -> str:
    """In the terminal's zone."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def _project(recipient: str, projects: Mapping[str, str]) -> str | None:
    """The project of an address of ours, also of one with a token in it."""
    with contextlib.suppress(ValueError):
        return projects.get(idn.mailbox(token.read(recipient)[0]))
    return None


def _is(person: str | None, address: str | None) -> bool:
    """Whether the address is the wanted one, or in the wanted domain (`@acme.example`)."""
    if person is None:
        return True
    wanted, found = idn.ascii_lower(person), idn.ascii_lower(address or "")
    return found.endswith(wanted) if wanted.startswith("@") else found == wanted


def _joined(*words: str | None) -> str:
    return " · ".join(filter(None, words))


async def _mails(settings: config.Config) -> list[MailRecord]:
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        return [*await held.sessions.all_mails(most=_MAILS), *await mailbox.waiting(settings, held.mailboxes)]


def list_replies(
    config_file: ConfigOption = None,
    state: Annotated[ReplyState | None, typer.Option(help="Only replies in this state.")] = None,
    project: ProjectOption = None,
    person: PersonOption = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest replies with their state: pending, sent, failed, or bounced with the recipient."""
    found = asyncio.run(_replies(deployment.settings(config_file)))
    _say_if_cut(len(found), _REPLIES, "replies")
    shown = [
        one
        for one in sorted(found, key=lambda one: -one.created_at)
        if state in (None, one.state) and project in (None, one.scope) and _is(person, one.recipient)
    ][:most]
    if as_json:
        for reply in shown:
            facts = reply.model_dump(mode="json", exclude={"raw", "lease_token", "due_shard", "begun"})
            plain.document({**facts, "project": reply.scope})
        return
    screen.entries(
        [
            screen.Entry(
                (_when(one.created_at), one.state.value),
                one.reply_id,
                (_joined(one.scope, f"kind: {one.kind}", f"to {one.recipient}", _next(one)), one.error),
            )
            for one in shown
        ],
        none=f"no reply is {state.value}"
        if state
        else "no such reply"
        if project or person
        else "no reply is recorded",
    )


def _next(reply: Reply) -> str:
    """What comes next of one that waits."""
    if reply.state is not ReplyState.PENDING or reply.due is None:
        return ""
    return "is being sent" if reply.in_hand else f"next try {_when(reply.due)}"


async def _replies(settings: config.Config) -> list[Reply]:
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        return await held.outbox.all(most=_REPLIES)


def resend(
    reply_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REPLY…", help="Reply ids as `replies` shows them, or their beginnings.", show_default=False
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every reply in the state of --state.")] = False,
    state: Annotated[ReplyState, typer.Option(help="With --all: which replies.")] = ReplyState.FAILED,
    again: Annotated[bool, typer.Option("--again", help="Also replies that were sent.")] = False,
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Send replies again that failed or bounced, or that wait for their next try."""
    if bool(reply_ids) == everything:
        raise typer.BadParameter("name replies, or say --all")
    if everything and state is ReplyState.SENT and not again:
        raise typer.BadParameter("replies that were sent are sent again with --again only")
    found = asyncio.run(_resend(deployment.settings(config_file), reply_ids or [], state, again))
    for one in found:
        if as_json:
            plain.document({"reply_id": one.reply_id, "resent": one.done, "text": one.text})
        else:
            plain.say(f"{one.reply_id}: {one.text}", err=not one.done)
    if not found and not as_json:
        plain.say(f"no reply is {state.value}")
    if not all(one.done for one in found):
        raise SystemExit(int(exits.ExitCode.FAILED))


async def _resend(
    settings: config.Config, reply_ids: list[str], state: ReplyState, again: bool
) -> list[resending.Resent]:
    async with console.connect(settings) as held:
        if not reply_ids:
            reply_ids = await resending.in_state(held, state)
        told = []
        for one in reply_ids:
            try:
                told.append(await replies.resend(held, operator(), await resending.named(held, one), again=again))
            except errors.Permanent as error:
                told.append(resending.Resent(one, False, error.message))
        return told


def _say_if_cut(looked_at: int, most: int, what: str) -> None:
    if looked_at >= most:
        plain.say(f"there are more than {most} {what}, and not all were looked at: newer ones may be missing", err=True)


def take_up(
    mail_ids: Annotated[
        list[str], typer.Argument(metavar="MAIL…", help="As `hermes mail list` shows them.", show_default=False)
    ],
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Hand refused, ignored or failed mails to the gateways again; today's rules apply."""
    found = asyncio.run(_take_up(deployment.settings(config_file), mail_ids))
    for mail_id, reason in found:
        if as_json:
            plain.document({"mail_id": mail_id, "taken_up": not reason, "text": reason})
        else:
            plain.say(f"{mail_id}: {reason or 'a gateway takes it up within seconds'}", err=bool(reason))
    if any(reason for _, reason in found):
        raise SystemExit(int(exits.ExitCode.FAILED))


async def _take_up(settings: config.Config, mail_ids: list[str]) -> list[tuple[str, str]]:
    """Each id with the reason why not; empty if it was."""
    async with console.connect(settings) as held:
        told = []
        for mail_id in mail_ids:
            try:
                await mails.take_up(held, operator(), mail_id)
                told.append((mail_id, ""))
            except errors.Permanent as error:
                told.append((mail_id, error.message))
        return told


def replay(
    mail_id: Annotated[str, typer.Argument(help="As `hermes mail list` shows it.", show_default=False)],
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the decision for a stored mail under today's rules beside the recorded one; change nothing."""
    settings = deployment.settings(config_file)
    recorded, today = asyncio.run(replaying.replay(settings, mail_id))
    if as_json:
        plain.document({"mail_id": mail_id, "recorded": recorded, "today": today})
        return
    rows = []
    for name in dict.fromkeys([*recorded, *today]):
        before, after = str(recorded.get(name, "")), str(today.get(name, ""))
        differs = name in today and after != before
        rows.append((name, before, Text(after, style="bold yellow" if differs else "")))
    screen.table(("", "recorded", "today"), rows, none="nothing is recorded")
