"""What lies on the side queues is seen without being stranded, and goes back where it belongs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hermes import ids
from hermes.aws.queues import DeadLetters, Received
from hermes.aws.side_queue import SideQueue
from hermes.cli import main
from hermes.domain import wire
from hermes.domain.commands import CommandState
from hermes.domain.pointer import Pointer
from tests.integration.gateway.play import ANNA, SITE
from tests.integration.records import command
from tests.integration.stand import Stand


@pytest.fixture
def file(aws: Stand, tmp_path: Path) -> Path:
    return aws.config_file(tmp_path)


async def hermes(file: Path, *arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main.app, [*arguments, "--config", str(file)])


async def one(aws: Stand, url: str) -> Received:
    (found,) = await aws.queues.receive(url, wait_seconds=2)
    return found


def dead_letters(aws: Stand) -> DeadLetters:
    return DeadLetters(queues=aws.queues, url=aws.places.dead, fifo_url=aws.places.dead_fifo)


def pointer() -> str:
    return Pointer(key="mails/x.eml", recipient=SITE, sender=ANNA, ingress="smtp", received_at=1.0).model_dump_json()


async def test_a_dead_mail_is_listed_left_there_and_sent_back_in_its_old_order(aws: Stand, file: Path) -> None:
    await aws.queues.send(aws.places.inbound, pointer(), attributes={"order": "5.5"})
    await dead_letters(aws).park(aws.places.inbound, await one(aws, aws.places.inbound), "no such object")

    listed = await hermes(file, "dlq", "list", "--json")
    again = await hermes(file, "dlq", "list", "--json")

    row = json.loads(listed.stdout)
    assert listed.stdout == again.stdout, "looking at it takes nothing away"
    assert (row["what"], row["source"], row["reason"]) == ("mail mails/x.eml", aws.names.inbound, "no such object")
    shown = json.loads((await hermes(file, "dlq", "show", row["message_id"][:8])).stdout)
    assert shown["body"]["recipient"] == SITE

    sent = await hermes(file, "dlq", "redrive", row["message_id"][:8])

    assert sent.exit_code == 0, sent.output
    back = await one(aws, aws.places.inbound)
    assert back.attributes["order"] == "5.5"
    assert back.body == pointer()
    assert (await hermes(file, "dlq", "list")).stdout.strip() == "the queue is empty"


async def test_a_dead_command_goes_back_past_deduplication(aws: Stand, file: Path) -> None:
    key = "acme#site#anna"
    name = aws.names.input(key)
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "false"}
    url = await aws.queues.create(name, attributes)
    await aws.queues.send(url, "{}", group="session-1", deduplication="c:1")
    await dead_letters(aws).park(url, await one(aws, url), "unreadable")

    sent = await hermes(file, "dlq", "redrive", "--all")

    assert sent.exit_code == 0, sent.output
    back = await one(aws, url)
    assert (back.body, back.group) == ("{}", "session-1")
    assert "reason" not in back.attributes


async def test_dropped_letters_are_gone_and_others_stay(aws: Stand, file: Path) -> None:
    for body in ("one", "two"):
        await aws.queues.send(aws.places.dead, body)
    shelf = SideQueue(queues=aws.queues, url=aws.places.dead)
    first, second = await shelf.look()

    assert (await hermes(file, "dlq", "drop", first.message_id)).exit_code == 0
    assert (await hermes(file, "dlq", "drop", "nosuchid")).exit_code == 1
    assert (await hermes(file, "dlq", "drop")).exit_code == 2

    assert [left.message_id for left in await shelf.look()] == [second.message_id]


async def test_a_parked_result_goes_to_its_commands_output_queue_once_the_record_is_there(
    aws: Stand, file: Path
) -> None:
    there = command(command_id=ids.new_id(), state=CommandState.RUNNING)
    result = wire.ResultMessage(command_id=there.command_id, attempt=1, success=True)
    await aws.queues.send(aws.places.parked, result.encode(), attributes={"reason": "no record knows this command"})

    early = await hermes(file, "parked", "redrive", "--all")
    await aws.tables.put(aws.commands.accept(there))
    output = await aws.queues.create(aws.names.output(there.container_key), {})
    late = await hermes(file, "parked", "redrive", "--all")

    assert early.exit_code == 1
    assert "there is no record of command" in early.output
    assert late.exit_code == 0, late.output
    assert wire.read_output((await one(aws, output)).body) == result
    assert (await hermes(file, "parked", "list")).stdout.strip() == "the queue is empty"
