"""What stands over what in a container: facts in, decision out."""

from __future__ import annotations

import pytest

from hermes.domain.commands import Command, CommandState, Origin
from hermes.domain.decisions.acceptance import Place
from hermes.domain.decisions.conclusion import conclude
from hermes.domain.decisions.preemption import Level, Preemption, placed
from hermes.domain.decisions.unstarted import report, work
from hermes.domain.interrupts import Interruption, InterruptReason, Preempted
from hermes.domain.reply_facts import KeptWork
from hermes.domain.request import CommandType, Policy
from hermes.domain.wire import CommandContext, Previous, ResultMessage


def a_command(**changes: object) -> Command:
    given: dict[str, object] = {
        "command_id": "new",
        "session_id": "acme-site-b",
        "container_key": "acme#site#anna",
        "mail_id": "m",
        "seq": 1,
        "type": CommandType.EDIT,
        "instruction": "Fix the phone number",
        "context": CommandContext(branch="thread-b").encode(),
        "origin": Origin(author="anna@example.org", address="site@agent.example.com"),
        "accepted_at": 5.0,
        **changes,
    }
    return Command.model_validate(given)


STANDING = Preemption(container_key="acme#site#anna", order=10.0, by_session="acme-site-a", by_command="old", at=1.0)
NOTHING = Level(standing=None, holds=False, if_preempted=Preempted.DROP)
HELD = Level(standing=STANDING, holds=True, if_preempted=Preempted.REQUEUE)
DONE = Level(standing=STANDING, holds=False, if_preempted=Preempted.REQUEUE)


def _placed(
    level: Level, order: float, *, place: Place = Place.RUN, head: Command | None = None, **changes: object
) -> tuple[Command, Preemption | None]:
    return placed(a_command(**changes), level, head=head, place=place, order=order, expires_at=99)


def test_the_first_mail_of_a_container_stands_over_all_that_is_older() -> None:
    command, raised = _placed(NOTHING, 7.0)
    assert (command.rank, command.if_preempted) == (7.0, Preempted.DROP)
    assert raised is not None
    assert (raised.order, raised.by_session, raised.by_command) == (7.0, "acme-site-b", "new")
    assert raised.over(a_command(command_id="x", session_id="acme-site-c", rank=6.9))
    assert not raised.over(a_command(command_id="x", session_id="acme-site-c", rank=7.0))
    assert not raised.over(a_command(command_id="x", session_id="acme-site-b", rank=1.0))
    assert not raised.over(a_command(command_id="x", session_id="acme-site-c", rank=None))


@pytest.mark.parametrize("level", [HELD, DONE])
def test_a_newer_mail_raises_the_level_whatever_becomes_of_the_one_that_stands(level: Level) -> None:
    command, raised = _placed(level, 11.0)
    assert raised is not None
    assert (raised.order, command.rank) == (11.0, 11.0)
    assert not raised.over(command)


def test_an_older_mail_gives_way_while_the_newer_is_open_and_is_free_after() -> None:
    waits, raised = _placed(HELD, 9.0)
    assert raised is None
    assert STANDING.over(waits)
    free, raised = _placed(DONE, 9.0)
    assert raised is None
    assert not STANDING.over(free)


def test_two_mails_of_one_place_leave_each_other_alone() -> None:
    second, raised = _placed(HELD, 10.0)
    assert raised is not None
    assert not raised.over(a_command(command_id="old", session_id="acme-site-a", rank=10.0))
    assert not STANDING.over(second)


@pytest.mark.parametrize("place", [Place.LATE, Place.REJECT])
def test_what_never_begins_preempts_nothing(place: Place) -> None:
    assert _placed(HELD, 11.0, place=place)[1] is None


@pytest.mark.parametrize("policy", [Policy.QUEUE, Policy.MERGE, Policy.REJECT])
def test_only_what_interrupts_preempts(policy: Policy) -> None:
    command, raised = _placed(HELD, 11.0, policy=policy)
    assert (raised, command.rank) == (None, 11.0)


