"""`hermes`: the table of its commands; prints errors as sentences."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from hermes import __version__, errors
from hermes.cli import exits, lazy, plain
from hermes.cli.lazy import CommandEntry
from hermes.process import privacy

COMMANDS: Final = {
    "demo": CommandEntry(
        "Run a complete conversation: two mails, an interrupt, two replies, and the commits.",
        "hermes.cli.local:demo",
        "Example: hermes demo --json",
    ),
    "dev": CommandEntry(
        "Run Hermes on this machine for development until Ctrl-C; it keeps its state.",
        "hermes.cli.local:dev",
        "Example: hermes dev --state .hermes",
    ),
    "setup": CommandEntry(
        "Ask for mailbox, project, owners and agent, try each, write the configuration and check it.",
        "hermes.cli.machine.setup:setup",
        "Example: hermes setup --address site@agent.example.com --repository git@git.example.com:acme/site.git",
    ),
    "up": CommandEntry(
        "Run everything on this machine under one process: gateway, embedded AWS, workers; until SIGTERM or SIGINT.",
        "hermes.cli.machine.up:up",
        "Example: hermes up --config /etc/hermes.toml --state /var/lib/hermes",
    ),
    "backup": CommandEntry(
        "Write the state of `hermes up` into one file, while it runs or not.",
        "hermes.cli.machine.up:backup",
        "Example: hermes backup /backup/hermes-monday.db --state /var/lib/hermes",
    ),
    "restore": CommandEntry(
        "Put a backup into a state folder; the state that was there is kept beside it.",
        "hermes.cli.machine.up:restore",
        "Example: hermes restore /backup/hermes-monday.db --state /var/lib/hermes",
    ),
    "send": CommandEntry(
        "Send a mail to a running Hermes; with --wait, show the reply.",
        "hermes.cli.send:send",
        "Example: hermes send --wait \"Please update the homepage title to 'Spring'\"",
    ),
    "serve": CommandEntry(
        "Run the gateway until SIGTERM or SIGINT.",
        "hermes.cli.serve:serve",
        "Example: hermes serve --config /etc/hermes.toml",
    ),
    "ingest": CommandEntry(
        "Store one mail from standard input; the exit codes of sysexits.h tell the mail server whether to retry.",
        "hermes.cli.ingest:ingest",
        "Exit codes: 0 stored, 64 no recipient, 65 empty or too large, 67 no such address, 75 not stored now. "
        "Example: hermes ingest --recipient site@agent.example.com --sender anna@acme.example < mail",
    ),
    "worker": CommandEntry(
        "Run a worker; the launcher sets its HERMES_WORKER_… variables.",
        "hermes.cli.worker:worker",
        "Example: HERMES_WORKER_CONTAINER_KEY=… hermes worker (the launcher does this)",
    ),
    "provision": CommandEntry(
        "Create missing tables, bucket and queues, and list them; safe to repeat.",
        "hermes.cli.operate:provision",
        "Example: hermes provision --config /etc/hermes.toml",
    ),
    "check": CommandEntry(
        "Check configuration, AWS, queues, launcher and mail server; print how to fix each failure.",
        "hermes.cli.operate:check",
        "Example: hermes check --config /etc/hermes.toml",
    ),
    "check-published": CommandEntry(
        "Find signed links, buckets and amazonaws.com addresses in what is published; exit code 1 if there are any.",
        "hermes.cli.operate:check_published",
        "Example: hermes check-published dist  ·  hermes check-published https://www.acme.example --allow-host cdn.s3.amazonaws.com",
    ),
    "control-token": CommandEntry(
        "Print the token for the HTTP control of one worker on this machine; needs web.control_secret.",
        "hermes.cli.control:control_token",
        "Example: hermes control-token acme#site#anna-3k5zq2ab 4 --config /etc/hermes.toml",
    ),
    "ps": CommandEntry(
        "List the commands that run, wait or are being stopped, with project and person.",
        "hermes.cli.console.running:ps",
        "Example: hermes ps --project acme/site",
    ),
    "threads": CommandEntry(
        "List threads by their newest mail; `hermes threads show` tells one as a timeline.",
        "hermes.cli.console.threads:threads",
        "Example: hermes threads --filter 'state:failed since:7d'  ·  hermes threads show demo-site-k3v5zq2a",
    ),
    "logs": CommandEntry(
        "Show the output of a command with its steps; with -f, as it comes, until the command has ended.",
        "hermes.cli.console.logs:logs",
        "Example: hermes logs -f 3sqv4ocituu5n4esgunwy46b32",
    ),
    "stop": CommandEntry(
        "Stop commands: their work is saved, and the person's mail says that an operator stopped them.",
        "hermes.cli.console.acting:stop",
        "Example: hermes stop 3sqv4ocituu5n4esgunwy46b32 --reason 'wrong page'",
    ),
    "retry": CommandEntry(
        "Run the requests of ended commands again, each as a new command of its thread.",
        "hermes.cli.console.acting:retry",
        "Example: hermes retry 3sqv4ocituu5n4esgunwy46b32",
    ),
    "pause": CommandEntry(
        "Let nothing start: mail is accepted and answered that it waits; what runs goes on.",
        "hermes.cli.console.acting:pause",
        "Example: hermes pause everything --reason 'a deploy'  ·  hermes pause acme/site",
    ),
    "resume": CommandEntry(
        "End a pause: what waited goes on.",
        "hermes.cli.console.acting:resume",
        "Example: hermes resume everything",
    ),
    "block": CommandEntry(
        "Refuse the mail of an address or a domain, without an answer.",
        "hermes.cli.console.acting:block",
        "Example: hermes block eve@evil.example  ·  hermes block @evil.example",
    ),
    "unblock": CommandEntry(
        "Take mail of an address or a domain again.",
        "hermes.cli.console.acting:unblock",
        "Example: hermes unblock @evil.example",
    ),
    "workers": CommandEntry(
        "List the workers, with state, age, memory and what they run; `hermes workers drain` lets one end.",
        "hermes.cli.console.acting:workers",
        "Example: hermes workers  ·  hermes workers drain 'acme#site#anna-3k5zq2ab'",
    ),
    "queues": CommandEntry(
        "Show the queues: how much waits, how much is in hand, and how old the oldest is where that is known.",
        "hermes.cli.console.queue_sets:queues",
        "Example: hermes queues  ·  hermes queues list  ·  hermes queues sweep",
    ),
    "top": CommandEntry(
        "Show what runs, waits and is being stopped, the queues, the workers and today's cost, live until Ctrl-C.",
        "hermes.cli.console.top:top",
        "Example: hermes top",
    ),
    "costs": CommandEntry(
        "Show what agents cost, by client, project, person, agent and day; `--csv` for a spreadsheet.",
        "hermes.cli.console.accounts:costs",
        "Example: hermes costs --since 2026-11-01 --by client,day --csv",
    ),
    "audit": CommandEntry(
        "Show what operators did, newest first: who, when, what, to what, and why.",
        "hermes.cli.console.accounts:audit",
        "Example: hermes audit --filter 'state:stop since:7d'",
    ),
    "projects": CommandEntry(
        "List the projects; show one with its settings, add, edit or check one.",
        "hermes.cli.console.projects:projects",
        "Example: hermes projects  ·  hermes projects acme/site  ·  hermes projects check acme/site",
    ),
    "alerts": CommandEntry(
        "Try the ways by which the operator is told of trouble.",
        commands={
            "test": CommandEntry(
                "Send a notice of no trouble by every way that `alerts` names, and print which took it.",
                "hermes.cli.console.alerts:try_out",
                "Example: hermes alerts test --config /etc/hermes.toml",
            ),
        },
    ),
    "export": CommandEntry(
        "Copy a person's mails, replies, attachments, conversations and records into a folder.",
        "hermes.cli.console.people:export",
        "Example: hermes export anna@acme.example --to anna",
    ),
    "forget": CommandEntry(
        "Delete a person's mails, replies, attachments, conversations and records; costs stay, without the name.",
        "hermes.cli.console.people:forget",
        "Example: hermes forget anna@acme.example --reason 'asked by letter'",
    ),
    "completion": CommandEntry(
        "Print the script by which your shell completes commands and options.",
        "hermes.cli.console.completion:completion",
        "Example: source <(hermes completion bash)",
    ),
    "usage": CommandEntry(
        "Show how much of their shares clients, projects and people use.",
        "hermes.cli.usage:show",
        "Example: hermes usage --json  ·  hermes usage --recount",
    ),
    "mail": CommandEntry(
        "Show how mails were read and answered.",
        commands={
            "explain": CommandEntry(
                "Show how Hermes reads a mail: the author, the new text, the command, and a reason for a refusal.",
                "hermes.cli.mail:explain",
                "Example: find inbox -name '*.eml' | hermes mail explain --json -",
            ),
            "list": CommandEntry(
                "List the newest mails with outcome and reason, also those that wait in an IMAP mailbox.",
                "hermes.cli.records:list_mails",
                "Example: hermes mail list --outcome refused",
            ),
            "replies": CommandEntry(
                "List the newest replies with their state: pending, sent, failed, or bounced with the recipient.",
                "hermes.cli.records:list_replies",
                "Example: hermes mail replies --state bounced",
            ),
            "resend": CommandEntry(
                "Send replies again that failed or bounced, or that wait for their next try.",
                "hermes.cli.records:resend",
                "Example: hermes mail resend 3sqv4ocituu5n4es#final  ·  hermes mail resend --all",
            ),
            "rescan": CommandEntry(
                "Look at the IMAP mailbox anew: mails that were set aside are tried again, old ones are taken on request.",
                "hermes.cli.mailbox.rescan:rescan",
                "Example: hermes mail rescan --since 2026-01-01 --until 2026-01-31",
            ),
            "take-up": CommandEntry(
                "Hand refused, ignored or failed mails to the gateways again; today's rules apply.",
                "hermes.cli.records:take_up",
                "Example: hermes mail take-up 3sqv4ocituu5n4esgunwy46b32mmq7kz",
            ),
            "replay": CommandEntry(
                "Show the decision for a stored mail under today's rules beside the recorded one; change nothing.",
                "hermes.cli.records:replay",
                "Example: hermes mail replay 3sqv4ocituu5n4esgunwy46b32mmq7kz",
            ),
        },
    ),
    "web": CommandEntry(
        "Give people access to the page.",
        commands={
            "hash": CommandEntry(
                "Ask for a password and print its hash, for `[[web.users]]` of the configuration.",
                "hermes.cli.web:make_hash",
                "Example: hermes web hash",
            ),
            "token": CommandEntry(
                "Print a new token for `/api/v1`, and its section of the configuration.",
                "hermes.cli.web:token",
                "Example: hermes web token ci --role operator",
            ),
            "link": CommandEntry(
                "Print a link that signs in once, within minutes.",
                "hermes.cli.web:link",
                "Example: hermes web link --minutes 10",
            ),
        },
    ),
    "dlq": CommandEntry("List, show, redrive or drop messages of the dead-letter queues.", "hermes.cli.queues:dlq"),
    "rows": CommandEntry("List or redrive rows of commands and replies that cannot be read.", "hermes.cli.rows:rows"),
    "parked": CommandEntry(
        "List, redrive or drop reports that match no command.",
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
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    up: Annotated[
        Path | None,
        typer.Option(
            help="State folder of a running `hermes up` that the command is about; as root.", show_default=False
        ),
    ] = None,
) -> None:
    """People email a coding agent and get their work done in the thread."""
    if up is not None:
        # Nobody else sees it: this process is closed to others, and the kernel shows the environment of its start.
        os.environ.update(lazy.attribute("hermes.local.operator_socket:ask")(up))


def main() -> None:
    """Run the command line; an expected error is a sentence and an exit code, never a stack trace."""
    # Before anything else: every command may read secrets, and agents of the same user may run beside it.
    privacy.close()
    if "_HERMES_COMPLETE" in os.environ:  # a shell asks what may come next
        lazy.attribute("typer.completion:completion_init")()
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
