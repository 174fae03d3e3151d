"""`hermes mail list`, `replies`, `resend` and `replay`: the outcomes of mails and the states of replies."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Annotated

import typer
from rich.text import Text

from hermes import errors
from hermes.app import records as composition
from hermes.cli import exits, plain, screen
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply, ReplyState
from hermes.ops import mailbox_mails, replaying, resending

#: Rows that are looked at, in no order: a reply's holds the whole mail.
_MAILS, _REPLIES = 100_000, 10_000


def list_mails(
    config_file: ConfigOption = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only mails of this outcome.")] = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest mails with outcome and reason, also those that wait in an IMAP mailbox."""
    found = asyncio.run(_mails(config.load(config_file, os.environ)))
    _say_if_cut(len(found), _MAILS, "mails")
    shown = [r for r in sorted(found, key=lambda r: -r.received_at) if outcome in (None, r.outcome)][:most]
    if as_json:
        for record in shown:
            plain.document(record.model_dump_json(exclude={"token"}))
        return
    rows = [
        (_when(one.received_at), one.outcome.value, one.reason, one.author or "?", one.subject, one.mail_id)
        for one in shown
    ]
    screen.table(
        ("received", "outcome", "reason", "from", "subject"), rows, identifier="mail id", none="no mail is recorded"
    )


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))


async def _mails(settings: config.Config) -> list[MailRecord]:
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        return [*await held.sessions.all_mails(most=_MAILS), *await mailbox_mails.waiting(settings, held)]


def list_replies(
    config_file: ConfigOption = None,
    state: Annotated[ReplyState | None, typer.Option(help="Only replies in this state.")] = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest replies with their state: pending, sent, failed, or bounced with the recipient."""
    found = asyncio.run(_replies(config.load(config_file, os.environ)))
    _say_if_cut(len(found), _REPLIES, "replies")
    shown = [r for r in sorted(found, key=lambda r: -r.created_at) if state in (None, r.state)][:most]
    if as_json:
        for reply in shown:
            plain.document(reply.model_dump_json(exclude={"raw", "lease_token", "due_shard"}))
        return
    rows = [(_when(one.created_at), one.state.value, one.kind, one.recipient, one.error, one.reply_id) for one in shown]
    none = f"no reply is {state.value}" if state else "no reply is recorded"
    screen.table(("written", "state", "kind", "to", "error"), rows, identifier="reply id", none=none)


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
    found = asyncio.run(_resend(config.load(config_file, os.environ), reply_ids or [], state, again))
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
    async with composition.connect(settings) as clients:
        outbox = (await composition.records(settings, clients)).outbox
        rows = await outbox.all(most=_REPLIES)
        if not reply_ids:
            wanted = resending.chosen(rows, state)
            return [await resending.resend(outbox, row, again=again, now=time.time()) for row in wanted]
        told = []
        for one in reply_ids:
            try:
                row = await outbox.get(one) or resending.named(rows, one)
                told.append(await resending.resend(outbox, row, again=again, now=time.time()))
            except errors.Permanent as error:
                told.append(resending.Resent(one, False, error.message))
        return told


def _say_if_cut(looked_at: int, most: int, what: str) -> None:
    if looked_at >= most:
        plain.say(f"there are more than {most} {what}, and not all were looked at: newer ones may be missing", err=True)


def replay(
    mail_id: Annotated[str, typer.Argument(help="As `hermes mail list` shows it.", show_default=False)],
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the decision for a stored mail under today's rules beside the recorded one; change nothing."""
    settings = config.load(config_file, os.environ)
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
