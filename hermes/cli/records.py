"""`hermes mail list`, `hermes mail replies` and `hermes mail replay`: the outcomes of mails and the states of replies."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Annotated

import typer
from rich.text import Text

from hermes.app import gateway as composition
from hermes.cli import plain, screen
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply, ReplyState
from hermes.ops import replaying

#: Rows that are looked at, in no order: a reply's holds the whole mail.
_MAILS, _REPLIES = 100_000, 10_000


def list_mails(
    config_file: ConfigOption = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only mails of this outcome.")] = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest mails with outcome and reason."""
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
        return await held.sessions.all_mails(most=_MAILS)


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
