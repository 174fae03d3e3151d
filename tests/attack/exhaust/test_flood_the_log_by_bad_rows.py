"""Rows that cannot be read must not fill the log, stop the sweeper, or be lost: each is parked once, shown, and due again when repaired."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hermes.aws import items
from hermes.aws.records.parked_rows import Noun, ParkedRow, ParkedRows
from hermes.aws.resource_names import TABLES
from hermes.cli import rows as command
from hermes.domain.commands import CommandState
from hermes.gateway.upkeep import unreadable_rows
from hermes.ops import checks
from tests.attack import table
from tests.eventually import eventually
from tests.integration.gateway.play import Play

#: How a row is damaged: an attribute that is taken out, or put in the place of the one that was there.
DAMAGES: tuple[dict[str, Any], ...] = (
    {"session_id": None, "kind": None},
    {"container_key": None, "recipient": None},
    {"state": None},
    {"attempt": {"S": "seven"}, "created_at": None},
    {"history": {"S": "x"}, "attempts": {"S": "many"}},
)


def parked(play: Play) -> ParkedRows:
    return ParkedRows(tables=play.stand.tables, names=play.stand.names)


async def lay(play: Play, noun: Noun, good: items.Item, number: int, changes: dict[str, Any]) -> str:
    """A row that is due now, like `good` but for its id and the changes."""
    row_id = f"bad-{noun}-{number}"
    due = {TABLES[noun]: {"S": row_id}, "due": {"N": str(play.clock.time() - 1)}, "due_shard": {"S": str(number % 4)}}
    item = {name: value for name, value in {**good, **changes, **due}.items() if value is not None}
    await play.stand.clients.dynamodb.put_item(TableName=play.stand.names.table(noun), Item=item)
    return row_id


async def good_rows(play: Play, gateway: Any) -> dict[Noun, items.Item]:
    """A command and a reply as they are written."""
    _, record = await play.mail(gateway, "stop")
    (reply,) = await play.replies(record)
    _, asked = await play.mail(gateway, "Please update the title")
    row = await play.stand.tables.get(play.stand.names.table("commands"), {"command_id": str(asked.command_id)})
    assert row is not None
    return {"commands": row, "outbox": items.to_item(reply)}


async def all_parked(play: Play, count: int) -> list[ParkedRow]:
    async def there() -> list[ParkedRow] | None:
        found = await parked(play).all(most=10_000)
        return found if len(found) == count else None

    found: list[ParkedRow] = await eventually(there, seconds=100)
    return found


async def sweeps(play: Play, gateway: Any, count: int) -> None:
    """As many sweeps of all shards, one after the other."""
    for _ in range(count):
        await gateway.sweeper.sweep()


async def test_forty_bad_rows_are_parked_once_with_one_line_each(
    play: Play, large: bool, figures: table.Figures
) -> None:
    gateway = await play.gateway()
    good = await good_rows(play, gateway)
    count = 400 if large else 40
    ids = set()
    for number in range(count):
        noun: Noun = "commands" if number % 2 else "outbox"
        damage = DAMAGES[number // 2 % len(DAMAGES)]
        ids.add(await lay(play, noun, good[noun], number, damage))

    async def nothing_is_left() -> bool:
        await gateway.sweeper.sweep()
        return len(play.named("row.unreadable")) >= count

    await eventually(nothing_is_left, seconds=100)
    await sweeps(play, gateway, 10)

    found = await all_parked(play, count)
    assert {row.row_id for row in found} == ids
    assert all("cannot be read" in row.reason for row in found)
    about = [event for event in play.events if "bad-" in event.text or event.facts.get("row_id") in ids]
    assert len(about) == count
    assert play.named("sweep.failed") == []
    figures.add("log_lines", len(about))


@pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)
async def test_a_good_command_beside_bad_rows_is_served_and_a_repaired_row_is_taken_up(
    play: Play, tmp_path: Path
) -> None:
    async with play.serving() as gateway:
        good = await good_rows(play, gateway)
        good["commands"] |= {"state": {"S": "accepted"}}
        bad = await lay(play, "commands", good["commands"], 1, {"session_id": None})
        (row,) = await all_parked(play, 1)
        assert (row.noun, row.row_id) == ("commands", bad)
        assert "session_id" in row.reason

        assert (await checks.parked_rows(parked(play))).text == "1"

        # The command line shows it, and leaves it parked as long as it cannot be read.
        config_file = play.stand.config_file(tmp_path)

        async def hermes(*arguments: str) -> Any:
            return await asyncio.to_thread(CliRunner().invoke, command.rows, [*arguments, "--config", str(config_file)])

        shown = await hermes("list", "--json")
        assert json.loads(shown.stdout) == {
            "table": "commands", "id": bad, "parked_at": row.at, "reason": row.reason,
        }  # fmt: skip
        kept = await hermes("redrive", bad)
        assert kept.exit_code == 1
        assert "stays parked" in kept.stderr
        assert [one.row_id for one in await parked(play).all(most=10)] == [bad]

        # Repaired, it is due again and taken up.
        await play.stand.clients.dynamodb.update_item(
            TableName=play.stand.names.table("commands"),
            Key={"command_id": {"S": bad}},
            UpdateExpression="SET session_id = :s",
            ExpressionAttributeValues={":s": good["commands"]["session_id"]},
        )
        done = await hermes("redrive", "--all")
        assert (done.exit_code, done.stdout) == (0, f"{bad}: due again\n")
        assert await parked(play).all(most=10) == []

        async def taken_up() -> bool:
            found = await play.stand.commands.get(bad)
            return found is not None and found.timer_token is not None

        await eventually(taken_up, seconds=60)


async def test_a_row_of_a_newer_version_is_left_to_it_and_parked_when_nobody_took_it_up(play: Play) -> None:
    gateway = await play.gateway()
    good = await good_rows(play, gateway)
    row_id = await lay(play, "commands", good["commands"], 1, {"state": {"S": "dancing"}})
    await sweeps(play, gateway, 10)
    assert await parked(play).all(most=10) == []
    assert len(play.named("sweep.failed")) == 1

    play.clock.advance(unreadable_rows.PARK_SECONDS + 1)
    await sweeps(play, gateway, 3)
    assert [row.row_id for row in await parked(play).all(most=10)] == [row_id]
    assert len(play.named("row.unreadable")) == 1


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_bad_command_in_a_session_keeps_no_later_mail_from_its_answer(
    play: Play, damage: dict[str, Any]
) -> None:
    gateway = await play.gateway()
    first, record = await play.mail(gateway, "Please update the title")
    good = await play.stand.tables.get(play.stand.names.table("commands"), {"command_id": str(record.command_id)})
    assert good is not None
    if damage.get("session_id", "") is not None:  # else the index by session does not show it
        await lay(play, "commands", good, 1, damage)
    _, second = await play.mail(gateway, "And the footer, please", answers=first)
    assert (await play.command(second)).state is CommandState.ACCEPTED
    assert second.session_id == record.session_id
