"""What a reply hears of the limits of the mail provider."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.config import loading as config
from hermes.domain.decisions.sending_allowance import Full, Window, windows
from hermes.gateway.replies.sending_allowance import SendingAllowance
from hermes.mail.write.rate_limit import Action
from tests.env import quiet

NOW = 1000.0


class Counts:
    """The row of the count, which is full or not."""

    def __init__(self, full: Full | None = None) -> None:
        self.full = full
        self.asked: list[tuple[str, float]] = []

    async def take(self, account: str, limits: tuple[Window, ...], *, now: float) -> Full | None:
        assert limits
        self.asked.append((account, now))
        return self.full


def allowance(counts: Any, *, per_minute: int | None = 5, jitter: float = 0.0) -> SendingAllowance:
    settings = config.Smtp(host="mail.example", port=587, username="hermes", password="x", per_minute=per_minute)
    return SendingAllowance(counts=counts, settings=settings, env=quiet(now=lambda: NOW, jitter=lambda: jitter))


async def test_without_a_limit_nothing_is_counted() -> None:
    counts = Counts()

    assert (await allowance(counts, per_minute=None).take()).action is Action.SEND
    assert counts.asked == []


async def test_a_reply_that_has_room_is_counted_under_the_account() -> None:
    counts = Counts()

    assert (await allowance(counts).take()).action is Action.SEND
    assert counts.asked == [("hermes@mail.example:587", NOW)]


@pytest.mark.parametrize(
    ("until", "jitter", "held"), [(1030.0, 0.0, 1031.0), (900.0, 0.0, 1001.0), (1030.0, 0.5, 1032.0)]
)
async def test_a_reply_without_room_waits_for_the_next_slot_and_not_for_the_same_moment_as_others(
    until: float, jitter: float, held: float
) -> None:
    (minute,) = windows(per_minute=5, per_day=None)

    said = await allowance(Counts(Full(until, minute)), jitter=jitter).take()

    assert (said.action, said.until) == (Action.HOLD, held)
    assert said.reason == "5 replies in a minute, as mail.smtp.per_minute allows"
