"""What every test process does first."""

from __future__ import annotations

import itertools
import os
from typing import Final

import hypothesis
import pytest

from tests import warm

warm.read_files_once()

#: One profile for a laptop, CI and a busy machine: no test fails because the machine is slow.
hypothesis.settings.register_profile(
    "hermes", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("hermes")

#: The rooms whose tests take longest: begun first, so that no process is left alone with one of them at the end.
_LONG: Final = ("tests/faults/", "tests/e2e/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first in the share of each process of pytest-xdist, which deals the tests in blocks; the rest as collected."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if any(room in item.path.as_posix() for room in _LONG)]
    begun = set(long)
    rest = iter([item for item in items if item not in begun])
    ordered: list[pytest.Item] = []
    for number in range(processes):
        size = (len(items) - len(ordered)) // (processes - number)
        mine = long[number::processes]
        ordered += [*mine, *itertools.islice(rest, max(size - len(mine), 0))]
    items[:] = [*ordered, *rest]
