"""What a word about going live leads to: whose yes it takes, and what it is worth."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hermes.domain import wire
from hermes.domain.commands import Command, CommandState, Origin
from hermes.domain.decisions import going_live
from hermes.domain.decisions.going_live import ANOTHER, LiveFacts, LiveStep, Word
from hermes.domain.publishing import approvals
from hermes.domain.publishing.approvals import SHARD, Approval, ApprovalState, Consent
from hermes.domain.request import CommandType

OURS = "thread-x"
ORIGIN = Origin(author="anna@example.org", address="site@example.org")


def command(number: int, kind: CommandType = CommandType.EDIT, **facts: Any) -> Command:
    """One that ended; `commit=None`: without a commit."""
    state = facts.pop("state", CommandState.SUCCEEDED)
    commit = facts.pop("commit", f"c{number}")
    plan = facts.pop("plan", None)
    given = {"success": True, "pushed": True, "branch": OURS if plan is None else "main", **facts}
    result = wire.ResultMessage(command_id=f"k{number}", attempt=1, git_commit=commit, live_base="base", **given)
    return Command(
        command_id=f"k{number}",
        session_id="s",
        container_key="a#b#c",
        mail_id="m",
        seq=number,
        type=kind,
        instruction="x",
        context=wire.CommandContext(branch=OURS, publishing=plan),
        origin=ORIGIN,
        state=state,
        accepted_at=1.0,
        result=None if facts.get("no_result") else result,
    )


def published(number: int, of: str, approved: str, *, back: bool = False, **facts: Any) -> Command:
    plan = wire.Publishing(approval_id="a", commit=approved, of_command=of, takes_back=back)
    return command(number, CommandType.PUBLISH, plan=plan, **facts)


def approval(**facts: Any) -> Approval:
    given: dict[str, Any] = {
        "approval_id": "a", "session_id": "s", "project": "a/b", "commit": "c1", "command_id": "k1", "requested": ORIGIN,
        "person": "anna", "created_at": 1.0, "ends_at": 100.0, "token": "t",
    }  # fmt: skip
    return Approval(**given | facts)


EDIT = command(1)
FACTS = LiveFacts(
    word=Word.PUBLISH,
    approver=True,
    person="bob",
    needs=1,
    open=False,
    asked=False,
    version=going_live.newest([EDIT]),
    approval=None,
    seen=None,
    now=10.0,
)


def decide(**facts: Any) -> LiveStep:
    return going_live.decide(dataclasses.replace(FACTS, **facts))


# ── the newest version ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_newest_commit_of_a_thread_is_its_version() -> None:
    found = going_live.newest([command(3, CommandType.ASK, commit=None), command(2), EDIT])
    assert found is not None
    assert (found.commit, found.base, found.done, found.live) == ("c2", "base", True, False)
    assert going_live.newest([]) is None
    assert going_live.newest([command(1, CommandType.PREVIEW)]) is None


@pytest.mark.parametrize(
    "facts",
    [
        {"state": CommandState.FAILED},
        {"pushed": False},
        {"branch": "hermes/side/x"},
        {"failed_checks": ({"name": "x"},)},
    ],
)
def test_work_that_is_not_done_is_no_version_to_publish(facts: dict[str, Any]) -> None:
    found = going_live.newest([command(2, **facts), EDIT])
    assert found is not None
    assert (found.commit, found.done) == ("c2", False)


def test_work_that_goes_on_beside_the_threads_branch_is_a_version() -> None:
    found = going_live.newest([command(2, branch=f"{OURS}-2"), EDIT])
    assert found is not None
    assert (found.commit, found.done) == ("c2", True)


def test_a_project_may_publish_what_does_not_pass() -> None:
    found = going_live.newest([command(2, failed_checks=({"name": "x"},))], allow_failing=True)
    assert found is not None
    assert found.done


def test_what_was_published_is_live_until_it_is_taken_back() -> None:
    live = going_live.newest([published(2, "k1", "c1"), EDIT])
    gone = going_live.newest([published(3, "k2", "c2", back=True), published(2, "k1", "c1"), EDIT])
    failed = going_live.newest([published(2, "k1", "c1", pushed=False, commit=None), EDIT])
    assert [(one.live, one.taken_back) for one in (live, gone, failed) if one] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert decide(version=live) is LiveStep.LIVE
    assert decide(version=gone) is LiveStep.NOTHING


def test_an_undo_takes_back_what_is_live_only_where_nothing_newer_is_there() -> None:
    first = published(2, "k1", "c1")
    assert going_live.to_take_back([first, EDIT]) is first
    assert going_live.to_take_back([command(3), first, EDIT]) is None
    assert going_live.to_take_back([command(4, CommandType.UNDO), command(3), first, EDIT]) is first
    assert going_live.to_take_back([command(4, CommandType.UNDO), first, EDIT]) is None
    assert going_live.to_take_back([published(3, "k2", "c2", back=True), first, EDIT]) is None
    older = published(0, "k", "c")
    assert going_live.to_take_back([published(3, "k2", "c2", back=True), first, EDIT, older]) is older
    assert going_live.to_take_back([command(5, CommandType.ASK, commit=None), command(6, CommandType.PUSH)]) is None


# ── whose yes ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_how_many_have_to_say_yes() -> None:
    assert going_live.enough(1, ["bob"], "anna")
    assert not going_live.enough(2, ["bob", "bob"], "anna")
    assert going_live.enough(ANOTHER, ["anna", "bob"], "anna")
    assert not going_live.enough(ANOTHER, ["anna"], "anna")


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({}, LiveStep.PUBLISH),
        ({"approver": False}, LiveStep.REQUEST),
        ({"needs": 2}, LiveStep.REQUEST),
        ({"seen": "c0"}, LiveStep.REPLACED),
        ({"seen": "c0", "approver": False}, LiveStep.REQUEST),
        ({"version": None}, LiveStep.NOTHING),
        ({"open": True}, LiveStep.UNFINISHED),
        ({"version": going_live.newest([command(2, pushed=False)])}, LiveStep.UNFINISHED),
        ({"word": Word.AGREE}, LiveStep.NONE),
        ({"word": Word.AGREE, "seen": "c1"}, LiveStep.PUBLISH),
        ({"word": Word.AGREE, "asked": True}, LiveStep.NONE),
        ({"word": Word.ASSENT}, LiveStep.NONE),
        ({"word": Word.DECLINE}, LiveStep.NONE),
        ({"word": Word.UNDO}, LiveStep.NONE),
        ({"word": Word.UNDO, "taking_back": EDIT}, LiveStep.PUBLISH),
        ({"word": Word.UNDO, "taking_back": EDIT, "approver": False}, LiveStep.REQUEST),
        ({"word": Word.UNDO, "taking_back": EDIT, "open": True}, LiveStep.NONE),
    ],
)
def test_a_word_where_nothing_waits(facts: dict[str, Any], step: LiveStep) -> None:
    assert decide(**facts) is step


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({}, LiveStep.PUBLISH),
        ({"word": Word.ASSENT}, LiveStep.PUBLISH),
        ({"word": Word.ASSENT, "approver": False}, LiveStep.NONE),
        ({"approver": False}, LiveStep.WAITS),
        ({"needs": 2}, LiveStep.NOTED),
        ({"word": Word.DECLINE}, LiveStep.DECLINE),
        ({"word": Word.DECLINE, "approver": False}, LiveStep.NONE),
        ({"seen": "c0"}, LiveStep.REPLACED),
        ({"seen": "c1", "seen_approval": "a"}, LiveStep.PUBLISH),
        ({"seen": "c0", "seen_approval": "older"}, LiveStep.REPLACED),
        ({"now": 100.0, "seen_approval": "a"}, LiveStep.ENDED),
        ({"stop_order": 5.0, "seen_approval": "a"}, LiveStep.REPLACED),
        ({"version": going_live.newest([command(2)]), "seen_approval": "a"}, LiveStep.REPLACED),
        ({"version": going_live.newest([command(2)])}, LiveStep.REPLACED),
        ({"version": going_live.newest([command(2)]), "word": Word.ASSENT}, LiveStep.REPLACED),
        ({"version": going_live.newest([command(2)]), "word": Word.PUBLISH}, LiveStep.REPLACED),
        ({"version": going_live.newest([command(2)]), "word": Word.PUBLISH, "seen": "c2"}, LiveStep.PUBLISH),
        ({"version": going_live.newest([command(2)]), "word": Word.PUBLISH, "approver": False}, LiveStep.REQUEST),
        ({"version": None}, LiveStep.NOTHING),
        ({"word": Word.UNDO, "taking_back": EDIT}, LiveStep.PUBLISH),
    ],
)
def test_a_word_where_a_yes_is_waited_for(facts: dict[str, Any], step: LiveStep) -> None:
    assert decide(approval=approval(), **facts) is step


def test_a_yes_counts_once_and_only_while_its_author_may_say_it() -> None:
    said = Consent(person="eve", address="eve@x", mail_id="m", at=1.0)
    waiting = approvals.agreed(approval(), said, token="u")
    assert approvals.agreed(waiting, said, token="v").consents == (said,)
    assert decide(approval=waiting, needs=2, approvers=("eve",)) is LiveStep.PUBLISH
    assert decide(approval=waiting, needs=2) is LiveStep.NOTED


@pytest.mark.parametrize(
    ("last", "step"),
    [
        (approvals.approved(approval(), "k9", token="u", now=5.0), LiveStep.LIVE),
        (approvals.declined(approval(), "bob", "no", token="u", now=5.0), LiveStep.REPLACED),
        (approvals.replaced(approval(), token="u", now=5.0), LiveStep.REPLACED),
    ],
)
def test_an_answer_to_what_is_over_is_answered_in_words(last: Approval, step: LiveStep) -> None:
    assert decide(approval=last, seen_approval="a", word=Word.AGREE) is step
    assert decide(approval=last, seen_approval="a", word=Word.DECLINE) is LiveStep.REPLACED
    assert decide(approval=None, seen_approval="a", word=Word.AGREE) is LiveStep.REPLACED


def test_a_yes_to_taking_back_is_for_what_is_live_now() -> None:
    back = approval(takes_back=True, commit="c2")
    live = published(2, "k1", "c1")
    known = {"approval": back, "taking_back": live, "version": going_live.newest([live, EDIT])}
    assert decide(word=Word.AGREE, **known) is LiveStep.PUBLISH
    assert decide(word=Word.UNDO, **known) is LiveStep.PUBLISH
    assert decide(word=Word.PUBLISH, **known) is LiveStep.LIVE
    assert decide(word=Word.PUBLISH, seen_approval="a", **known) is LiveStep.PUBLISH
    assert decide(word=Word.AGREE, **known | {"taking_back": None}) is LiveStep.NONE


# ── the record ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_step_of_an_approval_is_a_new_version_with_its_timer() -> None:
    new = approvals.asked(approval(), remind_at=50.0)
    assert (new.due, new.due_shard, new.version, new.waits) == (50.0, SHARD, 1, True)
    assert approvals.asked(approval(), remind_at=500.0).due == new.ends_at
    again = approvals.reminded(new, token="u", now=51.0)
    assert (again.due, again.reminded_at, again.version, again.token) == (100.0, 51.0, 2, "u")
    over = approvals.ended(again, token="v", now=101.0)
    assert (over.state, over.due, over.due_shard, over.waits) == (ApprovalState.ENDED, None, None, False)
    said = approvals.declined(again, "bob", "n" * 3000, token="v", now=60.0)
    assert (said.decided_by, len(said.words)) == ("bob", approvals.WORDS_CHARS)
