"""What an operator reads of a server's refusals: its own words, without those of Python."""

from __future__ import annotations

import pytest

from tests.eventually import eventually
from tests.unit.ingress.imap.reading import PATIENT, Clock, mail, reading
from tests.unit.ingress.imap.scripted_imap import Fault, Mail, On, ScriptedImap, bad, bye, cut, no, raw

SAID: dict[str, tuple[str, Fault, str]] = {
    "a login refused": (
        "LOGIN",
        no("[AUTHENTICATIONFAILED] Invalid credentials"),
        "the mailbox's server refuses the login: IMAP: the server refused the login: [AUTHENTICATIONFAILED] Invalid credentials",
    ),
    "a login not understood": (
        "LOGIN",
        bad("not allowed before 'x'"),
        "the mailbox's server refuses the login: IMAP: the server refused the login: BAD: not allowed before 'x'",
    ),
    "a code in lower case": (
        "LOGIN",
        no("[unavailable] come back"),
        "the mailbox cannot be read now: IMAP: the server takes no login now: [unavailable] come back",
    ),
    "a farewell at the login": (
        "LOGIN",
        bye("[ALERT] Too many connections"),
        "the mailbox cannot be read now: IMAP: the server says [ALERT] Too many connections",
    ),
    "a cut": ("LOGIN", cut(), "the mailbox cannot be read now: IMAP: the server hung up"),
    "a greeting that is a farewell": (
        "GREETING",
        raw(b"* BYE busy\r\n"),
        "the mailbox cannot be read now: IMAP: the server says BYE busy",
    ),
    "a folder that is gone": (
        "SELECT",
        no("[NONEXISTENT] Unknown Mailbox: caf\xe9"),
        "the mailbox cannot be read now: IMAP: the folder does not open: the server says NO: [NONEXISTENT] Unknown Mailbox: caf�",
    ),
    "nothing but a NO": (
        "SELECT",
        raw(b"%TAG% NO\r\n"),
        "the mailbox cannot be read now: IMAP: the folder does not open: the server says NO",
    ),
}


@pytest.mark.parametrize(("step", "fault", "text"), SAID.values(), ids=SAID)
async def test_the_state_of_the_mailbox_is_said_in_the_servers_words(step: str, fault: Fault, text: str) -> None:
    server = ScriptedImap({}, [On(step, fault, times=None)], idle=False)
    async with reading(server, clock=Clock(seconds=0.0), times=PATIENT) as found:
        await eventually(lambda: found.events)

        assert found.ingress.state.detail == text


async def test_the_reason_for_which_a_mail_waits_is_said_in_the_servers_words() -> None:
    server = ScriptedImap({7: Mail(mail())}, [On("BODY", bad("[SERVERBUG] it's broken"), times=None)], idle=False)
    async with reading(server, clock=Clock(seconds=0.0), times=PATIENT) as found:
        await eventually(lambda: found.rows.waiting)

        assert found.rows.waiting[7].reason == "the server says BAD: [SERVERBUG] it's broken"


async def test_a_server_that_is_not_there_is_told_without_words_of_python() -> None:
    async with reading(ScriptedImap({}), clock=Clock(seconds=0.0), port=1) as found:
        await eventually(lambda: found.events)

        assert found.ingress.state.detail == "the mailbox cannot be read now: IMAP: Connection refused"