def test_a_mail_that_joins_the_one_at_the_level_takes_its_place_there() -> None:
    head = a_command(command_id="old", session_id="acme-site-a", rank=10.0)
    joined = {"place": Place.MERGE, "policy": Policy.MERGE, "session_id": "acme-site-a"}
    raised = _placed(HELD, 11.0, head=head, **joined)[1]  # type: ignore[arg-type]
    assert raised is not None
    assert raised.by_command == "new"
    assert _placed(HELD, 11.0, head=head.model_copy(update={"command_id": "other"}), **joined)[1] is None  # type: ignore[arg-type]


# ── what becomes of it ─────────────────────────────────────────────────────────────────────────────────────────────

GAVE_WAY = Interruption(reason=InterruptReason.PRIORITY_OVERRIDE, requested_at=1.0, preempted=True)


def a_stop(**changes: object) -> ResultMessage:
    given = {"command_id": "new", "attempt": 1, "success": False, "interrupted": True, **changes}
    return ResultMessage.model_validate({"interrupt_reason": "priority_override", **given})


@pytest.mark.parametrize("state", [CommandState.RUNNING, CommandState.INTERRUPTING])
def test_what_gave_way_runs_again_as_long_as_it_has_attempts(state: CommandState) -> None:
    command = a_command(state=state, rank=1.0, attempts=2)
    assert conclude(command, a_stop(), preempted=True).rerun
    assert (
        conclude(command.model_copy(update={"attempt": 2}), a_stop(), preempted=True).state is CommandState.INTERRUPTED
    )


def test_what_is_to_be_dropped_ends() -> None:
    command = a_command(state=CommandState.INTERRUPTING, if_preempted=Preempted.DROP, interruption=GAVE_WAY)
    assert conclude(command, a_stop(), preempted=True).state is CommandState.INTERRUPTED


def test_a_shutdown_meanwhile_is_no_end_of_what_gives_way() -> None:
    command = a_command(state=CommandState.INTERRUPTING, interruption=GAVE_WAY)
    assert conclude(command, a_stop(retryable=True, interrupt_reason="system_shutdown"), preempted=True).rerun


def test_what_was_done_or_out_of_time_before_it_gave_way_is_that() -> None:
    command = a_command(state=CommandState.INTERRUPTING, interruption=GAVE_WAY)
    done = a_stop(success=True, interrupted=False, interrupt_reason=None)
    assert conclude(command, done, preempted=True).state is CommandState.SUCCEEDED
    late = a_stop(timed_out=True, interrupt_reason="timeout")
    assert conclude(command, late, preempted=True).state is CommandState.TIMED_OUT


# ── the end before an attempt began ────────────────────────────────────────────────────────────────────────────────


def test_the_end_of_a_first_attempt_that_never_began_has_no_work() -> None:
    assert report(a_command(), InterruptReason.USER_CANCELLED, None).never_started
    assert work(a_command()).never_started


def test_the_end_of_a_later_one_says_where_the_earlier_work_is() -> None:
    previous = Previous(command_id="new", commit="a" * 40, branch="thread-b")
    command = a_command(attempt=2, context=CommandContext(branch="thread-b", previous=previous).encode())
    told = report(command, InterruptReason.USER_CANCELLED, None)
    assert (told.never_started, told.git_commit, told.branch, told.pushed) == (False, "a" * 40, "thread-b", True)
    assert work(command) == KeptWork(commit="a" * 10, branch="thread-b")


@pytest.mark.parametrize(
    ("level", "state", "waits"),
    [
        (HELD, CommandState.ACCEPTED, True),
        (HELD, CommandState.RUNNING, False),
        (DONE, CommandState.ACCEPTED, False),
        (Level(standing=None, holds=True, if_preempted=Preempted.DROP), CommandState.ACCEPTED, False),
    ],
)
def test_what_has_not_begun_waits_for_the_one_that_is_open(level: Level, state: CommandState, waits: bool) -> None:
    older = a_command(rank=9.0, state=state)
    assert level.over(older) is waits
    assert not level.over(older.model_copy(update={"rank": 11.0}))
