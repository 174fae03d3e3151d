"""A gateway and workers with times of day that are ten minutes off, each the other way, and then jump by an hour: real processes."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hermes.domain.commands import CommandState
from hermes.launch.local import LocalLauncher
from hermes.local import letter, settings
from tests.e2e.house import configured, house, second_gateway
from tests.eventually import eventually
from tests.programs.needed import program

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

#: Runs until it is told to end, so that the clocks jump while it does.
AGENT = """
import pathlib, sys, time
pathlib.Path(sys.argv[1], "began").touch()
while not pathlib.Path(sys.argv[1], "end").exists():
    time.sleep(0.1)
pathlib.Path("note.txt").write_text(sys.stdin.read())
"""


class WrongClock:
    """What makes the time of day of a process wrong, by a file that is read at every look at it. Its steady clock stays right."""

    def __init__(self, file: Path, seconds: int) -> None:
        self.file = file
        self.set(seconds)
        faketime = program("faketime", install="apt-get install faketime")
        found = subprocess.run(
            [faketime, "-f", "+0", "printenv", "LD_PRELOAD"], check=True, capture_output=True, text=True, timeout=60
        )
        self.environment = {
            "LD_PRELOAD": found.stdout.strip(),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, seconds: int) -> None:
        """Let it be off by so much from now on."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}s")
        new.replace(self.file)


async def test_wrong_clocks_that_jump_run_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    gateways, workers = WrongClock(tmp_path / "gateways", 600), WrongClock(tmp_path / "workers", -600)
    argv = [sys.executable, "-I", "-c", AGENT, str(tmp_path)]
    agent = {"kind": "command", "argv": argv}
    # Its agent tells of itself by files outside.
    async with house(tmp_path, project_settings={"agent": agent, "sandbox": "off"}) as hermes:
        assert isinstance(hermes.gateway.launcher, LocalLauncher)
        hermes.gateway.launcher.pool._environment.update(workers.environment)
        async with second_gateway(hermes, environment=gateways.environment) as (_, port):
            began = time.monotonic()
            asked = []
            for number in range(2):
                message_id, raw = letter.write(
                    sender=settings.PERSON, to=settings.ADDRESS, subject=f"Number {number}", text=f"Note {number}"
                )
                await letter.send(raw, sender=settings.PERSON, to=settings.ADDRESS, host="127.0.0.1", port=port)
                asked.append(message_id)
            await eventually((tmp_path / "began").exists, seconds=60)
            gateways.set(600 - 3600)
            workers.set(-600 + 3600)
            await asyncio.sleep(2)  # some sweeps of each gateway
            (tmp_path / "end").touch()
            for message_id in asked:
                await hermes.reply(message_id, 150)
            assert time.monotonic() - began < 150
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "hermes", "check"),
                env={**configured(hermes), **gateways.environment},
                stdout=subprocess.PIPE,
            )
            said, _ = await process.communicate()
        # AWS tells whole seconds.
        assert re.search(r"\b(?:299|300)\d seconds behind the clock of AWS", said.decode())
        for message_id in asked:
            assert len([m for m in hermes.mailbox.messages() if m["In-Reply-To"] == message_id]) == 1
            (record,) = await hermes.recorded(message_id)
            command = await hermes.gateway.records.commands.get(str(record.command_id))
            assert command is not None
            assert (command.state, command.attempt) == (CommandState.SUCCEEDED, 1), command.model_dump_json(indent=1)
        (container,) = await hermes.gateway.records.containers.all()
        assert container.gen == 1
        assert abs(container.heartbeat_at - time.time()) < 60, "written by the clock of AWS"
