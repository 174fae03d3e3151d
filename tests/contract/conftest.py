"""Prints the table of `make agents`."""

from __future__ import annotations

import pytest

from tests.agents import real, table


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Program × scenario × result."""
    if real.EVERY:
        terminalreporter.section("agents")
        for line in table.lines(terminalreporter.stats):
            terminalreporter.write_line(line)
