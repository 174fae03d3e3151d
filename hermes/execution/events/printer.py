"""Shows a run in the terminal: one line per event, a countdown before a retry, and a summary at the end.

It writes the terminal's own codes: a run prints many events, and rendering each through a library takes ten times as long as the line.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, Protocol, TextIO, runtime_checkable

from hermes.domain import escape
from hermes.domain.interrupts import InterruptReason
from hermes.execution import latch
from hermes.execution.events import bus, events, statistics
from hermes.execution.events.events import ExecutionStatus
from hermes.execution.events.subscription import Overflow, Subscription

#: Select Graphic Rendition (ECMA-48, 8.3.117): what a colour is called -> its parameters.
_SGR: Final = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
    "bright red": "91",
    "bright yellow": "93",
    "bright blue": "94",
    "bold magenta": "1;35",
}
#: status -> symbol, its plain form, colour
_LOOKS: Final = {
    ExecutionStatus.PENDING: ("○", ".", "dim"),
    ExecutionStatus.STARTED: ("▶", ">", "cyan"),
    ExecutionStatus.RETRYING: ("↻", "~", "yellow"),
    ExecutionStatus.CANCELLING: ("◌", "?", "magenta"),
    ExecutionStatus.COMPLETED: ("✔", "+", "green"),
    ExecutionStatus.FAILED: ("✘", "x", "red"),
    ExecutionStatus.INTERRUPTED: ("■", "!", "bold magenta"),
    ExecutionStatus.CANCELLED: ("□", "-", "magenta"),
}
#: reason -> symbol, its plain form, colour
_REASONS: Final = {
    InterruptReason.USER_CANCELLED: ("✋", "!", "yellow"),
    InterruptReason.TIMEOUT: ("⏱", "@", "bright yellow"),
    InterruptReason.RESOURCE_LIMIT: ("▲", "^", "red"),
    InterruptReason.ERROR_THRESHOLD: ("✖", "#", "bright red"),
    InterruptReason.PRIORITY_OVERRIDE: ("⇧", "&", "blue"),
    InterruptReason.SYSTEM_SHUTDOWN: ("⏻", "%", "bright blue"),
    InterruptReason.CUSTOM: ("⚑", "*", "magenta"),
}
_NOTE: Final = ("·", "*", "dim")

_CLEAR_LINE: Final = "\r\x1b[2K"
#: A countdown is drawn this often.
_COUNTDOWN_SECONDS: Final = 0.25


class Screen(Protocol):
    """Where lines go, for callers that already have a Rich `Console`."""

    @property
    def file(self) -> Any:
        """The file that is written to."""

    @property
    def is_terminal(self) -> bool:
        """Whether it shows symbols and colours."""

    @property
    def no_color(self) -> Any:
        """Whether its owner wants no colours."""


@runtime_checkable
class _Named(Protocol):
    name: str
    actor: Any


class EventPrinter:
    """Shows events on a terminal; elsewhere (`file` is none), as plain lines without colour or countdown.

    It is a subscriber: `event_bus.subscribe(EventPrinter())`. `printer.attach(event_bus)` loses nothing, and `close()` (or `with`) at
    the end prints the summary. `NO_COLOR` and `FORCE_COLOR` are heeded.
    """

    def __init__(
        self, *, file: TextIO | None = None, console: Screen | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._file = file
        self._console = console
        self._now = now
        self._countdown: _Countdown | None = None
        self._closed = False
        self._clock = (0, "")
        #: what has been seen so far
        self.statistics = statistics.RunStatistics()

    def __enter__(self) -> EventPrinter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def attach(self, event_bus: bus.EventBus) -> Subscription:
        """Show everything that the bus carries; nothing is dropped."""
        return event_bus.subscribe(self.show, name="event printer", overflow=Overflow.BLOCK)

    def __call__(self, event: Any) -> None:
        """`show`."""
        self.show(event)

    def show(self, event: Any) -> None:
        """Show one event; of an `ExecutionEvent`, its name and actor."""
        if self._closed or isinstance(event, events.SnapshotEvent):
            return
        self._end_countdown()
        if isinstance(event, events.Event):
            self.statistics.count(event)
        self._write(self.line(event) + "\n")
        if self.is_terminal and isinstance(event, events.StepEvent) and event.delay_seconds:
            self._begin_countdown(event)

    def print_interrupt(self, event: events.InterruptEvent) -> None:
        """Show an interrupt, with the symbol and the colour of its reason."""
        self.show(event)

    @property
    def is_terminal(self) -> bool:
        """Whether symbols, colours and the countdown are shown."""
        if self._console is not None:
            return self._console.is_terminal
        if os.environ.get("FORCE_COLOR"):
            return True
        return self._output.isatty() and os.environ.get("TERM") != "dumb"

    def line(self, event: Any) -> str:
        """The event as one line."""
        terminal = self.is_terminal
        look, at, words = self._content(event)
        second = int(at)
        if self._clock[0] != second:
            self._clock = second, time.strftime("%H:%M:%S", time.localtime(second))
        symbol, plain, colour = look
        if not (terminal or isinstance(event, events.InterruptEvent)) or not self._unicode:
            symbol = plain
        words = f"{symbol} {escape.line(words)}"
        return f"{self._styled(self._clock[1], 'dim', terminal)} {self._styled(words, colour, terminal)}"

    def _content(self, event: Any) -> tuple[tuple[str, str, str], float, str]:
        """The look of an event, its time and its words."""
        if isinstance(event, events.StepEvent):
            return _LOOKS[event.status], event.at, _step_words(event)
        if isinstance(event, events.InterruptEvent):
            by = f" by {event.signal.triggered_by}" if event.signal.triggered_by else ""
            late = "" if event.first else " (late: kept in history only)"
            words = f"interrupt: {event.signal.reason.value}{by}{_after(event.signal.message)}{late}"
            return _REASONS[event.signal.reason], event.at, words
        if isinstance(event, events.NoteEvent):
            return _NOTE, event.at, event.detail
        if isinstance(event, _Named):
            actor = "" if event.actor is None else f" [{getattr(event.actor, 'name', event.actor)}]"
            return _LOOKS[ExecutionStatus.PENDING], self._now(), f"{event.name}{actor}"
        raise TypeError(f"the printer shows events of an execution, not {type(event).__name__}")

    def _styled(self, words: str, colour: str, terminal: bool) -> str:
        return f"\x1b[{_SGR[colour]}m{words}\x1b[0m" if terminal and not self._colourless else words

    @property
    def _colourless(self) -> bool:
        return bool(os.environ.get("NO_COLOR") if self._console is None else self._console.no_color)

    @property
    def _unicode(self) -> bool:
        encoding = getattr(self._output, "encoding", None)
        return self.is_terminal if encoding is None else encoding.lower().startswith("utf")

    @property
    def _output(self) -> TextIO:
        if self._console is not None:
            return self._console.file  # type: ignore[no-any-return]
        return sys.stdout if self._file is None else self._file

    def _write(self, text: str) -> None:
        output = self._output
        try:
            output.write(text)
        except UnicodeEncodeError as error:  # words of a person, on a terminal of another time
            output.write(text.encode(error.encoding, "replace").decode(error.encoding))
        output.flush()

    def _begin_countdown(self, event: events.StepEvent) -> None:
        loop = latch.running_loop()
        if loop is not None:
            due = event.at + (event.delay_seconds or 0.0)
            self._countdown = _Countdown(self, escape.line(event.step), due, loop)
            self._countdown.draw()

    def draw_countdown(self, words: str, due: float) -> bool:
        """Write the seconds that are left over the countdown's line; False when there are none."""
        left = max(0.0, due - self._now())
        self._write(_CLEAR_LINE + self._styled(f"         ↻ {words}: next attempt in {left:.0f} s", "yellow", True))
        return left > 0

    def _end_countdown(self) -> None:
        countdown, self._countdown = self._countdown, None
        if countdown is not None:
            countdown.stop()
            self._write(_CLEAR_LINE)

    def close(self) -> None:
        """Print the summary and stop; later events are not shown. A second call does nothing."""
        if self._closed:
            return
        self._end_countdown()
        self._closed = True
        ended = self.statistics.ended
        colour = "bold" if ended is None else _LOOKS[ended][2]
        self._write(self._styled(escape.line(self.statistics.summary()), colour, self.is_terminal) + "\n")


