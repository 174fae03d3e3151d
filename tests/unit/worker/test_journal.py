"""What a worker remembers over its own death, and what it concludes from records and interrupts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.domain import wire
from hermes.domain.commands import Command, CommandState, Origin
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.request import CommandType
from hermes.worker import claim
from hermes.worker import journal as worker_journal
from hermes.worker.journal import Journal
from hermes.worker.watermarks import Watermarks
from tests import env
from tests.unit.worker.origin import SESSION, a_command, command_id


def a_result(command: wire.CommandMessage) -> wire.ResultMessage:
    return wire.ResultMessage(command_id=command.command_id, attempt=command.attempt, success=True, summary="ok")


def test_what_was_begun_is_found_by_the_next_process(tmp_path: Path) -> None:
    Journal(folder=tmp_path, env=env.quiet()).begin(a_command(), gen=1)
    (entry,) = Journal(folder=tmp_path, env=env.quiet()).open()
    assert entry.message == a_command()
    assert entry.result is None


def test_a_report_that_was_not_sent_is_sent_from_the_journal(tmp_path: Path) -> None:
    journal = Journal(folder=tmp_path, env=env.quiet())
    journal.begin(a_command(), gen=1)
    journal.ended(a_result(a_command()))
    (entry,) = Journal(folder=tmp_path, env=env.quiet()).open()
    assert entry.result == a_result(a_command())
    journal.sent(a_result(a_command()))
    assert journal.open() == []
    assert journal.find(command_id(), 1) is not None


def test_old_entries_are_dropped_and_torn_files_set_aside(tmp_path: Path) -> None:
    clock = [0.0]
    journal = Journal(folder=tmp_path, env=env.quiet(now=lambda: clock[0]))
    journal.begin(a_command(), gen=1)
    journal.sent(a_result(a_command()))
    (tmp_path / "torn.json").write_text('{"message":')
    clock[0] = worker_journal.JOURNAL_SECONDS + 1.0
    assert journal.open() == []
    assert [path.name for path in tmp_path.iterdir()] == ["aside"]


def test_a_report_without_an_entry_is_nothing_to_remember(tmp_path: Path) -> None:
    Journal(folder=tmp_path, env=env.quiet()).sent(a_result(a_command()))
    assert Journal(folder=tmp_path, env=env.quiet()).open() == []


def an_interrupt(below: int, session: str = SESSION) -> wire.InterruptMessage:
    return wire.InterruptMessage(
        session_id=session, below_seq=below, reason=InterruptReason.PRIORITY_OVERRIDE, timestamp="2026-01-01T00:00:00Z"
    )


@given(st.lists(st.integers(0, 20)), st.integers(0, 20))
def test_interrupts_in_any_order_stop_exactly_what_is_below_the_highest(levels: list[int], seq: int) -> None:
    marks = Watermarks()
    for level in levels:
        marks.raise_to(an_interrupt(level))
    assert (marks.over(SESSION, seq) is not None) == (seq < max(levels, default=0))
    assert marks.over("another", seq) is None


def test_an_interrupt_of_one_attempt_is_no_word_against_the_next() -> None:
    marks = Watermarks()
    marks.raise_to(an_interrupt(8).model_copy(update={"attempt": 1}))
    assert marks.over(SESSION, 7, 1) is not None
    assert marks.over(SESSION, 7, 2) is None
    assert marks.raise_to(an_interrupt(8))  # a stop for good is higher
    assert marks.over(SESSION, 7, 2) is not None
    assert not marks.raise_to(an_interrupt(8).model_copy(update={"attempt": 1}))


def a_record(**changes: object) -> Command:
    given: dict[str, object] = {
        "command_id": command_id(),
        "session_id": SESSION,
        "container_key": "a#b#c",
        "mail_id": "m",
        "seq": 1,
        "type": CommandType.EDIT,
        "instruction": "x",
        "context": wire.CommandContext(branch="thread-abc12345"),
        "origin": Origin(author="a@example.org", address="b@example.org"),
        "state": CommandState.RUNNING,
        "accepted_at": 0.0,
    }
    return Command.model_validate({**given, **changes})


STOP = Interruption(reason=InterruptReason.USER_CANCELLED, message="Stop.", interrupted_by="m2", requested_at=1.0)


@pytest.mark.parametrize(
    ("record", "upto", "reason"),
    [
        (None, 0, None),
        (a_record(), 1, None),
        (a_record(), 2, InterruptReason.PRIORITY_OVERRIDE),
        (a_record(state=CommandState.INTERRUPTING, interruption=STOP), 0, InterruptReason.USER_CANCELLED),
        (a_record(state=CommandState.FAILED), 0, InterruptReason.CUSTOM),
        (a_record(attempt=2), 0, InterruptReason.CUSTOM),
    ],
)
def test_the_records_say_whether_a_running_command_is_to_stop(
    record: Command | None, upto: int, reason: InterruptReason | None
) -> None:
    stop = claim.stopped_by_record(record, a_command(), upto)
    assert (stop[0] if stop is not None else None) is reason


@pytest.mark.parametrize(
    ("record", "heard", "reason", "by"),
    [
        (a_record(interruption=STOP), None, InterruptReason.USER_CANCELLED, "m2"),
        (a_record(), an_interrupt(2), InterruptReason.PRIORITY_OVERRIDE, None),
        (None, None, InterruptReason.PRIORITY_OVERRIDE, None),
    ],
)
def test_what_never_started_says_who_stopped_it(
    record: Command | None, heard: wire.InterruptMessage | None, reason: InterruptReason, by: str | None
) -> None:
    result = claim.never_started(a_command(), record, heard)
    assert (result.never_started, result.interrupt_reason, result.interrupted_by) == (True, reason, by)
    assert not result.retryable
