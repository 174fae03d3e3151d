"""The page in a real Chromium: a gateway with its records in this process, and one browser for each test process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium, program
from tests.integration.conftest import aws, aws_clients
from tests.integration.gateway.conftest import endpoint, play

__all__ = ["aws", "aws_clients", "endpoint", "play"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """The browser."""
    if program() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium is not installed: apt-get install chromium")
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: a folder that CI keeps, or the test's own."""
    kept = os.environ.get("TEST_PICTURES")
    return Path(kept) if kept else tmp_path