class _Countdown:
    """Draws the seconds that are left until a retry, again and again."""

    def __init__(self, printer: EventPrinter, words: str, due: float, loop: asyncio.AbstractEventLoop) -> None:
        self._printer = printer
        self._words = words
        self._due = due
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    def draw(self) -> None:
        """Draw it now and, while time is left, soon again."""
        self._handle = None
        if self._printer.draw_countdown(self._words, self._due):
            self._handle = self._loop.call_later(_COUNTDOWN_SECONDS, self.draw)

    def stop(self) -> None:
        """Draw it no more."""
        if self._handle is not None:
            self._handle.cancel()


def _step_words(event: events.StepEvent) -> str:
    words = f"{event.step or 'execution'}: {event.status.value}"
    if event.actor:
        words += f" [{event.actor}]"
    if event.max_attempts > 1:
        words += f" (attempt {event.attempt} of {event.max_attempts})"
    if event.delay_seconds is not None:
        words += f" in {event.delay_seconds:.1f} s"
    if event.reason is not None:
        words += f", {event.reason.value}"
    if event.elapsed_seconds is not None and event.status.terminal:
        words += f" after {event.elapsed_seconds:.1f} s"
    return words + _after(event.detail)


def _after(detail: str | None) -> str:
    return f": {detail}" if detail else ""
