"""`hermes mail list` and `hermes mail replay`: what became of the mails that came."""

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

from hermes import config, errors, wiring
from hermes.cli.operate import ConfigOption
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from hermes.gateway.admission import Admission
from hermes.gateway.replies import Tokens
from hermes.ingress.resolver import Resolver


def list_mails(
    config_file: ConfigOption = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only mails of this outcome.")] = None,
    most: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the newest mails with their outcome and its reason."""
    found = asyncio.run(_mails(config.load(config_file, os.environ)))
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
        return await held.sessions.all_mails(most=10_000)


def replay(
    mail_id: Annotated[str, typer.Argument(help="As `hermes mail list` shows it.", show_default=False)],
    config_file: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the decision for a stored mail under today's rules beside the one recorded. Nothing is changed."""
    settings = config.load(config_file, os.environ)
    recorded, today = asyncio.run(_replay(settings, mail_id))
    if as_json:
        typer.echo(json.dumps({"mail_id": mail_id, "recorded": recorded, "today": today}, ensure_ascii=False))
        return
    table = Table("", "recorded", "today", box=None)
    for name in dict.fromkeys([*recorded, *today]):
        before, after = escape(str(recorded.get(name, ""))), escape(str(today.get(name, "")))
        table.add_row(name, before, after if after == before or name not in today else f"[bold yellow]{after}[/]")
    Console(highlight=False).print(table)


async def _replay(settings: config.Config, mail_id: str) -> tuple[dict[str, str], dict[str, str]]:
    async with wiring.connect(settings) as clients:
        held = await wiring.records(settings, clients)
        record = await held.sessions.mail(mail_id)
        if record is None:
            raise errors.Permanent(f"no mail {mail_id} is recorded; `hermes mail list` shows those that are")
        raw = await held.objects.get(record.key, bucket=record.bucket)
        command = await held.commands.get(record.command_id) if record.command_id else None
        # What vouched for the sender then is not asked again: a signature may have expired since.
        pointer = Pointer(
            key=record.key,
            recipient=record.recipient,
            ingress=record.ingress,
            received_at=record.received_at,
            trusted=True,
        )
        believing = settings.model_copy(
            update={"smtp_ingress": settings.smtp_ingress.model_copy(update={"trust_loopback": True})}
        )
        key = settings.mail.token_key
        tokens = Tokens(key.encode(), settings.mail.token_style) if key else None
        admission = Admission(config=settings, judge=wiring.judge(believing, Resolver()), tokens=tokens)
        judged = await admission.judge(pointer, raw)
    recorded = {
        "outcome": record.outcome.value,
        "reason": record.reason,
        "from": record.author or "",
        "session": record.session_id or "",
        "command": command.type.value if command else "",
        "text": command.instruction if command else "",
        "why this session": " · ".join(record.trace),
    }
    asked = judged.reading.instruction
    today = {
        "outcome": _outcome(judged.ignored, judged.refusal is not None, asked is not None and asked.type.value),
        "reason": judged.reason,
        "from": judged.reading.author.address if judged.reading.author else "",
        "command": asked.type.value if asked else "",
        "text": asked.text if asked else "",
    }
    return recorded, today


def _outcome(ignored: bool, refused: bool, asked: str | bool) -> str:
    if ignored:
        return Outcome.IGNORED.value
    if refused:
        return Outcome.REFUSED.value
    return Outcome.CONTROL.value if asked in ("stop", "status") else Outcome.COMMAND.value
