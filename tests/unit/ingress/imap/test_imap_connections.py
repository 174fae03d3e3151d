"""Connections that end, and logins that are refused: Hermes comes back, and never so often that a provider locks the account."""

from __future__ import annotations

import base64

import pytest

from hermes import errors
from hermes.domain.decisions.logins import LOGINS_MOST
from hermes.ingress.imap.reconnects import Reconnects
from tests.eventually import eventually
from tests.unit.ingress.deposits import Deposits
from tests.unit.ingress.imap.reading import Clock, mail, reading
from tests.unit.ingress.imap.scripted_imap import (
    Fault,
    Mail,
    On,
    ScriptedImap,
    bad,
    bye,
    cut,
    no,
    nonsense,
    ok,
    raw,
    silence,
)

REFUSING: dict[str, tuple[str, Fault]] = {
    "a wrong password": ("LOGIN", no("[AUTHENTICATIONFAILED] Invalid credentials (Failure)")),
    "an account without IMAP": ("LOGIN", no("[ALERT] Please log in via your web browser")),
    "a login that is not understood": ("LOGIN", bad("LOGIN not allowed")),
    "too many connections": ("LOGIN", no("[LIMIT] Maximum number of connections from user+IP exceeded")),
    "a farewell": ("LOGIN", bye("Too many invalid attempts")),
    "a folder that does not open": ("SELECT", no("SELECT Unsafe Login. Please contact kefu@188.com for help")),
    "a folder that is gone": ("SELECT", no("[NONEXISTENT] Unknown Mailbox: Renamed (Failure)")),
    "a cut after the folder": ("SEARCH", cut()),
    "a refused search": ("SEARCH", no("[UNAVAILABLE] later")),
    "a cut at each mail": ("BODY", cut()),
    "nonsense": ("SELECT", nonsense),
}


@pytest.mark.parametrize(("step", "fault"), REFUSING.values(), ids=REFUSING)
async def test_no_server_sees_more_than_thirty_logins_in_an_hour(step: str, fault: Fault) -> None:
    clock = Clock(seconds=3 * 3600)
    server = ScriptedImap({7: Mail(mail())}, [On(step, fault, times=None)], idle=False)
    async with reading(server, clock=clock, poll_seconds=30) as found:
        await eventually(lambda: clock.passed > 3 * 3600 - 1000)

        at = server.logins
        assert max(sum(one <= other < one + 3600 for other in at) for one in at) <= 30
        assert len(at) >= 3
        assert not found.stored
        assert not server.seen
        assert not found.ingress.state.ok or step in {"SEARCH", "BODY"}


async def test_a_refused_login_is_told_at_once_tried_every_quarter_of_an_hour_and_well_again_when_it_is_taken() -> None:
    clock = Clock(seconds=3 * 3600)
    server = ScriptedImap({7: Mail(mail())}, [On("LOGIN", no("[AUTHENTICATIONFAILED] no"), times=None)], idle=False)
    async with reading(server, clock=clock) as found:
        await eventually(lambda: clock.passed > 2 * 3600)

        first = found.said("imap.refused")[0]
        assert "[AUTHENTICATIONFAILED]" in first.text
        assert 60 <= first.facts["seconds"] <= 120  # type: ignore[operator]
        assert server.count("LOGIN") <= 2 * 4 + 5
        assert not found.ingress.state.ok
        assert "refuses the login" in found.ingress.state.detail

        server.script.clear()
        clock.allow(3600)
        await eventually(lambda: server.seen == [7])
        assert found.ingress.state.ok


async def test_the_password_is_in_no_event(caplog: pytest.LogCaptureFixture) -> None:
    server = ScriptedImap({}, [On("LOGIN", no("no"), times=None)])
    async with reading(server, clock=Clock(seconds=600), password="topsecret-password") as found:
        await eventually(lambda: found.said("imap.refused"))

        assert "topsecret" not in str(found.events) + caplog.text


ENDINGS: dict[str, tuple[str, Fault]] = {
    "a farewell at the greeting": ("GREETING", bye("too busy")),
    "a farewell at a search": ("SEARCH", bye()),
    "a farewell in the middle of a mail": (
        "BODY",
        raw(b"* 1 FETCH (UID 7 BODY[] {500}\r\nFrom: anna\r\n* BYE shutting down\r\n"),
    ),
    "a farewell at the flag": ("STORE", bye()),
    "a cut at the flag": ("STORE", cut()),
    "silence at the greeting": ("GREETING", silence),
    "silence at a mail": ("BODY", silence),
    "an untagged farewell before OK": ("SEARCH", raw(b"* SEARCH 7\r\n* BYE bye\r\n%TAG% OK done\r\n")),
}


