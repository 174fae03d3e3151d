"""What every test process does first."""

from __future__ import annotations

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
_FIRST = ("tests/faults/", "tests/e2e/", "tests/attack/", "tests/integration/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; the order within a room stays."""

    def rank(item: pytest.Item) -> int:
        return next((at for at, room in enumerate(_FIRST) if room in item.path.as_posix()), len(_FIRST))

    items.sort(key=rank)
