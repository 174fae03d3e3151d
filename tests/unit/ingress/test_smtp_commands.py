"""What real servers say in MAIL and RCPT: no mail bounces for a wish that Hermes has no use for, and the postmaster is there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from hermes.app import ingress as build
from hermes.config import loading as config
from hermes.ingress.lmtp import LmtpIngress
from hermes.ingress.smtp import SmtpIngress
from tests.unit.ingress.deposits import Deposits
from tests.unit.ingress.test_ways_in import PROJECT

OURS = "site@hermes.test"


@contextlib.asynccontextmanager
async def line(kind: type[SmtpIngress] = SmtpIngress) -> AsyncIterator[Line]:
    deposits = Deposits()
    settings = config.parse({"projects": [PROJECT], "mail": {"domain": "mx.hermes.test"}})
    ingress = kind(depositor=deposits.depositor, accepts=build.accepts(settings), hostname="mx.hermes.test")
    await ingress.start()
    made = Line(deposits, *await asyncio.open_connection("127.0.0.1", ingress.port))
    try:
        await made.answer()
        await made.say(b"LHLO client" if kind is LmtpIngress else b"EHLO client")
        yield made
    finally:
        made.writer.close()
        await ingress.close()


class Line:
    def __init__(self, deposits: Deposits, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.deposits, self._reader, self.writer = deposits, reader, writer

    async def answer(self) -> str:
        async with asyncio.timeout(60):
            while (said := (await self._reader.readline()).decode().rstrip())[3:4] == "-":
                pass
            return said

    async def say(self, command: bytes) -> str:
        self.writer.write(command + b"\r\n")
        return await self.answer()

    async def mail(self, sender: bytes, *recipients: bytes) -> list[str]:
        """The answers to MAIL and each RCPT, and to the mail itself where one was taken."""
        said = [await self.say(b"MAIL FROM:" + sender), *[await self.say(b"RCPT TO:" + one) for one in recipients]]
        if any(one.startswith("250") for one in said[1:]):
            await self.say(b"DATA")
            said.append(await self.say(b"Subject: Hello\r\n\r\nPlease.\r\n."))
        return [one[:3] for one in said]


@pytest.mark.parametrize("kind", [SmtpIngress, LmtpIngress])
@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        (b"<anna@people.test> RET=HDRS ENVID=QQ314159", b"<site@hermes.test> NOTIFY=SUCCESS,FAILURE,DELAY"),
        (b"<anna@people.test> SIZE=100 BODY=8BITMIME RET=FULL", b"<site@hermes.test> NOTIFY=NEVER"),
        (b"<anna@people.test> AUTH=<>", b"<site@hermes.test> ORCPT=rfc822;site+2B@hermes.test"),
        (b"<anna@people.test> auth=anna+40people.test", b"<site@hermes.test> notify=never orcpt=utf-8;x"),
        (b"<> SMTPUTF8 ENVID=a+3Db", b"<site@hermes.test> ORCPT=rfc822;a@b NOTIFY=FAILURE"),
        (b"<anna@people.test> MT-PRIORITY=-3", b"<site@hermes.test>"),
        (b"<anna@people.test.>", b"<site@hermes.test.>"),
        (b"<anna@people.test.> SIZE=100", b"<site@hermes.test.> NOTIFY=NEVER"),
        (b"anna@people.test.", b"site@hermes.test."),
        (b'<"anna b."@people.test.>', b"<@relay.test:site@hermes.test>"),
        ("<jürgen@people.test>".encode(), b"<site@hermes.test>"),
    ],
)
async def test_a_mail_is_taken_whatever_a_server_wishes_besides(
    kind: type[SmtpIngress], sender: bytes, recipient: bytes
) -> None:
    async with line(kind) as made:
        assert await made.mail(sender, recipient) == ["250"] * 3

        (found,) = made.deposits.pointers
        assert found.recipient == OURS
        assert not (found.sender or "").endswith(".")


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        (b"<anna@people.test> FOO=BAR", "555"),
        (b"<anna@people.test> REQUIRETLS", "555"),
        (b"<anna@people.test> SIZE=99999999999", "552"),
        (b"<anna@people.test> SIZE=x", "501"),
        (b"<j\xfcrgen@people.test>", "553"),
        (b"<j\xfcrgen@people.test> SMTPUTF8", "553"),
        (b"<anna@people..test>", "553"),
        (b"<anna@people.test..>", "553"),
    ],
)
async def test_what_cannot_be_promised_or_read_is_refused_with_the_code_for_it(sender: bytes, code: str) -> None:
    async with line() as made:
        assert (await made.mail(sender))[0] == code
        assert await made.mail(b"<anna@people.test>", b"<site@hermes.test>") == ["250"] * 3


@pytest.mark.parametrize(
    ("written", "recipient"),
    [
        (b"<postmaster>", "postmaster@mx.hermes.test"),
        (b"<Postmaster>", "postmaster@mx.hermes.test"),
        (b"<POSTMASTER@Hermes.test>", "POSTMASTER@Hermes.test"),
        (b"<postmaster@mx.hermes.test>", "postmaster@mx.hermes.test"),
        (b"<postmaster@hermes.test.> NOTIFY=NEVER", "postmaster@hermes.test"),
    ],
)
async def test_the_postmaster_of_our_domains_is_there(written: bytes, recipient: str) -> None:
    async with line() as made:
        assert await made.mail(b"<>", written) == ["250"] * 3

        assert [one.recipient for one in made.deposits.pointers] == [recipient]


@pytest.mark.parametrize("written", [b"<postmaster@elsewhere.test>", b"<postmasters@hermes.test>", b"<hostmaster>"])
async def test_nobody_elses_postmaster_is_ours(written: bytes) -> None:
    async with line() as made:
        assert await made.mail(b"<>", written) == ["250", "550"]
