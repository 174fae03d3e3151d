"""`hermes mail explain`: shows how Hermes reads a mail."""

from __future__ import annotations

import asyncio
import pathlib
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hermes.cli import exits, plain, screen
from hermes.domain.request import Intent
from hermes.mail.authenticate import verdict
from hermes.mail.read import instruction, reading

_SHOWN_LINES = 12


def explain(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Raw mails; - reads paths from standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    text: Annotated[bool, typer.Option("--text", help="The files are plain-text bodies without headers.")] = False,
    html: Annotated[bool, typer.Option("--html", help="The files are HTML bodies without headers.")] = False,
    authserv: Annotated[
        str | None,
        typer.Option(help="Verify the author by this server's Authentication-Results, as found in your mailbox."),
    ] = None,
) -> None:
    """Show how Hermes reads a mail: the author, the new text, the command, and a reason for a refusal."""
    if text and html:
        raise typer.BadParameter("a body is either --text or --html")
    failed = False
    console = screen.console()
    for path in _paths(files):
        account = account_of_file(path, text=text, html=html, authserv=authserv)
        failed = failed or "error" in account
        if as_json:
            plain.document(line_of(account).decode())
        else:
            _show(console, account, body=text or html)
    if failed:
        raise typer.Exit(int(exits.ExitCode.FAILED))


def _paths(files: Iterable[str]) -> Iterator[str]:
    for one in files:
        if one != "-":
            yield one
            continue
        for line in sys.stdin:
            if line.strip("\r\n"):
                yield line.rstrip("\r\n")


def account_of_file(
    path: str, *, text: bool = False, html: bool = False, authserv: str | None = None
) -> dict[str, Any]:
    """The reading of one file as the fields of one JSON line; `error` where it cannot be read."""
    try:
        raw = pathlib.Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return {"file": path, "error": f"cannot be read: {reason}"}
    if text:
        found = reading.read_body(reading.decoded(raw))
    elif html:
        found = reading.read_html(reading.decoded(raw))
    else:
        found = reading.read(raw)
    account = account_of(path, found)
    if authserv and found.author is not None:
        account["verdict"] = _verdict(raw, found.author.address, authserv)
    return account


def _verdict(raw: bytes, author: str, authserv: str) -> dict[str, Any]:
    """The verdict of the named server. A file does not tell how it was delivered, so no other source counts and DNS is not asked."""
    found = asyncio.run(
        verdict.judge(
            verdict.DeliveryFacts(ingress="file"),
            raw,
            author.rpartition("@")[2],
            settings=verdict.Settings(authserv_id=authserv, own_check=False),
            resolver=None,
        )
    )
    return {"passed": found.passed, "source": found.source.value, "reason": found.reason}


def account_of(path: str, found: reading.Reading) -> dict[str, Any]:
    """A reading as the fields of one JSON line."""
    newest, machine, asked = found.newest, found.machine, found.instruction
    acts = asked is not None and machine is None and found.refusal is None
    return {
        "file": path,
        "from": found.author.address if found.author else None,
        "verdict": None,
        "machine": machine.kind.value if machine else None,
        "machine_reason": machine.reason if machine else None,
        "failed_recipients": list(machine.failed_recipients) if machine else [],
        "thread_keys": list(found.thread_keys),
        "text": newest.text if newest else "",
        "command": _command(asked) if acts and asked else None,
        "intent": asked.intent.value if acts and asked else None,
        "intent_reason": asked.why if acts and asked else "",
        "policy": asked.policy.value if asked and asked.policy else None,
        "quoted": newest.quoted if newest else "",
        "signature": newest.signature if newest else "",
        "forwarded": newest.forwarded if newest else "",
        "confidence": newest.confidence if newest else 0.0,
        "attachments": [
            {"name": one.name, "type": one.content_type, "bytes": len(one.content)}
            for one in (found.mail.attachments if found.mail else ())
        ],
        "defects": list(found.defects),
        "refusal": found.refusal.value if found.refusal else None,
        "refusal_detail": found.refusal_detail or None,
        "subject": found.mail.subject if found.mail else None,
        "message_id": found.mail.message_id if found.mail else None,
    }


#: Intents of mails that nothing follows.
_RECORDED = frozenset({Intent.COURTESY, Intent.REACTION, Intent.CALENDAR, Intent.RECALL, Intent.UNCLEAR})


def _command(asked: instruction.Instruction) -> dict[str, str] | None:
    """What runs, or what is done in its place (`stop`, `status`); None where nothing is."""
    if asked.intent in _RECORDED:
        return None
    edits = asked.intent in (Intent.REQUEST, Intent.QUESTION)
    return {"type": asked.type.value if edits else asked.intent.value, "text": asked.text}


def line_of(account: dict[str, Any]) -> bytes:
    """An account as one line of JSON, without the line feed."""
    try:
        return orjson.dumps(account)
    except (TypeError, orjson.JSONEncodeError):
        # Lone surrogates: in a path that is no UTF-8, or from a codec that lets them through.
        return orjson.dumps(_encodable(account))


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: _encodable(one) for key, one in value.items()}
    return [_encodable(one) for one in value] if isinstance(value, list) else value


def _show(console: Console, account: dict[str, Any], *, body: bool) -> None:
    account = _encodable(account)
    console.print(Text(account["file"], style="bold"))
    table = Table(show_header=False, box=None, padding=(0, 1, 0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(account):
        if body and name in ("from", "verdict"):
            continue  # a body alone has neither
        table.add_row(name, Text(value))
    console.print(table)
    console.print()


def _rows(account: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "error" in account:
        yield "error", account["error"]
        return
    yield "from", account["from"] or "nobody who can be named"
    judged = account["verdict"]
    if judged:
        yield "verdict", f"{'passed' if judged['passed'] else 'failed'}: {judged['reason']}"
    else:
        yield "verdict", "not judged: a file does not show how it was delivered (--authserv names a server to believe)"
    if account["subject"]:
        yield "subject", account["subject"]
    if account["machine"]:
        yield "machine", f"{account['machine']}: {account['machine_reason']}"
    for recipient in account["failed_recipients"]:
        yield "not delivered to", recipient
    if account["refusal"]:
        yield "refused", f"{account['refusal']}: {account['refusal_detail']}"
    if account["command"]:
        yield "command", account["command"]["type"]
    if account["policy"]:
        yield "policy", account["policy"]
    for part in ("text", "quoted", "signature", "forwarded"):
        if account[part]:
            # A machine's text is no command: its beginning is enough.
            yield part, _shortened(account[part], whole=part == "text" and not account["machine"])
    yield "confidence", f"{account['confidence']:.2f}"
    if account["thread_keys"]:
        yield "thread keys", "\n".join(account["thread_keys"][:_SHOWN_LINES])
    for one in account["attachments"]:
        yield "attachment", f"{one['name']} ({one['type']}, {one['bytes']} bytes)"
    for one in account["defects"]:
        yield "defect", one


def _shortened(text: str, *, whole: bool) -> str:
    lines = text.split("\n")
    if whole or len(lines) <= _SHOWN_LINES:
        return text
    return "\n".join([*lines[:_SHOWN_LINES], f"… {len(lines) - _SHOWN_LINES} lines more"])
