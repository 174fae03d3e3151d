"""What every test process does first."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from typing import Final

import hypothesis
import pytest
import pytest_asyncio

from hermes.local import signature
from hermes.local.emulator import Emulator
from tests import warm
from tests.forks import Forks
from tests.integration import stand

warm.read_files_once()
# What thousands of tests are made of lives to the end: it is not looked through again and again while it is made, nor for each test.
gc.disable()

#: One profile for a laptop, CI and a busy machine: no test fails because the machine is slow.
hypothesis.settings.register_profile(
    "hermes", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("hermes")

#: The rooms whose tests take longest: begun first, so that no process is left alone with one of them at the end.
_LONG: Final = ("tests/faults/", "tests/e2e/")


def pytest_collection_finish() -> None:
    """All that was collected is no garbage."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first in the share of each process of pytest-xdist, which deals the tests in blocks; the rest as collected."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        if any(room in item.path.as_posix() for room in _LONG):
            groups.setdefault(str(item.path) if item.get_closest_marker("together") else item.nodeid, []).append(item)
    long = list(groups.values())
    begun = {item for group in long for item in group}
    rest = iter([item for item in items if item not in begun])
    ordered: list[pytest.Item] = []
    for number in range(processes):
        size = (len(items) - len(ordered)) // (processes - number)
        mine = [item for group in long[number::processes] for item in group]
        ordered += [*mine, *itertools.islice(rest, max(size - len(mine), 0))]
    items[:] = [*ordered, *rest]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ministack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[stand.Endpoint]:
    """MiniStack as `hermes dev` runs it, once for each test process."""
    async with Emulator(
        state=tmp_path_factory.mktemp("ministack"), environment=os.environ, key=signature.Key("test", "test")
    ) as emulator:
        yield stand.Endpoint("ministack", emulator.endpoint_url)


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Starts programs in milliseconds."""
    with Forks() as made:
        yield made
