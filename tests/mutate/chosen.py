"""A plugin of pytest: of what is collected, run the tests that a file names, one id a line, and do not shrink what fails."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

#: The name of the file, in the environment.
FILE = "HERMES_MUTATE_TESTS"


def pytest_configure() -> None:
    """A break that is noticed need not be explained: the smallest example takes longest to find."""
    hypothesis.settings.register_profile(
        "mutate",
        hypothesis.settings.get_profile("hermes"),
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        database=None,
    )
    hypothesis.settings.load_profile("mutate")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The chosen ones in their order, which is the quickest first."""
    order = {test: at for at, test in enumerate(Path(os.environ[FILE]).read_text().split("\0"))}
    out = [item for item in items if item.nodeid not in order]
    items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])
    config.hook.pytest_deselected(items=out)
