from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import limits
from hermes.domain import lifecycle, wire
from hermes.domain.commands import OPEN_STATES, Command, CommandState, Origin
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.request import CommandType

TIMING = lifecycle.Timing(accepted=10, running=20, interrupt=30)
WHY = Interruption(reason=InterruptReason.USER_CANCELLED, requested_at=5.0)
CONTEXT = wire.CommandContext(branch="thread-abc12345")
REPORT = wire.ResultMessage(command_id="c1", attempt=1, success=True)


def command(**facts: object) -> Command:
    given: dict[str, object] = {
        "command_id": "c1",
        "session_id": "acme-site-t1",
        "container_key": "acme#site#anna",
        "mail_id": "m1",
        "seq": 1,
        "type": CommandType.EDIT,
        "instruction": "Do it",
        "context": wire.CommandContext(branch="thread-abc12345"),
        "origin": Origin(author="anna@acme.example", address="site@agent.example.com"),
        "accepted_at": 0.0,
        "due": 1.0,
        "due_shard": "0",
        **facts,
    }
    return Command.model_validate(given)


def claimed(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.claim(seen, gen=1, token="t", now=now, timing=TIMING)


def interrupted(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.interrupt(seen, WHY, now=now, timing=TIMING, frees=True)


def withdrawn(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.withdraw(seen, WHY, now=now)


def rerun(seen: Command, now: float, *, yielded: bool = False) -> lifecycle.Transition:
    return lifecycle.rerun(
        seen,
        context=wire.CommandContext(branch="thread-abc12345"),
        what="cut short",
        detail="",
        yielded=yielded,
        token="t",
        now=now,
        timing=TIMING,
    )


def released(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.release(seen, rank=4.0, now=now, timing=TIMING)


def asked(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.ask(seen, WHY, now=now)


def resumed(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.resume(seen, now=now)


def concluded(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.conclude(seen, CommandState.FAILED, result=REPORT, error="no", attempt=seen.attempt, now=now)


def postponed(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.postpone(seen, until=now + 7, token="t")


def freed(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.free(seen)


def acknowledged(seen: Command, now: float) -> lifecycle.Transition:
    return lifecycle.acknowledge(seen)


#: They leave no entry in the history.
_SILENT = (lifecycle.Step.POSTPONE, lifecycle.Step.FREE, lifecycle.Step.ACKNOWLEDGE)
#: Every step but the first.
TAKEN: dict[lifecycle.Step, Callable[[Command, float], lifecycle.Transition]] = {
    lifecycle.Step.CLAIM: claimed,
    lifecycle.Step.INTERRUPT: interrupted,
    lifecycle.Step.WITHDRAW: withdrawn,
    lifecycle.Step.RERUN: rerun,
    lifecycle.Step.RELEASE: released,
    lifecycle.Step.ASK: asked,
    lifecycle.Step.RESUME: resumed,
    lifecycle.Step.CONCLUDE: concluded,
    lifecycle.Step.POSTPONE: postponed,
    lifecycle.Step.FREE: freed,
    lifecycle.Step.ACKNOWLEDGE: acknowledged,
}


def drawn() -> list[list[str]]:
    """The rows of the table as the code has them; states in the order of their enum."""

    def states(chosen: frozenset[CommandState], nothing: str) -> str:
        return ", ".join(state.value for state in CommandState if state in chosen) or nothing

    return [
        [step.value, states(rule.sources, "-"), states(rule.targets, "the same"), rule.due.value]
        for step, rule in lifecycle.RULES.items()
    ]


def test_the_table_in_the_docstring_is_the_one_of_the_code() -> None:
    text = (lifecycle.__doc__ or "").split("\n\n")[2]
    rows = [re.split(r"\s{2,}", line.strip()) for line in text.split("\n")]

    assert rows[0] == ["step", "from", "to", "due"]
    assert rows[1:] == drawn()


def test_every_step_has_a_rule_and_a_test() -> None:
    assert set(lifecycle.RULES) == set(lifecycle.Step) == {*TAKEN, lifecycle.Step.ACCEPT}


@pytest.mark.parametrize("step", TAKEN)
@pytest.mark.parametrize("state", CommandState)
def test_a_step_leads_only_from_its_states(step: lifecycle.Step, state: CommandState) -> None:
    seen, rule = command(state=state), lifecycle.RULES[step]

    if state not in rule.sources:
        with pytest.raises(lifecycle.Impossible, match=step.value):
            TAKEN[step](seen, 100.0)
        return
    after = TAKEN[step](seen, 100.0).after
    assert after.state in (rule.targets or {state})


def test_no_open_command_is_accepted_as_another_state() -> None:
    with pytest.raises(lifecycle.Impossible):
        lifecycle.accept(command(state=CommandState.RUNNING), now=1.0, timing=TIMING)
    late = lifecycle.accept(command(state=CommandState.INTERRUPTED), now=1.0, timing=TIMING)
    assert (late.due, late.due_shard) == (None, None)


@pytest.mark.parametrize(
    ("step", "state", "due"),
    [
        (claimed, CommandState.ACCEPTED, 120.0),
        (interrupted, CommandState.RUNNING, 130.0),
        (rerun, CommandState.RUNNING, 110.0),
        (released, CommandState.ACCEPTED, 110.0),
        (asked, CommandState.ACCEPTED, 100.0),
        (resumed, CommandState.ACCEPTED, 100.0),
        (postponed, CommandState.RUNNING, 107.0),
        (concluded, CommandState.RUNNING, None),
        (withdrawn, CommandState.ACCEPTED, None),
    ],
)
def test_each_step_is_due_after_its_own_interval(
    step: Callable[[Command, float], lifecycle.Transition], state: CommandState, due: float | None
) -> None:
    assert step(command(state=state), 100.0).after.due == due


def test_an_attempt_that_gave_way_is_counted_among_the_preempted() -> None:
    running = command(state=CommandState.RUNNING, preempted=1)
    assert rerun(running, 1.0, yielded=True).after.preempted == 2
    assert rerun(running, 1.0).after.preempted == 1
    assert rerun(running, 1.0).after.attempt == running.attempt + 1


def test_a_freed_command_gives_its_seats_away_only_if_it_has_any() -> None:
    running = command(state=CommandState.RUNNING)
    assert "counted" not in interrupted(running, 1.0).changes
    assert interrupted(running.model_copy(update={"counted": ("row",)}), 1.0).after.counted is None
    kept = lifecycle.interrupt(running.model_copy(update={"counted": ("row",)}), WHY, now=1.0, timing=TIMING)
    assert kept.after.counted == ("row",)


def test_an_end_holds_for_its_attempt_and_older_ones() -> None:
    assert concluded(command(state=CommandState.RUNNING, attempt=2), 1.0).newest_attempt == 2
    assert claimed(command(), 1.0).newest_attempt is None


@given(st.lists(st.sampled_from(list(TAKEN)), max_size=12))
def test_every_walk_through_the_table_leaves_a_record_that_can_be_told(steps: list[lifecycle.Step]) -> None:
    seen, now = lifecycle.accept(command(), now=0.0, timing=TIMING), 0.0
    for step in steps:
        now += 1.0
        if seen.state not in lifecycle.RULES[step].sources:
            continue
        transition = TAKEN[step](seen, now)
        seen = transition.after
        assert (seen.due is None) == seen.state.terminal
        assert (seen.due_shard is None) == seen.state.terminal
        assert seen.finished_at is not None or not seen.state.terminal
        assert seen.claimed_gen is None or seen.state is not CommandState.ACCEPTED
        assert transition.step in _SILENT or seen.history[-1].at == now
    assert seen.state in OPEN_STATES or seen.result is not None or seen.interruption is not None


@pytest.mark.parametrize(
    ("token", "orphaned_at", "changes"),
    [
        (None, None, {"due": 9.0}),
        ("t", None, {"due": 9.0, "timer_token": "t"}),
        (None, 4.0, {"due": 9.0, "orphaned_at": 4.0}),
        ("t", 4.0, {"due": 9.0, "timer_token": "t", "orphaned_at": 4.0}),
    ],
)
def test_a_timer_moves_alone_and_says_who_took_it(
    token: str | None, orphaned_at: float | None, changes: dict[str, object]
) -> None:
    moved = lifecycle.postpone(command(), until=9.0, token=token, orphaned_at=orphaned_at)

    assert moved.changes == changes
    assert moved.timer is (token is not None)


def test_an_ended_command_is_kept_for_its_time_and_no_longer_due() -> None:
    ended = concluded(command(), 1000.0)
    assert ended.changes["finished_at"] == 1000.0
    assert ended.changes["expires_at"] == int(1000.0 + limits.KEEP_SECONDS)
    assert ended.changes["due"] is None
    assert ended.changes["due_shard"] is None


def test_a_command_that_owes_an_acknowledgement_is_looked_at_when_it_is_due() -> None:
    timing = lifecycle.Timing(accepted=10.0, running=20.0, acknowledge=15.0)
    first = lifecycle.accept(command(), now=100.0, timing=timing)
    assert (first.due, first.acknowledge_at) == (110.0, 115.0)
    assert lifecycle.accept(command(), now=100.0, timing=lifecycle.Timing(accepted=10.0, acknowledge=3.0)).due == 103.0
    assert lifecycle.accept(command(), now=100.0, timing=TIMING).acknowledge_at is None
    assert lifecycle.accept(command(state=CommandState.INTERRUPTED), now=1.0, timing=timing).acknowledge_at is None

    # The worker that claims it knows nothing of the gateway's timing: the record does.
    assert claimed(first, 102.0).after.due == 115.0
    assert claimed(first, 116.0).after.due == 116.0 + TIMING.running
    told = lifecycle.acknowledge(first).after
    assert claimed(told, 102.0).after.due == 102.0 + TIMING.running
