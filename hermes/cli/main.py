"""`hermes`: mounts the commands and turns errors into sentences."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from hermes import __version__, errors
from hermes.cli import exits, ingest, local, mail, operate, queues, records, send, usage

app = typer.Typer(
    name="hermes",
    help="People email a coding agent and get their work done in the thread.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 configuration, 4 AWS or mail server not reachable now.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
app.command("demo", epilog="Example: hermes demo --json")(local.demo)
app.command("dev", epilog="Example: hermes dev --state .hermes")(local.dev)
app.command("send", epilog="Example: hermes send --wait \"Please update the homepage title to 'Spring'\"")(send.send)
app.command("serve", epilog="Example: hermes serve --config /etc/hermes.toml")(operate.serve)
app.command(
    "ingest",
    epilog="Exit codes: 0 stored, 64 no recipient, 65 empty or too large, 67 no such address, 75 not stored now. "
    "Example: hermes ingest --recipient site@agent.example.com --sender anna@acme.example < mail",
)(ingest.ingest)
app.command("worker", epilog="Example: HERMES_WORKER_CONTAINER_KEY=… hermes worker (the launcher does this)")(
    operate.worker
)
app.command("provision", epilog="Example: hermes provision --config /etc/hermes.toml")(operate.provision)
app.command("check", epilog="Example: hermes check --config /etc/hermes.toml")(operate.check)
app.command("usage", epilog="Example: hermes usage --json  ·  hermes usage --recount")(usage.show)
mail.app.command("list", epilog="Example: hermes mail list --outcome refused")(records.list_mails)
mail.app.command("replies", epilog="Example: hermes mail replies --state bounced")(records.list_replies)
mail.app.command("replay", epilog="Example: hermes mail replay 3sqv4ocituu5n4esgunwy46b32mmq7kz")(records.replay)
app.add_typer(mail.app, name="mail", help="What Hermes makes of a mail.")
app.add_typer(queues.dlq, name="dlq")
app.add_typer(queues.parked, name="parked")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hermes {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """People email a coding agent and get their work done in the thread."""


def main() -> None:
    """Run the command line; an expected error is a sentence and an exit code, never a stack trace."""
    try:
        app()
    except errors.HermesError as error:
        exits.leave(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.stderr.write("hermes: stopped\n")
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise SystemExit(int(exits.Exit.FAILED)) from None
    except Exception as error:
        exits.leave_unforeseen(error)
