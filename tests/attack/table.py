"""The table that `make attack` prints: each attack, how many of its cases Hermes held, and what was measured."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pytest

PROPERTY = "figures"
#: pytest's word for the end of a case -> ours. The later one counts where a case has two.
_ENDS: Final = {"skipped": "not tried", "passed": "held", "failed": "GAVE WAY", "error": "BROKEN"}
#: Names of emulators in the name of a case: where it ran is no news.
_EMULATORS: Final = re.compile(r"-?\b(?:ministack|moto|direct)\b")
#: Columns of a name; a longer one pushes the rest of its line.
_NAME_COLUMNS: Final = 88


class Figures:
    """Named figures of one attack, such as `rss_mb=12`, in the order in which they were measured."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def add(self, name: str, value: float | str) -> None:
        """Note one figure; the unit is the end of its name."""
        self._values[name] = value if isinstance(value, str) else _number(value)

    def __str__(self) -> str:
        return " ".join(f"{name}={value}" for name, value in self._values.items())


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


@dataclasses.dataclass(frozen=True, slots=True)
class _Case:
    attack: tuple[str, str]
    """The file with its folder, and the test."""
    name: str
    end: str
    figures: str
    reason: str


def lines(stats: Mapping[str, Sequence[object]], *, seconds: float) -> Iterator[str]:
    """A title for each file, a line for each attack in it, one for each of its cases that was not held or has figures; the sum."""
    found = {_case(report, outcome).name: _case(report, outcome) for outcome, report in _reports(stats)}
    cases = sorted(found.values(), key=lambda one: (one.attack, one.name))
    for file, of_file in itertools.groupby(cases, key=lambda one: one.attack[0]):
        yield f"\n{file}"
        for attack, of_attack in itertools.groupby(of_file, key=lambda one: one.attack[1]):
            yield from _attack(attack, list(of_attack))
    counts = {word: sum(one.end == word for one in cases) for word in _ENDS.values()}
    ends = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    yield f"\n{len(cases)} cases in {seconds / 60:.0f} min: {ends or 'none'}"


def _reports(stats: Mapping[str, Sequence[object]]) -> Iterator[tuple[str, pytest.TestReport]]:
    return (
        (outcome, report)
        for outcome in _ENDS
        for report in stats.get(outcome, ())
        if isinstance(report, pytest.TestReport)
    )


def _attack(attack: str, cases: Sequence[_Case]) -> Iterator[str]:
    ends = [one.end for one in cases]
    worst = next(word for word in reversed(_ENDS.values()) if word in ends)
    alone = len(cases) == 1
    many = "" if alone else f"{ends.count('held')} of {len(cases)}"
    told = cases[0].figures or cases[0].reason if alone else ""
    yield f"  {attack:<{_NAME_COLUMNS}}  {worst:<9}  {many:>9}  {told}".rstrip()
    for one in () if alone else cases:
        if one.figures or one.end != "held":
            name = one.name.partition("[")[2].removesuffix("]")
            shown = _EMULATORS.sub("", name) or name
            yield f"      {shown:<{_NAME_COLUMNS - 4}}  {one.end:<9}  {'':>9}  {one.figures or one.reason}".rstrip()


def _case(report: pytest.TestReport, outcome: str) -> _Case:
    path, _, test = report.nodeid.partition("::")
    folder, _, file = path.rpartition("/")
    words = file.removeprefix("test_").removesuffix(".py").replace("_", " ")
    attack = test.partition("[")[0].removeprefix("test_").replace("_", " ")
    skipped = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
    return _Case(
        attack=(f"{folder.rpartition('/')[2]}: {words}", attack),
        name=report.nodeid,
        end=_ENDS[outcome],
        figures=str(dict(report.user_properties).get(PROPERTY, "")),
        reason=skipped,
    )
