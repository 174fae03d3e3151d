"""`hermes ingest`: one mail from standard input, for the pipe of a mail server."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from hermes.app import configuration, env, ingress, records
from hermes.cli import plain
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.ingress.pipe import PipeExit

#: The whole of `hermes ingest`; mail servers wait about 1000 s for a pipe.
PIPE_SECONDS: Final = 300.0


def ingest(
    recipient: Annotated[
        list[str] | None,
        typer.Option(help="An envelope recipient; may be given several times.", show_default=False),
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option(help="The envelope sender; '' or '<>' for the null return path.", show_default=False),
    ] = None,
    client_address: Annotated[
        str | None,
        typer.Option(
            help="The IP address of the client that handed the mail to the mail server, for SPF.", show_default=False
        ),
    ] = None,
    config_file: ConfigOption = None,
) -> None:
    """Store one mail from standard input; the exit codes of sysexits.h tell the mail server whether to retry."""
    try:
        code, sentence = asyncio.run(_ingest(config_file, recipient or [], sender, client_address))
    except Exception as error:  # whatever it was: any other code would make the mail server send the mail back
        code, sentence = PipeExit.TEMPFAIL, f"the mail was not stored: {error or type(error).__name__}"
    if code is not PipeExit.OK:
        plain.say(f"hermes: {sentence}", err=True)
    raise SystemExit(int(code))


async def _ingest(
    config_file: Path | None, recipients: list[str], sender: str | None, client: str | None
) -> tuple[PipeExit, str]:
    settings = config.load(config_file, os.environ)
    if sender is not None:
        sender = sender.strip().removeprefix("<").removesuffix(">")
    async with asyncio.timeout(PIPE_SECONDS), records.connect(settings, polls=1) as clients:
        held = await records.records(settings, clients)
        settings = await configuration.with_shared(settings, held)
        return await ingress.pipe(settings, held, env=env.system(emit=lambda event: None)).take(
            recipients=recipients, sender=sender, client_address=client or None
        )
