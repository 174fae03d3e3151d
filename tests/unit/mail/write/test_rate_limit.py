"""The rate limit of replies: people get their answers, machines that answer each other fall silent."""

from __future__ import annotations

import dataclasses

import pytest

from hermes import limits
from hermes.mail.write import rate_limit
from hermes.mail.write.rate_limit import Action, Sending

_NOW = 1_790_000_000.0
_SENDING = Sending(now=_NOW, recipient="anna@example.org")


def _decide(**facts: object) -> rate_limit.Decision:
    return rate_limit.decide(dataclasses.replace(_SENDING, **facts))  # type: ignore[arg-type]


def _times(count: int, every: float = 1.0) -> tuple[float, ...]:
    return tuple(_NOW - number * every for number in range(1, count + 1))


def test_a_reply_goes_out() -> None:
    assert _decide() == rate_limit.Decision(action=Action.SEND)
    assert _decide(to_recipient=_times(9), in_thread=_times(9)).action is Action.SEND


@pytest.mark.parametrize("where", ["to_recipient", "in_thread"])
def test_the_eleventh_in_ten_minutes_is_held_until_there_is_room(where: str) -> None:
    times = _times(10)
    found = _decide(**{where: times})
    assert found.action is Action.HOLD
    assert found.until == min(times) + 600
    assert _decide(**{where: times, "now": found.until}).action is Action.SEND
    assert _decide(**{where: tuple(reversed(times))}) == found


def test_the_eleventh_small_correction_in_ten_minutes_is_answered() -> None:
    assert _decide(result=True, to_recipient=_times(39), in_thread=_times(39)).action is Action.SEND
    held = _decide(result=True, in_thread=_times(40))
    assert (held.action, held.until) == (Action.HOLD, _NOW - 40 + 600)
    assert _decide(result=True, to_recipient=_times(120, every=20)).action is Action.HOLD


def test_slow_exchanges_meet_the_higher_rungs() -> None:
    assert _decide(in_thread=_times(29, every=100)).action is Action.SEND
    assert _decide(in_thread=_times(30, every=100)).action is Action.HOLD
    assert _decide(to_recipient=_times(99, every=330)).action is Action.SEND
    assert _decide(to_recipient=_times(100, every=330)).action is Action.HOLD


def test_a_rejection_is_never_held_and_comes_once_a_day() -> None:
    assert _decide(rejection=True).action is Action.SEND
    assert _decide(rejection=True, to_recipient=_times(10)).action is Action.DROP
    assert _decide(rejection=True, same_rejections=[_NOW - limits.REJECTION_SECONDS + 1]).action is Action.DROP
    assert _decide(rejection=True, same_rejections=[_NOW - limits.REJECTION_SECONDS]).action is Action.SEND
    assert _decide(same_rejections=[_NOW - 1]).action is Action.SEND


def test_a_bounce_is_never_answered() -> None:
    assert _decide(answers_null_sender=True).action is Action.DROP


@pytest.mark.parametrize(
    "recipient",
    [
        "MAILER-DAEMON@x.example",
        "postmaster@x",
        "no-reply@x",
        "noreply+tag@x",
        "do_not_reply@x",
        "No.Reply.Shop@x",
        "team-noreply@x",
        "list-bounces@x",
        "nobody@x",
        "@x",
        "",
    ],
)
def test_nobody_writes_to_machines(recipient: str) -> None:
    assert rate_limit.is_machine(recipient)
    assert _decide(recipient=recipient).action is Action.DROP


@pytest.mark.parametrize(
    "recipient", ["anna@x", "noriko.reply@x", "daemonika@x", "root.beer@x", "bouncer@x", "postmasters-friend@x"]
)
def test_people_with_odd_names_are_people(recipient: str) -> None:
    assert not rate_limit.is_machine(recipient)


def test_two_machines_that_answer_each_other_slow_to_a_crawl() -> None:
    sent: list[float] = []
    for step in range(5000):
        now = _NOW + step * 20
        facts = Sending(now=now, recipient="bot@example.org", in_thread=sent, to_recipient=sent)
        if rate_limit.decide(facts).action is Action.SEND:
            sent.append(now)
    assert len(sent) <= 300
