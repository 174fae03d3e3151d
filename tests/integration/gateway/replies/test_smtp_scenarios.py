"""Mail servers as they are: each scenario is a short script, and says what Hermes makes of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.gateway.replies import smtp_dialogue
from hermes.gateway.replies.mailer import SmtpMailer
from hermes.mail.read.server_answer import SmtpStep
from tests.integration.smtp_script import ScriptedServer, playing, steps

FROM, TO = "site+bounce=a1b2@hermes.test", "anna@people.test"
MAIL = b"From: site@hermes.test\r\nTo: anna@people.test\r\nMessage-ID: <1@hermes.test>\r\n\r\nDone.\r\n.hidden\r\n"

OK = None
REJECTED, DEFERRED = errors.MailRejected, errors.MailDeferred
REFUSED, UNANSWERED = errors.SenderRefused, errors.MailUnanswered

#: Script, what is raised, what the error says.
SCENARIOS: dict[str, tuple[str, type[errors.HermesError] | None, str]] = {
    "all well": ("", OK, ""),
    "greylisted": ("RCPT 450 4.7.1 <anna@people.test>: Greylisted, see example.org", DEFERRED, "Greylisted"),
    "greylisted at DATA": ("DATA 451 4.7.1 come back in 300 seconds", DEFERRED, "300 seconds"),
    "greylisted at the dot": ("dot 451 4.7.1 come back later", DEFERRED, "come back"),
    "421 for a greeting": ("greeting 421 4.3.2 too busy !cut", DEFERRED, "too busy"),
    "421 at RCPT": ("RCPT 421 4.3.2 closing !cut", DEFERRED, "closing"),
    "421 after the dot": ("dot 421 4.3.2 shutting down !cut", DEFERRED, "shutting down"),
    "421 without a line end, and a cut": ("MAIL !cut", DEFERRED, "MAIL"),
    "no such recipient": ("RCPT 550 5.1.1 User unknown", REJECTED, "User unknown"),
    "no such recipient, no code": ("RCPT 550 no such user here", REJECTED, "no such user"),
    "mailbox full": ("dot 552 5.2.2 over quota", REJECTED, "over quota"),
    "too large": ("MAIL 552 5.3.4 message size exceeds limit", REJECTED, "exceeds"),
    "content refused": ("dot 554 5.6.0 malformed", REJECTED, "malformed"),
    "sender not owned": ("MAIL 553 5.7.1 Sender address rejected: not owned by user hermes", REFUSED, "not owned"),
    "sender not owned, said at RCPT": ("RCPT 553 5.7.1 Sender address rejected: not owned", REFUSED, "not owned"),
    "sender unknown": ("RCPT 550 5.1.0 Sender address rejected: User unknown", REFUSED, "Sender"),
    "may not send as": ("dot 554 5.2.252 SendAsDenied", REFUSED, "SendAsDenied"),
    "relay denied": ("RCPT 554 5.7.1 Relay access denied", REFUSED, "Relay"),
    "authentication required": ("MAIL 530 5.7.0 Authentication required", REFUSED, "Authentication"),
    "daily limit": ("dot 550 5.4.5 Daily user sending limit exceeded", REFUSED, "Daily"),
    "HELO refused": ("RCPT 504 5.5.2 Helo command rejected: need fully-qualified hostname", REFUSED, "Helo"),
    "EHLO and HELO refused": ("EHLO 550 go away\nHELO 550 go away", REFUSED, "go away"),
    "EHLO unknown, HELO taken": ("EHLO 502 5.5.1 command not implemented", OK, ""),
    "blocklisted host": ("greeting 554 5.7.1 blocked by zen.spamhaus.org !cut", REFUSED, "spamhaus"),
    "blocklisted host, said at RCPT": ("RCPT 554 5.7.1 Client host blocked using zen.spamhaus.org", REFUSED, "blocked"),
    "502": ("DATA 502 5.5.2 not implemented", REFUSED, "not implemented"),
    "503": ("RCPT 503 bad sequence", REFUSED, "bad sequence"),
    "no valid recipients": ("DATA 554 5.5.1 no valid recipients", REFUSED, "valid recipients"),
    "Latin-1": (r"RCPT 550 5.1.1 Bo\xeete inconnue", REJECTED, r"Bo\\xeete inconnue"),
    "GBK": (r"MAIL 535 \xc7\xeb\xca\xb9", REFUSED, r"\\xc7\\xeb"),
    "controls": (r"RCPT 450 \x1b[2J\x00later", DEFERRED, r"\\u001b\[2J\\u0000later"),
    "several lines": ("RCPT 550-5.1.1 the account that you tried|550-5.1.1 to reach|550 5.1.1 does not exist", REJECTED, "reach"),
    "251 forwards": ("RCPT 251 user not local; will forward", OK, ""),
    "another 2xx at the dot": ("dot 251 will forward", OK, ""),
    "a long pause after the dot": ("dot !slow 0.3 250 OK", OK, ""),
    "a greeting of many lines": ("greeting 220-we|220-do|220-not relay|220 spam", OK, ""),
    "a greeting that hangs": ("greeting !silent", DEFERRED, "the greeting"),
    "a greeting cut": ("greeting !cut", DEFERRED, "the greeting"),
    "a greeting of nonsense": ("greeting SSH-2.0-OpenSSH_9.2", DEFERRED, "nonsense"),
    "EHLO hangs": ("EHLO !silent", DEFERRED, "EHLO"),
    "MAIL hangs": ("MAIL !silent", DEFERRED, "MAIL"),
    "RCPT hangs": ("RCPT !silent", DEFERRED, "RCPT"),
    "DATA hangs": ("DATA !silent", DEFERRED, "DATA"),
    "nonsense at MAIL": ("MAIL hello there", DEFERRED, "nonsense"),
    "nonsense at RCPT": (r"RCPT \xff\xfe\xfd", DEFERRED, "nonsense"),
    "nonsense at DATA": ("DATA 250 thank you", DEFERRED, "thank you"),
    "a code that is none": ("RCPT 777 lucky", DEFERRED, "nonsense"),
    "an answer without words": ("RCPT 250", OK, ""),
    "cut at DATA": ("DATA !cut", DEFERRED, "DATA"),
    "refused in the middle of the mail": ("body 552 5.3.4 enough !cut", REJECTED, "enough"),
    "deferred in the middle of the mail": ("body 421 4.3.2 going down !cut", DEFERRED, "going down"),
    "cut after the dot": ("dot !cut", UNANSWERED, "the mail"),
    "silence after the dot": ("dot !silent", UNANSWERED, "the mail"),
    "nonsense after the dot": ("dot what was that?", UNANSWERED, "nonsense.*what was that"),
    "an empty line after the dot": ("dot |250 OK", UNANSWERED, "nonsense"),
    "354 after the dot": ("dot 354 go on", UNANSWERED, "nonsense"),
    "OK, then cut": ("dot 250 2.0.0 queued as 7 !cut", OK, ""),
    "QUIT cut": ("QUIT* !cut", OK, ""),
    "STARTTLS not offered": ("@starttls", REFUSED, "no STARTTLS"),
    "STARTTLS broken": ("@starttls\nEHLO 250-mx.test|250 STARTTLS\nSTARTTLS 454 4.7.0 TLS not available", DEFERRED, "TLS not"),
    "STARTTLS, then rubbish": ("@starttls\nEHLO 250-mx.test|250 STARTTLS\nSTARTTLS 220 go|250-injected", REFUSED, "STARTTLS"),
    "no login offered": ("@login\nEHLO* 250 mx.test", REFUSED, "no login"),
    "login refused": ("@login\nEHLO 250-mx.test|250 AUTH PLAIN LOGIN CRAM-MD5\nAUTH* 535 5.7.8 bad credentials", REFUSED, "bad"),
    "login refused for now": ("@login\nEHLO 250-mx.test|250 AUTH PLAIN\nAUTH* 454 4.7.0 temporary failure", DEFERRED, "temporary"),
    "login by another method": ("@login\nEHLO 250-mx.test|250 AUTH PLAIN LOGIN\nAUTH 504 5.5.4 unknown mechanism", OK, ""),
    "login cut": ("@login\nEHLO 250-mx.test|250 AUTH PLAIN\nAUTH !cut", DEFERRED, "login"),
}  # fmt: skip


def mailer(server: ScriptedServer, *, seconds: float = 30.0, **settings: Any) -> SmtpMailer:
    given = {"host": "127.0.0.1", "port": server.port, "security": "none", **settings}
    return SmtpMailer(settings=config.Smtp(**given), hostname="hermes.test", seconds=seconds)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with playing() as one:
        yield one


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_server_says(name: str, server: ScriptedServer) -> None:
    script, kind, words = SCENARIOS[name]
    mode, _, rest = script.partition("\n")
    own = {"@starttls": {"security": "starttls"}, "@login": {"username": "hermes", "password": "secret"}}.get(mode)
    settings: dict[str, Any] = own or {}
    if kind is None:
        server.play(rest if settings else script)
        sends = mailer(server, **settings)
        await sends.send(raw=MAIL, sender=FROM, recipient=TO)
        await sends.close()
        assert [(one.raw, one.sender, one.recipient) for one in server.taken] == [(MAIL, FROM, TO)]
        return
    said = []
    # A busy machine may not even connect within the shorter ones.
    for seconds in (0.2, 2.0, 20.0) if "!silent" in script else (30.0,):
        server.play(rest if settings else script)
        sends = mailer(server, seconds=seconds, **settings)
        with pytest.raises(kind) as raised:
            await sends.send(raw=MAIL, sender=FROM, recipient=TO)
        await sends.close()
        assert type(raised.value) is kind
        raised.value.message.encode()
        assert raised.value.message.isprintable()
        assert len(server.taken) <= 1
        said.append(raised.value.message)
        if re.search(words, said[-1]):
            return
    pytest.fail(f"{words!r} is in none of {said}")


@pytest.mark.parametrize("name", [name for name, found in SCENARIOS.items() if found[1] not in (OK, REJECTED)])
async def test_what_is_tried_on_gets_through_once_the_server_is_well(name: str, server: ScriptedServer) -> None:
    script = SCENARIOS[name][0]
    if script.startswith("@"):
        return  # the settings are at fault there
    server.play(script.replace("*", ""))
    sends = mailer(server, seconds=0.2 if "!silent" in script else 30.0)
    with pytest.raises(errors.MailDeferred):
        await sends.send(raw=MAIL, sender=FROM, recipient=TO)

    server.play("")
    await mailer(server).send(raw=MAIL, sender=FROM, recipient=TO)

    assert server.copies[MAIL] == (2 if SCENARIOS[name][1] is UNANSWERED else 1)


async def test_a_wrong_password_is_tried_once_and_not_by_every_method(server: ScriptedServer) -> None:
    server.play("EHLO* 250-mx.test|250 AUTH PLAIN LOGIN CRAM-MD5\nAUTH* 535 5.7.8 bad credentials")
    sends = mailer(server, username="hermes", password="wrong")

    for _ in range(20):
        with pytest.raises(errors.SenderRefused, match="bad credentials"):
            await sends.send(raw=MAIL, sender=FROM, recipient=TO)

    assert server.steps["AUTH"] == 1
    assert server.steps["greeting"] == 1, "a server that refuses our login is left alone for a while"


async def test_of_many_replies_at_once_one_tries_a_login_that_nobody_has_tried(server: ScriptedServer) -> None:
    server.play("AUTH* 535 5.7.8 bad credentials")
    sends = mailer(server, username="hermes", password="wrong")

    done = await asyncio.gather(
        *(sends.send(raw=MAIL, sender=FROM, recipient=TO) for _ in range(16)), return_exceptions=True
    )

    assert {type(one) for one in done} == {errors.SenderRefused}
    assert server.steps["AUTH"] == 1


async def test_a_kept_connection_that_died_costs_no_try(server: ScriptedServer) -> None:
    sends = mailer(server)
    await sends.send(raw=MAIL, sender=FROM, recipient=TO)
    server.play("MAIL !cut")

    await sends.send(raw=MAIL, sender=FROM, recipient=TO)

    assert len(server.taken) == 2
    assert server.steps["greeting"] == 2
    await sends.close()


async def test_a_refusal_is_followed_by_a_farewell(server: ScriptedServer) -> None:
    server.play("RCPT 550 5.1.1 no")
    sends = mailer(server)
    with pytest.raises(errors.MailRejected):
        await sends.send(raw=MAIL, sender=FROM, recipient=TO)
    await sends.close()

    assert list(steps(server)) == ["EHLO", "MAIL", "RCPT", "QUIT"]


async def test_a_large_mail_that_the_server_does_not_read_never_counts_as_handed_over(server: ScriptedServer) -> None:
    server.play("body !silent")
    handed: list[bool] = []
    large = MAIL + (b"x" * 990 + b"\r\n") * 32_000

    with pytest.raises(errors.MailDeferred) as raised:
        await mailer(server, seconds=0.5).send(
            raw=large, sender=FROM, recipient=TO, handing_over=lambda: handed.append(True)
        )

    assert type(raised.value) is errors.MailDeferred
    assert server.taken == []


@pytest.mark.parametrize("recipient", ['"anna b"@people.test', '"a@b"@people.test', r'"a\"b"@people.test'])
async def test_a_quoted_local_part_is_said_as_it_is(server: ScriptedServer, recipient: str) -> None:
    await mailer(server).send(raw=MAIL, sender=FROM, recipient=recipient)

    assert f"RCPT TO:<{recipient}>" in server.said


async def test_a_domain_of_another_script_needs_no_smtputf8(server: ScriptedServer) -> None:
    server.play("EHLO* 250 mx.test")

    await mailer(server).send(raw=MAIL, sender="site@bücher.test", recipient="anna@straße.test")

    assert server.said[1:3] == ["MAIL FROM:<site@xn--bcher-kva.test>", "RCPT TO:<anna@xn--strae-oqa.test>"]


async def test_a_local_part_of_another_script_does(server: ScriptedServer) -> None:
    server.play("EHLO* 250 mx.test")

    with pytest.raises(errors.MailRejected, match="beyond ASCII"):
        await mailer(server).send(raw=MAIL, sender=FROM, recipient="jürgen@people.test")


async def test_our_own_name_of_another_script_is_said_in_ascii(server: ScriptedServer) -> None:
    settings = config.Smtp(host="127.0.0.1", port=server.port, security="none")
    await SmtpMailer(settings=settings, hostname="bücher.test").send(raw=MAIL, sender=FROM, recipient=TO)

    assert server.said[0] == "EHLO xn--bcher-kva.test"


def test_each_step_has_the_time_that_rfc_5321_gives_it() -> None:
    minutes = {
        SmtpStep.GREETING: 5,
        SmtpStep.MAIL: 5,
        SmtpStep.RCPT: 5,
        SmtpStep.DATA: 2,
        SmtpStep.CONTENT: 10,
    }
    assert {step: smtp_dialogue.limit(step, None) / 60 for step in minutes} == minutes
    assert smtp_dialogue.CONTENT_LEAVES_SECONDS == 180
    assert all(smtp_dialogue.limit(step, 15.0) <= 15.0 for step in SmtpStep)
