"""`hermes usage`: what is used beside its limit, and counts that went astray."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from hermes import errors
from hermes.cli import usage as cli
from hermes.config import loading as config
from hermes.domain.decisions import shares
from hermes.ops.recount import recount
from tests.integration.gateway.play import ANNA, Dropped, Play

SHARES = {"project": {"open_commands": 2}, "owner": {"commands_per_hour": 5}}


@pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)
async def test_it_shows_what_is_used_beside_its_limit(
    play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway = await play.gateway(shares=SHARES)
    gateway.processor._follow_ups = Dropped()
    for number in range(3):
        await play.mail(gateway, f"Note {number}")
    monkeypatch.setattr(config, "load", lambda *_: play.config(shares=SHARES))

    await asyncio.to_thread(cli.show, as_json=True)
    found = {(one["share"], one["what"]): (one["used"], one["limit"]) for one in map(json.loads, _lines(capsys))}
    await asyncio.to_thread(cli.show)
    table = _lines(capsys)

    assert found == {
        ("project acme/site", "open_commands"): (2, 2),
        ("project acme/shop", "open_commands"): (0, 2),
        (f"owner {ANNA}", "commands_per_hour"): (2, 5),
    }
    assert table[0].split() == ["share", "what", "used", "limit", "starts", "again"]
    assert len(table) == 4


async def test_counts_that_went_astray_are_brought_back_and_no_others(play: Play) -> None:
    gateway = await play.gateway(shares={"project": {"open_commands": 9}, "owner": {"open_commands": 9}})
    gateway.processor._follow_ups = Dropped()
    held = gateway.records
    await play.mail(gateway, "Rework the page")
    assert await recount(usage=held.usage, commands=held.commands, sleep=_nothing) == ["every count is right"]

    for _ in range(3):  # as if a version that knows no shares had ended three commands
        (project,) = [limit for limit in _limits(play) if limit.subject == "project acme/site"]
        await play.stand.tables.transact([held.usage.take(project, now=play.clock.time())])
    used = {row.subject: row.used for row in await held.usage.all()}
    assert used == {"project acme/site": 4, f"owner {ANNA}": 1}

    # One that changes between the two looks is left alone.
    assert await recount(
        usage=held.usage, commands=held.commands, sleep=_meanwhile(lambda: play.mail(gateway, "Another"))
    ) == ["every count is right"]
    said = await recount(usage=held.usage, commands=held.commands, sleep=_nothing)

    assert said == ["project acme/site: 5 were counted, 2 are open; corrected"]
    assert {row.subject: row.used for row in await held.usage.all()} == {"project acme/site": 2, f"owner {ANNA}": 2}


async def test_a_gateway_with_shares_does_not_start_without_the_table_that_counts_them(play: Play) -> None:
    await play.stand.clients.dynamodb.delete_table(TableName=play.stand.names.table("usage"))
    with pytest.raises(errors.ConfigError, match="usage does not exist; run `hermes provision`"):
        await play.gateway(shares=SHARES)
    await play.gateway()  # where nothing is limited nothing is counted


def _limits(play: Play) -> tuple[shares.ShareLimit, ...]:
    conf = play.config(shares={"project": {"open_commands": 9}})
    return shares.limits_of(conf.grants(conf.projects[0], ANNA), play.clock.time())


async def _nothing(_: float) -> None: ...


def _meanwhile(happens: Callable[[], Awaitable[object]]) -> Callable[[float], Awaitable[None]]:
    async def sleep(_: float) -> None:
        await happens()

    return sleep


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()
