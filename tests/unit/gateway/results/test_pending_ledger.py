"""Pending results: who has to be told, what has been silent, and what is looked up; complete, however much of it there is."""

from __future__ import annotations

from hermes.aws.records.replicas import Heartbeat
from hermes.gateway.results import pending_ledger
from hermes.gateway.results.pending_ledger import PendingLedger
from tests import env


class Ticks:
    """A steady clock that the test moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def pending(clock: Ticks, *keys: str, each: int = 1, sent_here: bool = True) -> PendingLedger:
    ledger = PendingLedger(env=env.quiet(clock=clock))
    for number in range(each):
        for key in keys:
            ledger.add(key, f"{key}-{number}", sent_here=sent_here)
    return ledger


def test_of_every_container_one_command_is_told_before_a_second_of_any() -> None:
    ledger = pending(Ticks(), *(f"k{n}" for n in range(60)), each=3)

    told = ledger.untold(lambda key: "other", "me")

    assert len(told) == pending_ledger.TOLD
    assert {key for key, _ in told[:60]} == {f"k{n}" for n in range(60)}


def test_nothing_is_told_of_what_is_ours_to_poll_for_or_known_to_others_anyway() -> None:
    ledger = pending(Ticks(), "mine", "theirs")
    ledger.add("seen", "c", sent_here=False)

    assert ledger.untold(lambda key: "me" if key == "mine" else "other", "me") == [("theirs", "theirs-0")]


def test_a_command_is_let_go_at_the_second_beat_of_its_holder_after_it_was_told_and_never_earlier() -> None:
    ledger = pending(Ticks(), "k")
    said = [("k", "k-0")]

    kept = []
    for count in (7, 7, 8, 9):
        ledger.told(said, lambda key: "other", {"other": Heartbeat(count, 1)})
        kept.append("k" in ledger)

    assert kept == [True, True, True, False]


def test_another_holder_is_told_from_the_beginning() -> None:
    ledger = pending(Ticks(), "k")
    ledger.told([("k", "k-0")], lambda key: "first", {"first": Heartbeat(7, 1)})

    ledger.told([("k", "k-0")], lambda key: "second", {"first": Heartbeat(9, 1), "second": Heartbeat(90, 1)})

    assert "k" in ledger


def test_turns_that_change_leave_what_others_look_up_by_themselves() -> None:
    ledger = pending(Ticks(), "looked-up", sent_here=False)
    ledger.add("sent", "c", sent_here=True)

    ledger.drop_others(lambda key: False)

    assert list(ledger) == ["sent"]


def test_what_was_heard_of_lately_is_not_doubted_and_the_longest_silent_comes_first() -> None:
    clock = Ticks()
    ledger = pending(clock, "k", each=3)
    clock.time = pending_ledger.DOUBT_SECONDS
    ledger.add("k", "k-0", sent_here=True)

    assert ledger.silent(2) == [("k", "k-1"), ("k", "k-2")]
    assert ledger.silent(1) == [("k", "k-1")]
