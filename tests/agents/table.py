"""The table of `make agents`: program × scenario × result."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pytest

#: The later one counts where a test has two.
_RESULTS: Final = ("skipped", "passed", "failed", "error")
_CASE: Final = re.compile(r"::test_(\w+)\[([^\]]+)\]\Z")


def lines(stats: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """One line for each scenario of each program, and the sum."""
    found: dict[tuple[str, str], str] = {}
    for result in _RESULTS:
        for report in stats.get(result, ()):
            case = _CASE.search(report.nodeid) if isinstance(report, pytest.TestReport) else None
            if case is not None:
                found[case[2], case[1].replace("_", " ")] = result
    width = max((len(program) for program, _ in found), default=0)
    for (program, scenario), result in sorted(found.items()):
        yield f"{program:<{width}}  {result:<7}  {scenario}"
    counts = [(result, list(found.values()).count(result)) for result in _RESULTS]
    yield ", ".join(f"{count} {result}" for result, count in counts if count)
