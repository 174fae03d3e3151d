"""`hermes`: the table of its commands, and errors as sentences."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer

from hermes import __version__, errors
from hermes.cli import exits, lazy, plain
from hermes.cli.lazy import CommandEntry
from hermes.process import privacy

COMMANDS: Final = {
    "demo": CommandEntry(
        "Show the whole way: two mails, an interrupt, two replies, and the commits.",
        "hermes.cli.local:demo",
        "Example: hermes demo --json",
    ),
    "dev": CommandEntry(
        "Run the demo's Hermes to play with, until Ctrl-C; it keeps its state.",
        "hermes.cli.local:dev",
        "Example: hermes dev --state .hermes",
    ),
    "send": CommandEntry(
        "Write a mail to a running Hermes; with --wait, show the reply.",
        "hermes.cli.send:send",
        "Example: hermes send --wait \"Please update the homepage title to 'Spring'\"",
    ),
    "serve": CommandEntry(
        "Run the gateway until SIGTERM or SIGINT.",
        "hermes.cli.serve:serve",
        "Example: hermes serve --config /etc/hermes.toml",
    ),
    "ingest": CommandEntry(
        "Take one mail from standard input; exit codes of sysexits.h, so that the mail server keeps what was not stored.",
        "hermes.cli.ingest:ingest",
        "Exit codes: 0 stored, 64 no recipient, 65 empty or too large, 67 no such address, 75 not stored now. "
        "Example: hermes ingest --recipient site@agent.example.com --sender anna@acme.example < mail",
    ),
    "worker": CommandEntry(
        "Run a worker; its settings come in HERMES_WORKER_… from the launcher.",
        "hermes.cli.worker:worker",
        "Example: HERMES_WORKER_CONTAINER_KEY=… hermes worker (the launcher does this)",
    ),
    "provision": CommandEntry(
        "Create tables, bucket and queues; may be run again, and says what it made.",
        "hermes.cli.operate:provision",
        "Example: hermes provision --config /etc/hermes.toml",
    ),
    "check": CommandEntry(
        "Check configuration, AWS, queues, launcher and mail server: one line each, with what to do.",
        "hermes.cli.operate:check",
        "Example: hermes check --config /etc/hermes.toml",
    ),
    "control-token": CommandEntry(
        "Print what opens the HTTP control of one worker that runs on this machine; needs web.control_secret.",
        "hermes.cli.control:control_token",
        "Example: hermes control-token acme#site#anna-3k5zq2ab 4 --config /etc/hermes.toml",
    ),
    "usage": CommandEntry(
        "Show what clients, projects and people have used of their shares, beside the limits.",
        "hermes.cli.usage:show",
        "Example: hermes usage --json  ·  hermes usage --recount",
    ),
    "mail": CommandEntry(
        "What Hermes makes of a mail.",
        commands={
            "explain": CommandEntry(
                "Show what Hermes reads in a mail: who wrote it, the new text, the command, and why it would refuse it.",
                "hermes.cli.mail:explain",
                "Example: find inbox -name '*.eml' | hermes mail explain --json -",
            ),
            "list": CommandEntry(
                "List the newest mails with their outcome and its reason.",
                "hermes.cli.records:list_mails",
                "Example: hermes mail list --outcome refused",
            ),
            "replies": CommandEntry(
                "List the newest replies with their state: pending, sent, failed, or bounced with whom it did not reach.",
                "hermes.cli.records:list_replies",
                "Example: hermes mail replies --state bounced",
            ),
            "replay": CommandEntry(
                "Show the decision for a stored mail under today's rules beside the one recorded. Nothing is changed.",
                "hermes.cli.records:replay",
                "Example: hermes mail replay 3sqv4ocituu5n4esgunwy46b32mmq7kz",
            ),
        },
    ),
    "dlq": CommandEntry("What went to a dead-letter queue, and why.", "hermes.cli.queues:dlq"),
    "rows": CommandEntry("Rows of commands and replies that cannot be read: parked, and why.", "hermes.cli.rows:rows"),
    "parked": CommandEntry(
        "Reports that no record knows, or that may not speak for the command that they name.",
        "hermes.cli.queues:parked",
    ),
}

app = lazy.group(
    COMMANDS,
    name="hermes",
    help="People email a coding agent and get their work done in the thread.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 configuration, 4 AWS or mail server not reachable now.",
)


def _version(wanted: bool) -> None:
    if wanted:
        plain.say(f"hermes {__version__}")
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
    # Before anything else: every command may read secrets, and agents of the same user may run beside it.
    privacy.close()
    try:
        app()
    except errors.HermesError as error:
        exits.leave(error)
    except (KeyboardInterrupt, asyncio.CancelledError):
        plain.say("hermes: stopped", err=True)
        raise SystemExit(130) from None
    except BrokenPipeError:
        raise SystemExit(int(exits.ExitCode.FAILED)) from None
    except Exception as error:
        exits.leave_unforeseen(error)
