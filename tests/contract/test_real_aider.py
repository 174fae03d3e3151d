"""Hermes drives the real aider; its model is a script on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes.agents import select
from hermes.config.agent_settings import AgentKind
from hermes.domain.interrupts import InterruptReason
from tests.agents import real
from tests.agents.model_server import ModelServer, Say
from tests.agents.place import Place
from tests.programs import needed
from tests.unit.worker.origin import BRANCH

EDIT = "index.html\n```\n<<<<<<< SEARCH\n<h1>Welcome</h1>\n=======\n<h1>Edited</h1>\n>>>>>>> REPLACE\n```\n"


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(
        {"edit": [[Say(f"The title is new.\n\n{EDIT}")]], "slow": [[Say("Late.", after_seconds=60.0)]]}
    ) as server:
        yield server


async def test_an_edit_goes_through_hermes_to_the_remote(model: ModelServer, tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.environment = real.environment(AgentKind.AIDER, model)
    agent = select.build(real.settings(AgentKind.AIDER, (needed.aider(),)))
    result = await place.run(agent, "Please change the title in index.html. [[edit]]")
    assert result.error is None
    assert result.success
    assert place.origin.show(BRANCH, "index.html") == "<h1>Edited</h1>"
    assert result.files_changed == ("index.html",)
    assert result.cost_usd is not None
    assert "The title is new." in result.summary
    again = await place.run(agent, "Please say hello about index.html.")
    assert again.error is None
    assert again.files_changed == ()


async def test_it_can_be_stopped(model: ModelServer, tmp_path: Path) -> None:
    desk = real.Desk(tmp_path, real.settings(AgentKind.AIDER, (needed.aider(),)), model)
    real.plant(desk.tree, {".env": "KEY=1\n"})
    async with asyncio.TaskGroup() as group:
        running = group.create_task(desk.run("Please take long. [[slow]]"))
        async with asyncio.timeout(90):
            while not model.asked:  # noqa: ASYNC110 - a request to a thread
                await asyncio.sleep(0.05)
        assert not (desk.tree / ".env").exists()
        desk.state.request_interrupt(InterruptReason.PRIORITY_OVERRIDE)
    assert running.result().error is None
    assert (desk.tree / ".env").read_text() == "KEY=1\n"
