"""`hermes send`: sends a mail to a running Hermes, and optionally waits for the reply."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.panel import Panel
from rich.text import Text

from hermes import errors
from hermes.cli import plain, screen
from hermes.local import demo, letter, running
from hermes.local.mailbox import find_reply


def send(
    text: Annotated[str, typer.Argument(help="The text; `-` reads standard input.", show_default=False)],
    to: Annotated[str, typer.Option(help="The project's address; without it, that of the running `hermes dev`.")] = "",
    subject: Annotated[str, typer.Option(help="The subject.")] = "A request",
    sender: Annotated[str, typer.Option("--from", help="The author; without it, the person of `hermes dev`.")] = "",
    cc: Annotated[list[str] | None, typer.Option(help="Who else gets the mail; may be given several times.")] = None,
    in_reply_to: Annotated[str, typer.Option(help="Message-ID of the mail that this one answers.")] = "",
    attach: Annotated[list[Path] | None, typer.Option(help="A file to attach; may be given several times.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the reply and show it.")] = False,
    seconds: Annotated[float, typer.Option(help="How long to wait.", min=1)] = 600.0,
    smtp: Annotated[str, typer.Option(help="HOST:PORT; without it, that of the running `hermes dev`.")] = "",
    state: Annotated[Path, typer.Option(help="Folder of the running `hermes dev`.")] = Path(".hermes"),
) -> None:
    """Send a mail to a running Hermes; with --wait, show the reply."""
    console = screen.console()
    dev = running.read(state) if not (smtp and to and sender) or wait else None
    host, _, port = (
        smtp.rpartition(":") if smtp else (dev.smtp_host if dev else "", ":", str(dev.smtp_port) if dev else "")
    )
    if not port.isdigit():
        raise typer.BadParameter(f"{smtp!r} is not HOST:PORT", param_hint="--smtp")
    to, sender = to or (dev.address if dev else ""), sender or (dev.person if dev else "")
    message_id, raw = letter.write(
        sender=sender,
        to=to,
        cc=cc or (),
        subject=subject,
        text=sys.stdin.read() if text == "-" else text,
        in_reply_to=in_reply_to or None,
        attachments=attach or (),
    )
    asyncio.run(letter.send(raw, sender=sender, to=to, host=host or "127.0.0.1", port=int(port)))
    plain.say(f"sent to {to}; Message-ID {message_id}")
    if not wait:
        return
    if dev is None:
        raise errors.ConfigError("--wait needs the mailbox of a running `hermes dev`")
    with screen.console(stderr=True).status("waiting for the reply…"):
        reply = asyncio.run(find_reply(dev.maildir, message_id, seconds=seconds))
    if reply is None:
        raise errors.StepFailed(f"no reply came within {seconds:g} s; a later one will be in {dev.maildir}")
    shown = demo.shown(reply)
    console.print(Panel(Text(shown["text"].strip()), title=Text(shown["subject"]), subtitle=Text(shown["from"])))
    plain.say(f"Message-ID {shown['message_id']}")
