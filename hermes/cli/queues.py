"""`hermes dlq` and `hermes parked`: list, show, redrive and drop messages of the side queues."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from typing import Annotated

import typer

from hermes import errors, ids, limits
from hermes.admin.views import dead_letters
from hermes.app import records as composition
from hermes.aws.queues import Received
from hermes.aws.side_queue import SideQueue
from hermes.cli import exits, plain, screen
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.domain import pointer, wire
from hermes.ops import redrive

dlq = typer.Typer(no_args_is_help=True, help="List, show, redrive or drop messages of the dead-letter queues.")
parked = typer.Typer(no_args_is_help=True, help="List, redrive or drop reports that match no command.")

Ids = Annotated[
    list[str] | None, typer.Argument(help="Message ids as `list` shows them, or their beginnings.", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="All messages.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Most = Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)]


@dlq.command("list", epilog="Example: hermes dlq list --json")
def dlq_list(config_file: ConfigOption = None, as_json: Json = False, most: Most = 100) -> None:
    """List both dead-letter queues, oldest first; changes nothing."""
    _list("dead", config_file, as_json=as_json, most=most)


@dlq.command("show", epilog="Example: hermes dlq show 6d1f")
def dlq_show(
    message_id: Annotated[str, typer.Argument(help="As `hermes dlq list` shows it.", show_default=False)],
    config_file: ConfigOption = None,
) -> None:
    """Show one complete message: its attributes and its body."""
    found = [
        one for _, one in asyncio.run(_look(config_file, "dead", limits.SIDE_QUEUE_LOOK)) if _is(one, [message_id])
    ]
    if not found:
        raise errors.Permanent(f"there is no visible dead letter {message_id}; `hermes dlq list` lists them")
    for one in found:
        plain.document({**_facts(one), "attributes": dict(one.attributes), "body": _body(one)}, indent=2)


@dlq.command("redrive", epilog="Example: hermes dlq redrive 6d1f  ·  hermes dlq redrive --all")
def dlq_redrive(message_ids: Ids = None, everything: All = False, config_file: ConfigOption = None) -> None:
    """Send messages back to their queues; mails keep their position in the order of arrival."""
    _act("dead", config_file, message_ids, everything, drop=False)


@dlq.command("drop", epilog="Example: hermes dlq drop 6d1f")
def dlq_drop(message_ids: Ids = None, everything: All = False, config_file: ConfigOption = None) -> None:
    """Delete messages. Raw mails and records are kept."""
    _act("dead", config_file, message_ids, everything, drop=True)


@parked.command("list", epilog="Example: hermes parked list")
def parked_list(config_file: ConfigOption = None, as_json: Json = False, most: Most = 100) -> None:
    """List the parked results, oldest first; changes nothing."""
    _list("unclaimed", config_file, as_json=as_json, most=most)


@parked.command("redrive", epilog="Example: hermes parked redrive --all")
def parked_redrive(message_ids: Ids = None, everything: All = False, config_file: ConfigOption = None) -> None:
    """Send results to the output queues of their commands, once the commands' records exist (again)."""
    _act("unclaimed", config_file, message_ids, everything, drop=False)


@parked.command("drop", epilog="Example: hermes parked drop --all")
def parked_drop(message_ids: Ids = None, everything: All = False, config_file: ConfigOption = None) -> None:
    """Delete parked results."""
    _act("unclaimed", config_file, message_ids, everything, drop=True)


def _side_queues(records: composition.Records, which: str) -> list[SideQueue]:
    places = records.places
    urls = [places.unclaimed] if which == "unclaimed" else [places.dead, places.dead_fifo]
    return [SideQueue(queues=records.queues, url=url) for url in urls]


async def _look(config_file: ConfigOption, which: str, most: int) -> list[tuple[str, Received]]:
    settings = config.load(config_file, os.environ)
    async with composition.connect(settings) as clients:
        side_queues = _side_queues(await composition.records(settings, clients), which)
        return [(side_queue.name, one) for side_queue in side_queues for one in await side_queue.look(most=most)]


def _list(which: str, config_file: ConfigOption, *, as_json: bool, most: int) -> None:
    found = sorted(asyncio.run(_look(config_file, which, most)), key=lambda pair: pair[1].sent_at)[:most]
    if as_json:
        for name, one in found:
            plain.document({"queue": name, **_facts(one)})
        return
    rows = []
    for _, one in found:
        facts = _facts(one)
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(one.sent_at))
        rows.append((when, facts["what"], facts["source"], facts["reason"], one.message_id))
    screen.table(("sent", "what", "from queue", "reason"), rows, identifier="message id", none="the queue is empty")


def _facts(one: Received) -> dict[str, str]:
    return {
        "message_id": one.message_id,
        "sent_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(one.sent_at)),
        "what": _what(one.body),
        "source": one.attributes.get("source", "?"),
        "reason": one.attributes.get("reason", f"received {limits.RECEIVES} times without an end"),
    }


def _what(body: str) -> str:
    match dead_letters.message_in(body):
        case wire.InterruptMessage(session_id=session_id):
            return f"interrupt of {session_id}"
        case wire.CommandMessage(command_id=command_id):
            return f"command {command_id}"
        case wire.Started(command_id=command_id) | wire.Progress(command_id=command_id):
            return f"sign of life of {command_id}"
        case wire.ResultMessage(command_id=command_id):
            return f"result of {command_id}"
        case pointer.Pointer(key=key):
            return f"mail {key}"
        case _:
            return "cannot be read"


def _body(one: Received) -> object:
    try:
        return json.loads(one.body)
    except ValueError:
        return one.body


def _is(one: Received, wanted: Sequence[str]) -> bool:
    return any(one.message_id.startswith(beginning) for beginning in wanted)


def _act(which: str, config_file: ConfigOption, wanted: list[str] | None, everything: bool, *, drop: bool) -> None:
    if bool(wanted) == everything:
        raise typer.BadParameter("name messages, or say --all")
    done, kept = asyncio.run(_each(config.load(config_file, os.environ), which, None if everything else wanted, drop))
    for sentence in done:
        plain.say(sentence)
    for sentence in kept:
        plain.say(sentence, err=True)
    if not done and not kept:
        plain.say("there is no such message" if wanted else "the queue is empty", err=bool(wanted))
    if kept or (wanted and not done):
        raise SystemExit(int(exits.ExitCode.FAILED))


async def _each(
    settings: config.Config, which: str, wanted: list[str] | None, drop: bool
) -> tuple[list[str], list[str]]:
    """Print a sentence for each message: what was done, or why it was left."""
    done: list[str] = []
    kept: list[str] = []
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        back = redrive.Redriver(
            names=held.names, queues=held.queues, commands=held.commands, sessions=held.sessions, new_id=ids.new_id
        )

        async def act(one: Received) -> bool:
            if wanted is not None and not _is(one, wanted):
                return False
            if drop:
                done.append(f"{one.message_id}: dropped")
                return True
            try:
                done.append(f"{one.message_id}: sent back to {await back.send_back(one)}")
            except errors.Permanent as error:
                kept.append(f"{one.message_id}: left where it is: {error.message}")
                return False
            return True

        for side_queue in _side_queues(held, which):
            await side_queue.each(act, most=limits.SIDE_QUEUE_LOOK)
    return done, kept
