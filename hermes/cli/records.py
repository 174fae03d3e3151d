"""`hermes mail list`, `replies`, `resend`, `take-up` and `replay`: the outcomes of mails and the states of replies."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import functools
from typing import Annotated

import typer
from rich.text import Text

from hermes import errors
from hermes.admin.actions import mails, replies, resending
from hermes.admin.console import Console
from hermes.admin.views import mailbox
from hermes.admin.views import mails as mail_view
from hermes.admin.views import replies as reply_view
from hermes.admin.views.mails import MailRow
from hermes.admin.views.replies import ReplyRow
from hermes.admin.views.wanted import Terms, Wanted
from hermes.app import console
from hermes.cli import exits, plain, screen
from hermes.cli.console import asking, deployment, words
from hermes.cli.console.asking import MostOption, PersonOption, ProjectOption
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply, ReplyState
from hermes.ops import replaying


def list_mails(
    config_file: ConfigOption = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only mails of this outcome.")] = None,
    project: ProjectOption = None,
    person: PersonOption = None,
    most: MostOption = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest mails with outcome and reason, also those that wait in an IMAP mailbox."""
    wanted = _wanted(outcome, project, person)
    shown, cut = asking.ask(config_file, functools.partial(_mails, wanted=wanted, most=most, whole=as_json))
    asking.say_if_cut(cut, most)
    if as_json:
        for row, record in shown:
            facts = record.model_dump(mode="json", exclude={"token"}) if record is not None else {}
            plain.document({**facts, "project": row.project})
        return
    screen.entries(
        [
            screen.Entry(
                (words.moment(one.received_at), one.outcome),
                one.mail_id,
                (asking.joined(one.project, f"from {one.person or '?'}"), one.subject, one.reason),
            )
            for one, _ in shown
        ],
        none="no such mail is recorded" if outcome or project or person else "no mail is recorded",
    )


def _wanted(state: enum.StrEnum | None, project: str | None, person: str | None) -> Wanted:
    """The search of the options of both lists."""
    found = asking.search("", project, person)
    return dataclasses.replace(found, state=Terms(any_of=(state.value,))) if state is not None else found


async def _mails(
    held: Console, *, wanted: Wanted, most: int, whole: bool
) -> tuple[list[tuple[MailRow, MailRecord | None]], bool]:
    """The newest mails, with their records where these are wanted `whole`, and whether there are more; by the index."""
    found, cut = await asking.rows(
        lambda cursor, more: mail_view.mails(held, operator(), wanted, cursor=cursor, most=more), most
    )
    waiting = await mailbox.rows(held, operator(), wanted)
    rows = sorted([*found, *waiting], key=lambda one: -one.received_at)[:most]
    records = {one.mail_id: one for one in await mailbox.waiting(held.settings(), held.stores.mailboxes)}
    records |= await mail_view.records(held, [one.mail_id for one in rows]) if whole else {}
    return [(one, records.get(one.mail_id)) for one in rows], cut


def list_replies(
    config_file: ConfigOption = None,
    state: Annotated[ReplyState | None, typer.Option(help="Only replies in this state.")] = None,
    project: ProjectOption = None,
    person: PersonOption = None,
    most: MostOption = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest replies with their state: pending, sent, failed, or bounced with the recipient."""
    wanted = _wanted(state, project, person)
    shown, cut = asking.ask(config_file, functools.partial(_replies, wanted=wanted, most=most, whole=as_json))
    asking.say_if_cut(cut, most)
    if as_json:
        for row, record in shown:
            hidden = {"raw", "lease_token", "due_shard", "begun"}
            facts = record.model_dump(mode="json", exclude=hidden) if record is not None else {}
            plain.document({**facts, "project": row.project})
        return
    screen.entries(
        [
            screen.Entry(
                (words.moment(one.created_at), one.state),
                one.reply_id,
                (asking.joined(one.project, f"kind: {one.kind}", f"to {one.person}", _next(one)), one.why),
            )
            for one, _ in shown
        ],
        none=f"no reply is {state.value}"
        if state
        else "no such reply"
        if project or person
        else "no reply is recorded",
    )


def _next(reply: ReplyRow) -> str:
    """What comes next of one that waits."""
    if reply.state != ReplyState.PENDING or reply.due is None or reply.in_hand:
        return ""
    return f"next try {words.moment(reply.due)}"


async def _replies(
    held: Console, *, wanted: Wanted, most: int, whole: bool
) -> tuple[list[tuple[ReplyRow, Reply | None]], bool]:
    """The newest replies, with their records where these are wanted `whole`, and whether there are more; by the index."""
    rows, cut = await asking.rows(
        lambda cursor, more: reply_view.replies(held, operator(), wanted, cursor=cursor, most=more), most
    )
    records = await reply_view.records(held, [one.reply_id for one in rows]) if whole else {}
    return [(one, records.get(one.reply_id)) for one in rows], cut


def resend(
    reply_ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="REPLY…", help="Reply ids as `replies` shows them, or their beginnings.", show_default=False
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every reply in the state of --state.")] = False,
    state: Annotated[
        ReplyState | None,
        typer.Option(help="With --all: which replies; else those that failed or were refused.", show_default=False),
    ] = None,
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
        plain.say(f"no reply is {state.value}" if state is not None else "no reply is failed, and none was refused")
    if not all(one.done for one in found):
        raise SystemExit(int(exits.ExitCode.FAILED))


async def _resend(
    settings: config.Config, reply_ids: list[str], state: ReplyState | None, again: bool
) -> list[resending.Resent]:
    async with console.connect(settings) as held:
        if not reply_ids:
            reply_ids = await resending.in_state(held, state or ReplyState.FAILED)
            if state is None:
                reply_ids += await resending.refused(held)
        told = []
        for one in reply_ids:
            try:
                told.append(await replies.resend(held, operator(), await resending.named(held, one), again=again))
            except errors.Permanent as error:
                told.append(resending.Resent(one, False, error.message))
        return told


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
