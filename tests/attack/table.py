"""The table that `make attack` prints: each attack, whether Hermes held, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

PROPERTY = "figures"
_HELD = {"passed": "held", "failed": "GAVE WAY", "error": "BROKEN", "skipped": "not tried"}


class Figures:
    """Named figures of one attack, such as `rss_mb=12`, in the order in which they were measured."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def add(self, name: str, value: float | str) -> None:
        """Note one figure; the unit is the end of its name."""
        self._values[name] = value if isinstance(value, str) else f"{value:.4g}"

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self._values.items())


def lines(stats: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """A line for each attack: its file and name, whether it was held, its figures."""
    rows = [
        (_name(report), word, str(dict(report.user_properties).get(PROPERTY, "")))
        for outcome, word in _HELD.items()
        for report in stats.get(outcome, ())
        if isinstance(report, pytest.TestReport)
    ]
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, word, figures in sorted(rows):
        yield f"{name:<{width}}  {word:<9}  {figures}".rstrip()


def _name(report: pytest.TestReport) -> str:
    path, _, test = report.nodeid.partition("::")
    return f"{path.rpartition('/')[2].removeprefix('test_').removesuffix('.py')}: {test.removeprefix('test_')}"
