"""What every attack has: its size, small in the ordinary run and large in `make attack`, and its line in the table at the end."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import pytest

from tests.attack import door, table
from tests.forks import Forks
from tests.integration.conftest import aws, aws_clients
from tests.integration.gateway.conftest import play
from tests.integration.mail.conftest import endpoint
from tests.integration.stand import Endpoint

#: The stage of attacks on a running gateway: one emulator for all of them, a deployment for each.
__all__ = ["aws", "aws_clients", "endpoint", "play"]

_SIZE_VARIABLE = "ATTACK_SIZE"
_BEGAN: Final = time.monotonic()


@pytest.fixture
def large() -> bool:
    """Whether the attack runs in the size of `make attack`."""
    return os.environ.get(_SIZE_VARIABLE) == "large"


Doorway = Callable[..., AbstractAsyncContextManager[door.Door]]


@pytest.fixture
def doorway(tmp_path: Path, ministack: Endpoint, forks: Forks, large: bool) -> Doorway:
    """Opens a door with the sections of its configuration; in the large form it has its own interpreter, whose memory is all its own."""
    return functools.partial(door.running, tmp_path, ministack.url, None if large else forks)


@pytest.fixture
def figures(request: pytest.FixtureRequest, large: bool) -> table.Figures:
    """What the attack measured; printed beside its name by `make attack`."""
    found = table.Figures()
    if large:
        # Before the attack, because the report of its run copies the list when it ends, before any teardown.
        request.node.user_properties.append((table.PROPERTY, found))
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table: attack, held, figure."""
    if os.environ.get(_SIZE_VARIABLE) != "large":
        return
    terminalreporter.section("attacks")
    for line in table.lines(terminalreporter.stats, seconds=time.monotonic() - _BEGAN):
        terminalreporter.write_line(line)
