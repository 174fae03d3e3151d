"""The stage of the gateway's tests."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from hermes.app import gateway
from hermes.launch.fake import FakeLauncher
from tests.integration import stand
from tests.integration.gateway.play import Clock, Play
from tests.integration.gateway.postbox import Postbox
from tests.integration.stand import Stand

#: What only a mistake in the code raises. Tests that break the gateway on purpose raise others.
_BUG = re.compile(r"\b(?:AttributeError|IndexError|KeyError|NameError|TypeError|UnboundLocalError)\b")


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> stand.Endpoint:
    """In this process, but for tests that name an emulator."""
    name = getattr(request, "param", None)
    return stand.running(request, name) if name else stand.DIRECT


@pytest.fixture
async def play(aws: Stand, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Play]:
    """A deployment of the test's own; every gateway in it has the test's clock and launcher."""
    clock, launcher, postbox = Clock(), FakeLauncher(), Postbox()
    # The launcher that the configuration would name.
    monkeypatch.setattr(gateway, "launcher", lambda config, clients, **_: launcher)
    # A launch that no worker ever answers is not waited for at the end of a test.
    monkeypatch.setattr("hermes.gateway.upkeep.service._TASKS_SECONDS", 0.5)
    await postbox.start()
    stage = Play(stand=aws, launcher=launcher, postbox=postbox, clock=clock)
    try:
        yield stage
    finally:
        await stage.close()
        await postbox.close()
    # A bug in a task of the gateway ends that task, with a line of the log, and may show nowhere else.
    assert [event.text for event in stage.events if _BUG.search(event.text)] == []
