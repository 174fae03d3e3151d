"""The event printer: a line an event, countdown, summary, plain without a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import io

import pytest
from rich.console import Console

from hermes.execution import (
    Event,
    EventBus,
    EventPrinter,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    ExecutionStatus,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    NoteEvent,
    RetryConfig,
    RunStatistics,
    SnapshotEvent,
    StepContext,
    StepEvent,
)


def _console(terminal: bool) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=terminal, width=200, color_system="standard" if terminal else None), text


def _event(status: ExecutionStatus, **more: object) -> StepEvent:
    return StepEvent(execution_id="acme", at=0.0, status=status, step="push", **more)  # type: ignore[arg-type]


async def _shown(terminal: bool) -> str:
    console, text = _console(terminal)
    left = 1

    def flaky(context: StepContext) -> int:
        nonlocal left
        if left:
            left -= 1
            raise ConnectionError("remote hung up")
        return 1

    async def slow(context: StepContext) -> None:
        await asyncio.sleep(3600)

    bus = EventBus()
    with EventPrinter(console=console) as printer:
        printer.attach(bus)
        state = ExecutionState(event_bus=bus)
        with contextlib.suppress(ExecutionInterrupted):
            async with state:
                config = RetryConfig(initial_delay=0.05)
                await ExecutionEvent(name="push", handler=flaky, actor="git", retry=config).execute(state)
                asyncio.get_running_loop().call_later(
                    0.01, state.request_interrupt, InterruptReason.USER_CANCELLED, "enough", "anna"
                )
                await ExecutionEvent(name="agent", handler=slow).execute(state)
        await bus.aclose()
    return text.getvalue()


async def test_without_a_terminal_lines_are_plain() -> None:
    shown = await _shown(terminal=False)
    assert "\x1b" not in shown
    assert shown.isascii()
    lines = [line.split(" ", 1)[1] for line in shown.splitlines()[:-1]]
    assert lines[0] == "> execution: started"
    assert "x push: failed [git] (attempt 1 of 3) after 0.0 s: ConnectionError: remote hung up" in lines
    assert "~ push: retrying [git] (attempt 1 of 3) in 0.1 s: exponential pause" in lines
    assert "! interrupt: user_cancelled by anna: enough" in lines
    assert any(line.startswith("! agent: interrupted, user_cancelled after ") for line in lines)


async def test_the_summary_has_the_statistics() -> None:
    summary = (await _shown(terminal=False)).splitlines()[-1]
    assert summary.startswith("interrupted in 0.")
    for words in ("1 step completed", "1 failed attempts", "1 retries (0.1 s of pauses)", "1 interrupted"):
        assert words in summary
    assert summary.endswith("reason user_cancelled")


async def test_on_a_terminal_events_have_symbol_and_colour_and_retries_a_countdown() -> None:
    shown = await _shown(terminal=True)
    for symbol in "▶✘↻✔✋◌■":
        assert symbol in shown
    assert "\x1b[32m" in shown  # green
    assert "\x1b[31m" in shown  # red
    assert "push: next attempt in 0 s" in shown


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("status", list(ExecutionStatus))
def test_every_status_has_a_look(status: ExecutionStatus, terminal: bool) -> None:
    console, _ = _console(terminal)
    assert status.value in EventPrinter(console=console).line(_event(status))


def test_late_interrupts_and_notes_are_shown_as_such() -> None:
    printer = EventPrinter(console=_console(False)[0])
    late = InterruptEvent(state_id="a", at=0, signal=InterruptSignal(reason=InterruptReason.TIMEOUT), first=False)
    assert "late" in printer.line(late)
    assert "* a note" in printer.line(NoteEvent(execution_id="a", at=0, detail="a note"))


@pytest.mark.parametrize("evil", ["\x1b[2J", "\r", "\x9b31m", "\n", "\u202e", "\udcff"])
@pytest.mark.parametrize("terminal", [True, False])
def test_texts_cannot_move_the_cursor(evil: str, terminal: bool) -> None:
    console, text = _console(terminal)
    printer = EventPrinter(console=console)
    line = printer.line(_event(ExecutionStatus.FAILED, detail=f"a{evil}b", actor=f"a{evil}b"))
    assert evil not in line.replace("\x1b[", "")
    printer.show(_event(ExecutionStatus.FAILED, detail=f"a{evil}b"))
    assert len(text.getvalue().splitlines()) == 1


def test_markup_in_texts_is_text() -> None:
    console, text = _console(False)
    EventPrinter(console=console).show(_event(ExecutionStatus.FAILED, detail="[red]not red[/red]"))
    assert "[red]not red[/red]" in text.getvalue()


def test_the_summary_comes_once_and_nothing_after_it() -> None:
    console, text = _console(False)
    printer = EventPrinter(console=console)
    printer.close()
    printer.close()
    printer.show(_event(ExecutionStatus.FAILED))
    assert len(text.getvalue().splitlines()) == 1


def test_statistics_count_steps_pauses_and_the_first_reason_and_let_notes_pass() -> None:
    seen = RunStatistics()
    assert seen.seconds == 0
    whole = StepEvent(execution_id="acme", at=0.0, status=ExecutionStatus.STARTED)
    stops = [
        InterruptEvent(state_id="acme", at=4.0, signal=InterruptSignal(reason=reason), first=False)
        for reason in (InterruptReason.TIMEOUT, InterruptReason.CUSTOM)
    ]
    happened: list[Event] = [
        whole,
        _event(ExecutionStatus.RETRYING, delay_seconds=1.5),
        _event(ExecutionStatus.RETRYING),
        NoteEvent(execution_id="acme", at=9.0, detail="a checker fails"),
        *stops,
        dataclasses.replace(whole, at=7.0, status=ExecutionStatus.INTERRUPTED),
    ]
    for event in happened:
        seen.count(event)
    assert (seen.retries, seen.paused_seconds, seen.interrupts) == (2, 1.5, 2)
    assert (seen.reason, seen.ended, seen.seconds) == ("timeout", ExecutionStatus.INTERRUPTED, 7.0)
    assert seen.steps == {"retrying": 2}


class Paper(io.StringIO):
    """A file that may be a terminal, of an encoding."""

    def __init__(self, *, terminal: bool, encoding: str = "utf-8") -> None:
        super().__init__()
        self._terminal = terminal
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal

    def write(self, text: str) -> int:
        text.encode(self._encoding)
        return super().write(text)


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def _stop(reason: InterruptReason) -> InterruptEvent:
    return InterruptEvent(state_id="acme", signal=InterruptSignal(reason=reason, message="why"))


def test_each_reason_has_a_symbol_and_a_colour_of_its_own(plain_environment: pytest.MonkeyPatch) -> None:
    symbols, colours = set(), set()
    for reason in InterruptReason:
        paper = Paper(terminal=True)
        EventPrinter(file=paper).print_interrupt(_stop(reason))
        line = paper.getvalue()
        assert f"interrupt: {reason.value}: why" in line
        words = line.split("\x1b[0m ", 1)[1]
        colours.add(words.split("m", 1)[0])
        symbols.add(words.split("m", 1)[1][0])
    assert len(symbols) == len(colours) == 7


def test_the_environment_decides_about_colours(plain_environment: pytest.MonkeyPatch) -> None:
    def shown(paper: Paper) -> str:
        EventPrinter(file=paper)(_event(ExecutionStatus.COMPLETED))
        return paper.getvalue()

    assert "\x1b[32m✔" in shown(Paper(terminal=True))
    assert "\x1b" not in shown(Paper(terminal=False))
    plain_environment.setenv("NO_COLOR", "1")
    assert shown(Paper(terminal=True)).endswith(" ✔ push: completed\n")
    assert "\x1b" not in shown(Paper(terminal=True))
    plain_environment.setenv("TERM", "dumb")
    assert "+ push" in shown(Paper(terminal=True))
    plain_environment.setenv("FORCE_COLOR", "1")
    assert "✔ push" in shown(Paper(terminal=False))


def test_a_terminal_of_another_time_gets_what_it_can_show(plain_environment: pytest.MonkeyPatch) -> None:
    paper = Paper(terminal=True, encoding="ascii")
    EventPrinter(file=paper)(_event(ExecutionStatus.FAILED, detail="Zürich"))
    assert "x push: failed: Z?rich" in paper.getvalue()


async def test_a_countdown_goes_on_until_the_next_event_or_its_end(plain_environment: pytest.MonkeyPatch) -> None:
    paper, clock = Paper(terminal=True), [0.0]
    printer = EventPrinter(file=paper, now=lambda: clock[0])
    printer(_event(ExecutionStatus.RETRYING, delay_seconds=5.0))
    assert "push: next attempt in 5 s" in paper.getvalue()
    clock[0] = 3.0
    async with asyncio.timeout(60):
        while "in 2 s" not in paper.getvalue():  # noqa: ASYNC110 - it is drawn by a timer
            await asyncio.sleep(0.01)
    printer(_event(ExecutionStatus.STARTED))
    assert paper.getvalue().rsplit("\n", 2)[1].startswith("\r\x1b[2K")
    clock[0] = 9.0
    printer(_event(ExecutionStatus.RETRYING, delay_seconds=5.0))
    assert "in 0 s" in paper.getvalue()
    printer.close()


def test_without_a_loop_there_is_no_countdown(plain_environment: pytest.MonkeyPatch) -> None:
    paper = Paper(terminal=True)
    EventPrinter(file=paper)(_event(ExecutionStatus.RETRYING, delay_seconds=5.0))
    assert "next attempt" not in paper.getvalue()


def test_snapshots_are_not_shown(plain_environment: pytest.MonkeyPatch) -> None:
    paper = Paper(terminal=True)
    EventPrinter(file=paper)(SnapshotEvent(execution_id="acme", at=0, number=1, seconds=0.1))
    assert paper.getvalue() == ""
