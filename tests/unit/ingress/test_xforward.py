"""The mail server at our Unix socket tells from which client it took a mail; whoever comes over TCP tells nothing."""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path

from hermes.ingress.lmtp import LmtpIngress
from hermes.ingress.smtp import ListenPlace
from tests.unit.ingress.deposits import Deposits

SITE = "site@hermes.test"


@contextlib.asynccontextmanager
async def _served(place: ListenPlace) -> AsyncIterator[tuple[Deposits, LmtpIngress]]:
    deposits = Deposits()
    ingress = LmtpIngress(depositor=deposits.depositor, accepts=lambda one: True, hostname="h.test", place=place)
    await ingress.start()
    try:
        yield deposits, ingress
    finally:
        await ingress.close()


def _mail(line: smtplib.LMTP) -> None:
    line.sendmail("a@b.test", SITE, b"Subject: x\r\n\r\nHello\r\n")


def _talk(path: Path) -> list[tuple[int, bytes]]:
    with smtplib.LMTP(str(path)) as line:
        line.timeout = 60
        line.ehlo("mx")
        assert line.has_extn("xforward")
        answers = [line.docmd("XFORWARD", "NAME=mail.b.test ADDR=192.0.2.7 SOURCE=REMOTE")]
        _mail(line)
        _mail(line)  # of which nothing was told
        answers.append(line.docmd("XFORWARD", "ADDR=IPV6:2001:db8::7"))
        _mail(line)
        answers.append(line.docmd("xforward", "addr=[UNAVAILABLE]"))
        _mail(line)
        answers.append(line.docmd("XFORWARD", "ADDR=192.0.2.8"))
        line.rset()
        _mail(line)
        answers.append(line.docmd("XFORWARD", "ADDR=192.0.2.9"))
        line.ehlo("mx")
        _mail(line)
        line.mail("a@b.test")
        answers.append(line.docmd("XFORWARD", "ADDR=192.0.2.10"))
    return answers


async def test_at_the_socket_it_counts_for_the_one_mail_that_follows(tmp_path: Path) -> None:
    async with _served(ListenPlace(path=tmp_path / "lmtp.sock")) as (deposits, _):
        answers = await asyncio.to_thread(_talk, tmp_path / "lmtp.sock")

        assert [code for code, _ in answers] == [250, 250, 250, 250, 250, 503]
        found = [pointer.client_address for pointer in deposits.pointers]
        assert found == ["192.0.2.7", None, "2001:db8::7", None, None, None]


async def test_over_tcp_nobody_is_believed() -> None:
    def talk(port: int) -> tuple[int, bytes]:
        with smtplib.LMTP("127.0.0.1", port) as line:
            line.ehlo("mx")
            assert not line.has_extn("xforward")
            answer = line.docmd("XFORWARD", "ADDR=192.0.2.7")
            _mail(line)
            return answer

    async with _served(ListenPlace()) as (deposits, ingress):
        code, _ = await asyncio.to_thread(talk, ingress.port)

        assert code == 500
        assert [pointer.client_address for pointer in deposits.pointers] == [None]


async def test_a_server_that_hands_over_many_mails_is_not_hung_up_on(tmp_path: Path) -> None:
    def talk() -> None:
        with smtplib.LMTP(str(tmp_path / "lmtp.sock")) as line:
            line.ehlo("mx")
            for number in range(60):
                assert line.docmd("XFORWARD", f"ADDR=192.0.2.{number}")[0] == 250
                _mail(line)

    async with _served(ListenPlace(path=tmp_path / "lmtp.sock")) as (deposits, _):
        await asyncio.to_thread(talk)
        assert len({pointer.client_address for pointer in deposits.pointers}) == 60
