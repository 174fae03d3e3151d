"""The table: rows with a value and, where there is one, a target; as text for people and as JSON for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

Bound = Literal["at most", "at least", "below", "above"]


@dataclasses.dataclass(frozen=True)
class Figure:
    """One measured value; no target: shown for comparison."""

    value: float
    target: float | None = None
    bound: Bound = "at most"
    note: str = ""
    """A few words behind the row: what the value is made of."""

    @property
    def ok(self) -> bool:
        """The target is met."""
        if self.target is None:
            return True
        match self.bound:
            case "at most":
                return self.value <= self.target
            case "at least":
                return self.value >= self.target
            case "below":
                return self.value < self.target
            case "above":
                return self.value > self.target


Figures = dict[str, Figure]
"""By row, in the order to be shown."""


def line(row: str, figure: Figure) -> str:
    """One line of the table."""
    target = "" if figure.target is None else f"{figure.bound} {figure.target:.4g}"
    verdict = "" if figure.target is None else "ok" if figure.ok else "MISSED"
    return f"{row:<62} {figure.value:>10.4g}  {target:<16} {verdict:<7} {figure.note}".rstrip()


def summary(figures: Mapping[str, Figure]) -> str:
    """The last line: how many targets there were, and which were missed."""
    aimed = {row: figure for row, figure in figures.items() if figure.target is not None}
    missed = [row for row, figure in aimed.items() if not figure.ok]
    text = f"{len(aimed) - len(missed)} of {len(aimed)} targets met"
    return text + (f"; missed: {'; '.join(missed)}" if missed else "")


def write(path: Path, figures: Mapping[str, Figure]) -> None:
    """The rows as JSON: `{row: {value, target, ok}}`."""
    rows = {row: {"value": one.value, "target": one.target, "ok": one.ok} for row, one in figures.items()}
    path.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def share(values: list[float], part: float) -> float:
    """The value below which this part of them lies (nearest rank); 0.5 is the median. There is at least one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * part // 1) - 1))]
