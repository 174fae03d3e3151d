"""`hermes mail list`, `hermes mail replies` and `hermes mail replay`: what became of the mails that came, and of those that went."""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hermes import config, replaying, wiring
from hermes.cli.options import ConfigOption
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply, ReplyState

#: Rows that are looked at, in no order: a reply's holds the whole mail.
_MAILS, _REPLIES = 100_000, 10_000


def list_mails(
    config_file: ConfigOption = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only mails of this outcome.")] = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest mails with their outcome and its reason."""
    found = asyncio.run(_mails(config.load(config_file, os.environ)))
    _say_if_cut(len(found), _MAILS, "mails")
    shown = [r for r in sorted(found, key=lambda r: -r.received_at) if outcome in (None, r.outcome)][:most]
    if as_json:
        for record in shown:
            typer.echo(record.model_dump_json(exclude={"token"}))
        return
    table = Table("received", "outcome", "reason", "from", "subject", box=None)
    table.add_column("mail id", no_wrap=True)
    for record in shown:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(record.received_at))
        table.add_row(
            when,
            record.outcome.value,
            escape(record.reason),
            record.author or "?",
            escape(record.subject),
            record.mail_id,
        )
    Console(highlight=False).print(table if shown else "no mail is recorded")


async def _mails(settings: config.Config) -> list[MailRecord]:
    async with wiring.connect(settings) as clients:
        held = await wiring.records(settings, clients)
        return await held.sessions.all_mails(most=_MAILS)


def list_replies(
    config_file: ConfigOption = None,
    state: Annotated[ReplyState | None, typer.Option(help="Only replies in this state.")] = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest replies with their state: pending, sent, failed, or bounced with whom it did not reach."""
    found = asyncio.run(_replies(config.load(config_file, os.environ)))
    _say_if_cut(len(found), _REPLIES, "replies")
    shown = [r for r in sorted(found, key=lambda r: -r.created_at) if state in (None, r.state)][:most]
    if as_json:
        for reply in shown:
            typer.echo(reply.model_dump_json(exclude={"raw", "lease_token", "due_shard"}))
        return
    table = Table("written", "state", "kind", "to", "error", box=None)
    table.add_column("reply id", no_wrap=True)
    for reply in shown:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(reply.created_at))
        table.add_row(when, reply.state.value, reply.kind, escape(reply.recipient), escape(reply.error), reply.reply_id)
    none = f"no reply is {state.value}" if state else "no reply is recorded"
    Console(highlight=False).print(table if shown else none)


async def _replies(settings: config.Config) -> list[Reply]:
    async with wiring.connect(settings) as clients:
        held = await wiring.records(settings, clients)
        return await held.outbox.all(most=_REPLIES)


def _say_if_cut(looked_at: int, most: int, what: str) -> None:
    if looked_at >= most:
        typer.echo(
            f"there are more than {most} {what}, and not all were looked at: newer ones may be missing", err=True
        )


def replay(
    mail_id: Annotated[str, typer.Argument(help="As `hermes mail list` shows it.", show_default=False)],
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the decision for a stored mail under today's rules beside the one recorded. Nothing is changed."""
    settings = config.load(config_file, os.environ)
    recorded, today = asyncio.run(replaying.replay(settings, mail_id))
    if as_json:
        typer.echo(json.dumps({"mail_id": mail_id, "recorded": recorded, "today": today}, ensure_ascii=False))
        return
    table = Table("", "recorded", "today", box=None)
    for name in dict.fromkeys([*recorded, *today]):
        before, after = escape(str(recorded.get(name, ""))), escape(str(today.get(name, "")))
        table.add_row(name, before, after if after == before or name not in today else f"[bold yellow]{after}[/]")
    Console(highlight=False).print(table)
