"""A gateway that is started again and again: the logins of an hour are counted over all its lives, and over all gateways of one mailbox."""

from __future__ import annotations

import pytest

from hermes.domain.decisions.logins import LOGINS_MOST, rests_until
from tests.eventually import eventually
from tests.unit.ingress.imap.reading import PATIENT, Clock, Rows, mail, reading
from tests.unit.ingress.imap.scripted_imap import Fault, Mail, On, ScriptedImap, bye, cut, no

REFUSALS: dict[str, Fault] = {
    "a wrong password": no("[AUTHENTICATIONFAILED] Invalid credentials"),
    "too many connections": no("[LIMIT] Too many simultaneous connections"),
    "a farewell": bye("Too many invalid attempts"),
    "a cut": cut(),
}


@pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS)
async def test_a_gateway_that_dies_after_each_refused_login_sends_no_more_of_them_than_one_that_lives(
    fault: Fault,
) -> None:
    rows, server = Rows(), ScriptedImap({7: Mail(mail())}, [On("LOGIN", fault, times=None)], idle=False)
    clock = Clock(seconds=0.0)
    for _ in range(3 * LOGINS_MOST):
        async with reading(server, clock=clock, rows=rows, times=PATIENT) as found:
            await eventually(lambda: found.said("imap.refused") or found.said("imap.deferred"))
        clock.passed += 20.0

    assert len(server.logins) == LOGINS_MOST
    assert "the next one is sent in" in found.ingress.state.detail
    assert not found.ingress.state.ok

    clock.passed += 3600.0
    server.script.clear()
    async with reading(server, clock=clock, rows=rows, times=PATIENT) as found:
        await eventually(lambda: server.seen == [7])
        assert found.stored == [mail()]


async def test_logins_that_open_the_mailbox_are_not_counted_however_often_the_gateway_is_started() -> None:
    rows, server = Rows(), ScriptedImap({}, idle=False)
    clock = Clock(seconds=0.0)
    for number in range(LOGINS_MOST + 3):
        server.mails[number] = Mail(mail(number))
        async with reading(server, clock=clock, rows=rows, times=PATIENT):
            await eventually(lambda: not server.unseen)
        clock.passed += 5.0

    assert len(server.logins) == LOGINS_MOST + 3
    assert all(not row.fruitless for row in rows.rows.values())


def test_logins_that_lie_in_the_future_of_a_clock_that_was_set_back_hold_nothing_up() -> None:
    assert rests_until([5000.0 + at for at in range(100)], 1000.0) is None
    assert rests_until([1000.0 + at for at in range(LOGINS_MOST)], 1100.0) == 1000.0 + 3600.0
    assert rests_until([1000.0 + at for at in range(LOGINS_MOST)], 4601.0) is None


async def test_mail_of_a_day_on_which_the_server_was_away_and_the_password_changed_is_taken_once() -> None:
    clock, server = Clock(seconds=0.0), ScriptedImap({}, idle=False)
    async with reading(server, clock=clock, times=PATIENT) as found:
        await eventually(lambda: found.ingress.state.ok)
        logins = len(server.logins)
        server.script += [On("SEARCH", cut()), On("GREETING", cut(), times=None)]
        clock.allow(86_400.0)
        await eventually(lambda: clock.passed >= 80_000.0)  # it waits up to an hour at a time
        assert len(server.logins) == logins, "nothing was sent to a server that is not there"
        assert not found.ingress.state.ok

        server.mails = {number: Mail(mail(number)) for number in (1, 2)}
        server.script[:] = [On("LOGIN", no("[AUTHENTICATIONFAILED] Invalid credentials"), times=None)]
        away = clock.passed
        clock.allow(14_400.0)
        await eventually(lambda: found.said("imap.refused"))
        await eventually(lambda: clock.passed >= away + 7_200.0)
        assert len(server.logins) - logins <= 4 * LOGINS_MOST
        assert found.stored == []

        server.script.clear()
        clock.allow(7_200.0)
        await eventually(lambda: server.seen == [1, 2])
        assert sorted(found.stored) == [mail(1), mail(2)]
        await eventually(lambda: found.ingress.state.ok)