@pytest.mark.parametrize(("step", "fault"), ENDINGS.values(), ids=ENDINGS)
async def test_a_connection_that_ends_anywhere_costs_no_mail_and_stores_it_once(step: str, fault: Fault) -> None:
    server = ScriptedImap({7: Mail(mail())}, [On(step, fault)], idle=False)
    async with reading(server, clock=Clock()) as found:
        await eventually(lambda: server.seen == [7])

        assert found.stored == [mail()]
        assert server.connections == 2


async def test_a_failure_of_our_own_storage_costs_no_login_and_is_nobody_elses_fault() -> None:
    clock = Clock(seconds=1800)
    deposits = Deposits()
    deposits.error = errors.AwsUnavailable("S3 is away")
    server = ScriptedImap({uid: Mail(mail(uid)) for uid in (7, 8, 9)}, idle=False)
    async with reading(server, clock=clock, deposits=deposits) as found:
        await eventually(lambda: clock.passed >= 300)

        clock.allow(100)
        assert server.connections == 1
        assert not found.rows.waiting
        assert "S3 is away" in found.said("imap.unstored")[0].text
        deposits.error = None
        await eventually(lambda: server.seen == [7, 8, 9])


async def test_a_short_connection_does_not_end_the_growing_pauses_and_a_good_one_does() -> None:
    pauses = Reconnects()

    def pause(lasted: float) -> float:
        pauses.lasted(lasted)
        return pauses.after(refused=False, jitter=0.5, now=0.0)

    assert [pause(2) for _ in range(10)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert pause(600) == 1


def test_the_logins_of_an_hour_are_few_whatever_else_happens() -> None:
    pauses, now, logins = Reconnects(), 0.0, []
    while now < 24 * 3600:
        pauses.login(now)
        logins.append(now)
        pauses.lasted(100)
        now += 100 + pauses.after(refused=False, jitter=0.0, now=now + 100)

    assert max(sum(at <= other < at + 3600 for other in logins) for at in logins) <= LOGINS_MOST


async def test_a_password_that_login_may_not_carry_goes_by_authenticate_plain() -> None:
    server = ScriptedImap({7: Mail(mail())}, idle=False)
    server.capabilities = "IMAP4rev1 LOGINDISABLED AUTH=PLAIN"
    async with reading(server, username="anna", password="pass word"):
        await eventually(lambda: server.seen == [7])

        assert base64.b64decode(server.secrets[0]) == b"\0anna\0pass word"
        assert server.count("LOGIN") == 0


async def test_a_password_outside_ascii_goes_by_authenticate_plain() -> None:
    server = ScriptedImap({7: Mail(mail())}, idle=False)
    server.capabilities = "IMAP4rev1 AUTH=PLAIN"
    async with reading(server, username="anna", password="Schlüssel"):
        await eventually(lambda: server.seen == [7])

        assert base64.b64decode(server.secrets[0]) == "\0anna\0Schlüssel".encode()


async def test_a_password_is_not_sent_where_the_server_takes_none() -> None:
    server = ScriptedImap({})
    server.capabilities = "IMAP4rev1 STARTTLS LOGINDISABLED"
    async with reading(server, clock=Clock(seconds=600)) as found:
        await eventually(lambda: found.said("imap.refused"))

        assert "LOGINDISABLED" in found.said("imap.refused")[0].text
        assert server.count("LOGIN") == server.count("AUTHENTICATE") == 0


@pytest.mark.parametrize("fault", [no(), bad(), ok("ID NIL")])
async def test_the_server_learns_who_we_are_before_the_folder_is_opened(fault: Fault) -> None:
    server = ScriptedImap({7: Mail(mail())}, [On("ID", fault)], idle=False)
    async with reading(server):
        await eventually(lambda: server.seen == [7])

        steps = [step for step, _ in server.commands]
        assert steps.index("LOGIN") < steps.index("ID") < steps.index("SELECT")


async def test_a_name_with_quotes_and_spaces_is_quoted() -> None:
    server = ScriptedImap({7: Mail(mail())}, idle=False)
    async with reading(server, username='an"na b', password="p"):
        await eventually(lambda: server.seen == [7])

        assert r'LOGIN "an\"na b" "p"' in server.lines


async def test_a_folder_that_can_only_be_read_is_not_read() -> None:
    server = ScriptedImap({7: Mail(mail())}, idle=False)
    server.selected = "[READ-ONLY] selected"
    async with reading(server, clock=Clock(seconds=600)) as found:
        await eventually(lambda: found.said("imap.deferred"))

        assert not found.stored
        assert "not writable" in found.said("imap.deferred")[0].text
