"""`hermes dlq` and `hermes parked`: list, show, redrive and drop messages of the side queues."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from hermes import errors, limits
from hermes.admin.actions import dead_letters as dead_letter_actions
from hermes.admin.views import dead_letters
from hermes.admin.views.dead_letters import DeadLetter
from hermes.admin.views.wanted import Terms, Wanted
from hermes.app import console
from hermes.cli import exits, plain, screen
from hermes.cli.console import words
from hermes.cli.console.deployment import operator, settings
from hermes.cli.options import ConfigOption

dlq = typer.Typer(no_args_is_help=True, help="List, show, redrive or drop messages of the dead-letter queues.")
parked = typer.Typer(no_args_is_help=True, help="List, redrive or drop reports that match no command.")

_DEAD, _PARKED = ("dead", "dead.fifo"), ("parked",)

Ids = Annotated[
    list[str] | None, typer.Argument(help="Message ids as `list` shows them, or their beginnings.", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="All messages.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Most = Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)]


@dlq.command("list", epilog="Example: hermes dlq list --json")
def dlq_list(config_file: ConfigOption = None, as_json: Json = False, most: Most = 100) -> None:
    """List both dead-letter queues, oldest first; changes nothing."""
    _list(_DEAD, config_file, as_json=as_json, most=most)


@dlq.command("show", epilog="Example: hermes dlq show 6d1f")
def dlq_show(
    message_id: Annotated[str, typer.Argument(help="As `hermes dlq list` shows it.", show_default=False)],
    config_file: ConfigOption = None,
) -> None:
    """Show one complete message: its attributes and its body."""
    everything = asyncio.run(_look(config_file, _DEAD, limits.SIDE_QUEUE_LOOK))
    found = [one for one in everything if one.message_id.startswith(message_id)]
    if not found:
        raise errors.Permanent(f"there is no visible dead letter {message_id}; `hermes dlq list` lists them")
    for one in found:
        plain.document({**_facts(one), "attributes": dict(one.attributes), "body": _body(one)}, indent=2)


@dlq.command("redrive", epilog="Example: hermes dlq redrive 6d1f  ·  hermes dlq redrive --all")
def dlq_redrive(message_ids: Ids = None, everything: All = False, config_file: ConfigOption = None) -> None:
    """Send messages back to their queues; mails keep their position in the order of arrival."""
    _act(_DEAD, config_file, message_ids, everything, drop=False)


@dlq.command("drop", epilog="Example: hermes dlq drop 6d1f")
def dlq_drop(message_ids: Ids = None, everything: All = False, config_file: ConfigOption = None) -> None:
    """Delete messages. Raw mails and records are kept."""
    _act(_DEAD, config_file, message_ids, everything, drop=True)


@parked.command("list", epilog="Example: hermes parked list")
def parked_list(config_file: ConfigOption = None, as_json: Json = False, most: Most = 100) -> None:
    """List the parked results, oldest first; changes nothing."""
    _list(_PARKED, config_file, as_json=as_json, most=most)


@parked.command("redrive", epilog="Example: hermes parked redrive --all")
def parked_redrive(message_ids: Ids = None, everything: All = False, config_file: ConfigOption = None) -> None:
    """Send results to the output queues of their commands, once the commands' records exist (again)."""
    _act(_PARKED, config_file, message_ids, everything, drop=False)


@parked.command("drop", epilog="Example: hermes parked drop --all")
def parked_drop(message_ids: Ids = None, everything: All = False, config_file: ConfigOption = None) -> None:
    """Delete parked results."""
    _act(_PARKED, config_file, message_ids, everything, drop=True)


async def _look(config_file: ConfigOption, which: Sequence[str], most: int) -> tuple[DeadLetter, ...]:
    async with console.connect(settings(config_file)) as held:
        return await dead_letters.dead_letters(held, Wanted(state=Terms(any_of=tuple(which))), most=most)


def _list(which: Sequence[str], config_file: ConfigOption, *, as_json: bool, most: int) -> None:
    found = asyncio.run(_look(config_file, which, most))
    if as_json:
        for one in found:
            plain.document(_facts(one))
        return
    rows = [(words.moment(one.sent_at), one.what, one.source, one.reason, one.message_id) for one in found]
    screen.table(("sent", "what", "from queue", "reason"), rows, identifier="message id", none="the queue is empty")


def _facts(one: DeadLetter) -> dict[str, str]:
    return {
        "queue": one.queue,
        "message_id": one.message_id,
        "sent_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(one.sent_at)),
        "what": one.what,
        "source": one.source,
        "reason": one.reason,
    }


def _body(one: DeadLetter) -> object:
    try:
        return json.loads(one.body)
    except ValueError:
        return one.body


def _act(
    which: Sequence[str], config_file: ConfigOption, wanted: list[str] | None, everything: bool, *, drop: bool
) -> None:
    if bool(wanted) == everything:
        raise typer.BadParameter("name messages, or say --all")
    handled = asyncio.run(_each(config_file, which, None if everything else wanted, drop))
    for one in handled:
        plain.say(f"{one.message_id}: {one.text}", err=not one.done)
    if not handled:
        plain.say("there is no such message" if wanted else "the queue is empty", err=bool(wanted))
    if not all(one.done for one in handled) or (wanted and not handled):
        raise SystemExit(int(exits.ExitCode.FAILED))


async def _each(
    config_file: ConfigOption, which: Sequence[str], wanted: list[str] | None, drop: bool
) -> list[dead_letter_actions.Handled]:
    async with console.connect(settings(config_file)) as held:
        return await dead_letter_actions.handle(held, operator(), drop=drop, queues=which, message_ids=wanted)
