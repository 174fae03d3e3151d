"""Shows a run in the terminal: one line per event, a countdown before a retry, and a summary at the end."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from hermes.domain import controls
from hermes.execution.events import bus, events
from hermes.execution.events.events import ExecutionStatus
from hermes.execution.events.subscription import Overflow, Subscription

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
_INTERRUPT: Final = ("⚡", "!", "bold yellow")
_NOTE: Final = ("·", "*", "dim")

#: A countdown is drawn so often.
_REFRESHES_PER_SECOND: Final = 4


@dataclass(slots=True)
class RunStatistics:
    """The counts of a printer."""

    steps: Counter[str] = field(default_factory=Counter)
    """Events of steps, by status."""
    retries: int = 0
    interrupts: int = 0
    paused_seconds: float = 0.0
    """The pauses before retries, as announced."""
    began_at: float | None = None
    ended_at: float | None = None
    reason: str = ""
    """Of the first interrupt."""
    ended: ExecutionStatus | None = None
    """Of the execution as a whole."""

    @property
    def seconds(self) -> float:
        """From the first event to the last."""
        return 0.0 if self.began_at is None or self.ended_at is None else self.ended_at - self.began_at

    def count(self, event: events.Event) -> None:
        """Take one more event into account."""
        self.began_at = event.at if self.began_at is None else self.began_at
        self.ended_at = event.at
        if isinstance(event, events.InterruptEvent):
            self.interrupts += 1
            self.reason = self.reason or event.signal.reason.value
        elif isinstance(event, events.StepEvent):
            if not event.step:
                self.ended = event.status if event.status.terminal else self.ended
                return
            self.steps[event.status.value] += 1
            if event.status is ExecutionStatus.RETRYING:
                self.retries += 1
                self.paused_seconds += event.delay_seconds or 0.0

    def summary(self) -> str:
        """One line for a person."""
        done = self.steps[ExecutionStatus.COMPLETED.value]
        words = [
            f"{(self.ended or ExecutionStatus.STARTED).value} in {self.seconds:.1f} s",
            f"{done} step{'' if done == 1 else 's'} completed",
            f"{self.steps[ExecutionStatus.FAILED.value]} failed attempts",
            f"{self.retries} retries ({self.paused_seconds:.1f} s of pauses)",
            f"{self.steps[ExecutionStatus.INTERRUPTED.value]} interrupted",
        ]
        if self.reason:
            words.append(f"reason {self.reason}")
        return ", ".join(words)


class EventPrinter:
    """Shows the events of a bus on a Rich console; without a terminal, as plain lines without colour, symbol or countdown.

    `printer.attach(event_bus)`, then `close()` (or `with`) at the end prints the summary.
    """

    def __init__(self, *, console: Console | None = None, now: Callable[[], float] = time.time) -> None:
        self._console = console or Console()
        self._now = now
        self._countdown: Live | None = None
        self._closed = False
        #: what has been seen so far
        self.statistics = RunStatistics()

    def __enter__(self) -> EventPrinter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def attach(self, event_bus: bus.EventBus) -> Subscription:
        """Show everything that the bus carries; nothing is dropped."""
        return event_bus.subscribe(self.show, name="event printer", overflow=Overflow.BLOCK)

    def show(self, event: events.Event) -> None:
        """Show one event."""
        if self._closed:
            return
        self._end_countdown()
        self.statistics.count(event)
        self._print(self.line(event))
        if self._console.is_terminal and isinstance(event, events.StepEvent) and event.delay_seconds:
            self._begin_countdown(event)

    def line(self, event: events.Event) -> Text:
        """The event as one line."""
        if isinstance(event, events.InterruptEvent):
            by = f" by {event.signal.triggered_by}" if event.signal.triggered_by else ""
            late = "" if event.first else " (late: kept in history only)"
            words = f"interrupt: {event.signal.reason.value}{by}{_after(event.signal.message)}{late}"
            return self._line(_INTERRUPT, event.at, words)
        if isinstance(event, events.NoteEvent):
            return self._line(_NOTE, event.at, event.detail)
        return self._line(_LOOKS[event.status], event.at, _step_words(event))

    def _line(self, look: tuple[str, str, str], at: float, words: str) -> Text:
        symbol, plain, colour = look
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        words = controls.escaped(words)
        if not self._console.is_terminal:
            return Text(f"{clock} {plain} {words}")
        return Text.assemble((f"{clock} ", "dim"), (f"{symbol} {words}", colour))

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True, highlight=False)

    def _begin_countdown(self, event: events.StepEvent) -> None:
        due = event.at + (event.delay_seconds or 0.0)
        words = controls.escaped(event.step)

        def left() -> Text:
            return Text(f"         ↻ {words}: next attempt in {max(0.0, due - self._now()):.0f} s", style="yellow")

        self._countdown = Live(
            console=self._console, get_renderable=left, transient=True, refresh_per_second=_REFRESHES_PER_SECOND
        )
        self._countdown.start()

    def _end_countdown(self) -> None:
        countdown, self._countdown = self._countdown, None
        if countdown is not None:
            countdown.stop()

    def close(self) -> None:
        """Print the summary and stop; later events are not shown. A second call does nothing."""
        if self._closed:
            return
        self._end_countdown()
        self._closed = True
        ended = self.statistics.ended
        colour = "bold" if ended is None else _LOOKS[ended][2]
        words = controls.escaped(self.statistics.summary())
        self._print(Text(words, style=colour) if self._console.is_terminal else Text(words))


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


def _after(detail: str) -> str:
    return f": {detail}" if detail else ""
