"""Where a new command stands: every row of the table."""

from __future__ import annotations

import pytest

from hermes.domain import wire
from hermes.domain.commands import Command, CommandState, Origin
from hermes.domain.decisions.acceptance import Place, place, policy_of
from hermes.domain.request import CommandType, Policy
from hermes.domain.sessions import Session

INTERRUPT, QUEUE, MERGE, REJECT = Policy.INTERRUPT, Policy.QUEUE, Policy.MERGE, Policy.REJECT
ACCEPTED, RUNNING, INTERRUPTING = CommandState.ACCEPTED, CommandState.RUNNING, CommandState.INTERRUPTING
TERMINAL = [state for state in CommandState if state.terminal]


def _session(*, seq: int = 4, upto: int = 2, head_order: float = 100.0) -> Session:
    return Session(
        session_id="acme-site-t",
        thread_id="t",
        client="acme",
        project="site",
        container_key="acme#site#anna",
        owner="anna@example.org",
        participants=("anna@example.org",),
        address="site@agent.example.com",
        branch="thread-t",
        head="head",
        head_order=head_order,
        seq=seq,
        interrupt_upto=upto,
        created_at=1.0,
        updated_at=1.0,
    )


def _head(state: CommandState) -> Command:
    return Command(
        command_id="head",
        session_id="acme-site-t",
        container_key="acme#site#anna",
        mail_id="m",
        seq=4,
        type=CommandType.EDIT,
        instruction="x",
        context=wire.CommandContext(branch="thread-t"),
        origin=Origin(author="anna@example.org", address="site@agent.example.com"),
        state=state,
        accepted_at=1.0,
    )


def test_the_first_command_of_a_session_runs() -> None:
    found = place(session=None, head=None, order=1.0, policy=INTERRUPT)

    assert (found.place, found.seq, found.interrupt_upto, found.becomes_head) == (Place.RUN, 1, 0, True)


@pytest.mark.parametrize("head", [None, *(_head(state) for state in TERMINAL)])
@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("order", [50.0, 150.0])
def test_nothing_is_in_the_way_of_a_command_after_an_ended_one(
    head: Command | None, policy: Policy, order: float
) -> None:
    found = place(session=_session(), head=head, order=order, policy=policy)

    assert (found.place, found.seq, found.interrupt_upto) == (Place.RUN, 5, 2)


@pytest.mark.parametrize(
    ("state", "policy", "order", "expected", "upto", "becomes_head"),
    [
        # A newer mail takes the place of what runs, or of what has not started.
        (RUNNING, INTERRUPT, 150.0, Place.SUPERSEDE, 5, True),
        (ACCEPTED, INTERRUPT, 150.0, Place.REPLACE, 5, True),
        # The same place in ingress order is no older one.
        (RUNNING, INTERRUPT, 100.0, Place.SUPERSEDE, 5, True),
        # What is being stopped already needs no second stop.
        (INTERRUPTING, INTERRUPT, 150.0, Place.WAIT, 5, True),
        # An older mail never supersedes a newer one.
        (RUNNING, INTERRUPT, 50.0, Place.LATE, 2, False),
        (ACCEPTED, INTERRUPT, 50.0, Place.LATE, 2, False),
        # Policies that stop nothing leave the watermark alone.
        (RUNNING, QUEUE, 150.0, Place.WAIT, 2, True),
        (ACCEPTED, QUEUE, 150.0, Place.WAIT, 2, True),
        (INTERRUPTING, QUEUE, 150.0, Place.WAIT, 2, True),
        (RUNNING, MERGE, 150.0, Place.WAIT, 2, True),
        (ACCEPTED, MERGE, 150.0, Place.WAIT, 2, True),
        (INTERRUPTING, MERGE, 150.0, Place.WAIT, 2, True),
    ],
)
def test_an_open_command_decides_with_policy_and_order(
    state: CommandState, policy: Policy, order: float, expected: Place, upto: int, becomes_head: bool
) -> None:
    found = place(session=_session(), head=_head(state), order=order, policy=policy)

    assert (found.place, found.seq, found.interrupt_upto, found.becomes_head) == (expected, 5, upto, becomes_head)


@pytest.mark.parametrize("state", [ACCEPTED, RUNNING, INTERRUPTING])
def test_a_rejected_command_takes_no_number_and_moves_nothing(state: CommandState) -> None:
    found = place(session=_session(), head=_head(state), order=150.0, policy=REJECT)

    assert (found.place, found.seq, found.interrupt_upto, found.becomes_head) == (Place.REJECT, 4, 2, False)


@pytest.mark.parametrize("state", [ACCEPTED, RUNNING])
@pytest.mark.parametrize("policy", list(Policy))
def test_the_watermark_never_passes_the_new_command(state: CommandState, policy: Policy) -> None:
    found = place(session=_session(), head=_head(state), order=150.0, policy=policy)

    assert found.interrupt_upto <= max(found.seq, 2)
    assert found.interrupt_upto >= 2


def test_the_policy_is_the_messages_then_the_sessions_then_the_projects() -> None:
    assert policy_of(message=QUEUE, session=REJECT, project=INTERRUPT) is QUEUE
    assert policy_of(message=None, session=REJECT, project=INTERRUPT) is REJECT
    assert policy_of(message=None, session=None, project=INTERRUPT) is INTERRUPT


def test_only_a_mail_that_was_sent_before_a_stop_never_starts_after_it() -> None:
    stopped = _session().model_copy(update={"stop_order": 120.0})
    for policy in Policy:
        assert place(session=stopped, head=None, order=110.0, policy=policy).place is Place.LATE
        assert place(session=stopped, head=None, order=120.0, policy=policy).place is Place.RUN
        assert place(session=stopped, head=None, order=130.0, policy=policy).place is Place.RUN


@pytest.mark.parametrize(
    ("policy", "state", "collecting", "merges"),
    [
        (MERGE, ACCEPTED, False, True),
        (MERGE, ACCEPTED, True, True),
        # Mails that come within seconds of each other are one request.
        (INTERRUPT, ACCEPTED, True, True),
        (INTERRUPT, ACCEPTED, False, False),
        (QUEUE, ACCEPTED, True, False),
        (QUEUE, ACCEPTED, False, False),
        (REJECT, ACCEPTED, True, False),
    ],
)
def test_what_can_be_one_run_joins_the_command_that_has_not_started(
    policy: Policy, state: CommandState, collecting: bool, merges: bool
) -> None:
    found = place(
        session=_session(), head=_head(state), order=150.0, policy=policy, mergeable=True, collecting=collecting
    )

    assert (found.place is Place.MERGE) is merges
    if merges:
        assert (found.seq, found.interrupt_upto, found.becomes_head) == (5, 2, True)
    apart = place(session=_session(), head=_head(state), order=150.0, policy=policy, collecting=collecting)
    assert apart.place is not Place.MERGE
