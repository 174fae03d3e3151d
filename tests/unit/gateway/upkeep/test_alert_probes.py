"""What the alerter looks at once a minute."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from hermes.domain.alerts.book import AlertKind
from hermes.gateway.upkeep import alert_probes
from hermes.gateway.upkeep.alert_probes import ClockProbe, DeadLetterProbe, DiskProbe, PollProbe
from tests.env import quiet

GIB = 1024**3


async def test_dead_letters_are_trouble_until_the_queue_is_empty() -> None:
    counts = [2, 1, 0]

    async def count() -> int:
        return counts.pop(0)

    probe = DeadLetterProbe([SimpleNamespace(name="hermes-dead", count=count)])  # type: ignore[list-item]
    found = [(await probe.look())[0] for _ in range(3)]
    assert [(one.thing, one.well, one.text) for one in found] == [
        ("hermes-dead", False, "2 messages wait for you."),
        ("hermes-dead", False, "1 message waits for you."),
        ("hermes-dead", True, ""),
    ]


async def test_a_gateway_that_does_not_hear_of_its_queue_is_trouble() -> None:
    last = [1000.0]
    probe = PollProbe(last_poll=lambda: last[0], stale_seconds=80.0, host="h", env=quiet(clock=lambda: 1081.0))
    (stale,) = await probe.look()
    assert (stale.kind, stale.thing, stale.well) == (AlertKind.POLL_STALE, "h", False)
    last[0] = 1001.0
    assert [one.well for one in await probe.look()] == [True]


async def test_a_disk_is_low_by_its_size_and_well_with_some_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = {"size": 1000 * GIB, "free": 6 * GIB}
    monkeypatch.setattr(
        os, "statvfs", lambda path: SimpleNamespace(f_bavail=disk["free"], f_blocks=disk["size"], f_frsize=1)
    )
    folders = {"the state": tmp_path, "the same disk": tmp_path, "not made yet": tmp_path / "none"}
    probe = DiskProbe(folders=folders, host="h")

    async def well(free: int) -> list[bool]:
        disk["free"] = free
        return [one.well for one in await probe.look()]

    assert await well(6 * GIB) == [True]
    assert await well(4 * GIB) == [False]
    assert await well(6 * GIB) == [False]
    assert await well(7 * GIB) == [True]
    disk["size"] = 20 * GIB
    assert await well(int(2.1 * GIB)) == [True]
    assert await well(int(1.9 * GIB)) == [False]


@pytest.mark.parametrize(
    ("ahead", "well", "text"),
    [
        (4.0, True, "It is 4 seconds ahead of the clock of AWS."),
        (6.0, False, "It is 6 seconds ahead of the clock of AWS."),
        (-300.0, False, "It is 300 seconds behind the clock of AWS."),
    ],
)
async def test_a_clock_that_is_off_by_more_than_five_seconds_is_wrong(ahead: float, well: bool, text: str) -> None:
    (found,) = await ClockProbe(offset=lambda: ahead, host="h").look()
    assert (found.kind, found.thing, found.well, found.text) == (AlertKind.CLOCK, "h", well, text)
    assert await ClockProbe(offset=lambda: None, host="h").look() == ()


def test_what_is_counted_is_a_command_that_began_or_ended() -> None:
    assert {"mail.command", "command.succeeded", "command.failed"} <= alert_probes._COUNTED
    assert "command.started" not in alert_probes._COUNTED
