"""What a final report means."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.domain import wire
from hermes.domain.commands import Command, CommandState, HistoryEntry, Origin
from hermes.domain.decisions.conclusion import Conclusion, conclude
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.request import CommandType
from hermes.domain.wire import ResultMessage

S = CommandState


def _command(state: CommandState = S.RUNNING, *, attempt: int = 1, reason: InterruptReason | None = None) -> Command:
    return Command(
        command_id="c",
        session_id="s",
        container_key="a#b#c",
        mail_id="m",
        seq=1,
        type=CommandType.EDIT,
        instruction="x",
        context=wire.CommandContext(branch="thread-t"),
        origin=Origin(author="a@example.org", address="b@example.org"),
        state=state,
        attempt=attempt,
        attempts=3,
        accepted_at=1.0,
        interruption=Interruption(reason=reason, requested_at=2.0) if reason else None,
    )


def _result(**facts: Any) -> ResultMessage:
    return ResultMessage(**{"command_id": "c", "attempt": 1, "success": False, **facts})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"success": True}, S.SUCCEEDED),
        ({"success": False}, S.FAILED),
        ({"timed_out": True}, S.TIMED_OUT),
        ({"interrupted": True, "interrupt_reason": InterruptReason.TIMEOUT}, S.TIMED_OUT),
        ({"interrupted": True, "interrupt_reason": InterruptReason.USER_CANCELLED}, S.INTERRUPTED),
        ({"interrupted": True}, S.INTERRUPTED),
        ({"needs_input": "Which page?"}, S.NEEDS_INPUT),
        ({"success": True, "needs_input": "Which page?"}, S.NEEDS_INPUT),
    ],
)
@pytest.mark.parametrize("state", [S.ACCEPTED, S.RUNNING, S.INTERRUPTING])
def test_a_final_report_leads_to_one_terminal_state(
    facts: dict[str, Any], expected: CommandState, state: CommandState
) -> None:
    assert conclude(_command(state), _result(**facts)) == Conclusion(expected)


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_command_that_was_cut_short_runs_again(attempt: int) -> None:
    found = conclude(_command(attempt=attempt), _result(attempt=attempt, retryable=True))

    assert found == Conclusion(S.ACCEPTED, rerun=True)


def test_after_the_last_attempt_it_has_failed() -> None:
    assert conclude(_command(attempt=3), _result(attempt=3, retryable=True)) == Conclusion(S.FAILED)


def test_one_that_was_to_stop_and_lost_its_worker_was_stopped() -> None:
    command = _command(S.INTERRUPTING, reason=InterruptReason.USER_CANCELLED)

    assert conclude(command, _result(retryable=True)) == Conclusion(S.INTERRUPTED)


def test_one_that_was_past_its_time_and_lost_its_worker_timed_out() -> None:
    command = _command(S.INTERRUPTING, reason=InterruptReason.TIMEOUT)

    assert conclude(command, _result(retryable=True)) == Conclusion(S.TIMED_OUT)


def test_one_that_was_done_before_the_interrupt_reached_it_is_done() -> None:
    command = _command(S.INTERRUPTING, reason=InterruptReason.PRIORITY_OVERRIDE)

    assert conclude(command, _result(success=True)) == Conclusion(S.SUCCEEDED)
    assert conclude(command, _result(success=True, retryable=True)) == Conclusion(S.SUCCEEDED)


def test_the_history_keeps_its_beginning_and_its_end() -> None:
    command = _command()
    for number in range(100):
        command = command.model_copy(update={"history": command.with_history(float(number), "step", str(number))})

    assert len(command.history) == 60
    assert command.history[0] == HistoryEntry(at=0.0, what="step", detail="0")
    assert command.history[-1].detail == "99"
