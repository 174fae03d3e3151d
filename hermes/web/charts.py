"""Where the time of a command went, as bars for an inline picture: numbers only, so that the template needs no script and no style."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from hermes.admin.views.commands import CommandView

#: Of the picture, in its own units.
WIDTH: Final = 720.0
#: A bar that would be too thin to see.
_THIN: Final = 2.0
_COLOURS: Final = {"waiting": "b0", "running": "b1", "stopping": "b3"}


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """One span."""

    name: str
    x: float
    width: float
    colour: str
    """A class of the style sheet."""
    seconds: float


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """The bars of one command, from its acceptance to its end or now."""

    bars: tuple[Bar, ...]
    seconds: float

    @property
    def sums(self) -> Sequence[tuple[str, str, float]]:
        """Name, colour and seconds of each kind of span, in the order of their beginning."""
        found: dict[str, tuple[str, float]] = {}
        for bar in self.bars:
            found[bar.name] = (bar.colour, found.get(bar.name, (bar.colour, 0.0))[1] + bar.seconds)
        return [(name, colour, seconds) for name, (colour, seconds) in found.items()]


def of(command: CommandView, *, now: float) -> Chart:
    """The chart of a command."""
    if not command.spans:
        return Chart((), 0.0)
    begin = command.spans[0].began_at
    end = max(begin, command.finished_at or now)
    scale = WIDTH / max(end - begin, 0.001)
    bars = []
    for span in command.spans:
        seconds = max(0.0, (span.ended_at or end) - span.began_at)
        x = min(WIDTH - _THIN, max(0.0, (span.began_at - begin) * scale))
        width = min(WIDTH - x, max(_THIN, seconds * scale))
        bars.append(Bar(span.name, round(x, 1), round(width, 1), _COLOURS.get(span.name, "b5"), seconds))
    return Chart(tuple(bars), end - begin)
