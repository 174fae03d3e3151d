"""The mail server at our Unix socket tells from which client it took a mail; another user, or whoever comes over TCP, tells nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import smtplib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.ingress.lmtp import LmtpIngress
from hermes.ingress.smtp import ListenPlace
from tests.unit.ingress.deposits import Deposits

SITE = "site@hermes.test"
ME = pwd.getpwuid(os.getuid()).pw_name
SOMEBODY = next(one.pw_name for one in pwd.getpwall() if one.pw_uid != os.getuid())


@contextlib.asynccontextmanager
async def _served(place: ListenPlace, *, relay_user: str | None = ME) -> AsyncIterator[tuple[Deposits, LmtpIngress]]:
    deposits = Deposits()
    ingress = LmtpIngress(
        depositor=deposits.depositor,
        accepts=lambda one: True,
        hostname="h.test",
        place=place,
        relay_user=relay_user,
    )
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


def _lie(where: str, port: int = 0) -> int:
    with smtplib.LMTP(where, port) as line:
        line.ehlo("mx")
        assert not line.has_extn("xforward")
        code, _ = line.docmd("XFORWARD", "ADDR=192.0.2.7")
        _mail(line)
        return code


async def test_over_tcp_nobody_is_believed() -> None:
    async with _served(ListenPlace()) as (deposits, ingress):
        assert await asyncio.to_thread(_lie, "127.0.0.1", ingress.port) == 500
        assert [pointer.client_address for pointer in deposits.pointers] == [None]


@pytest.mark.parametrize("user", [SOMEBODY, None])
async def test_at_the_socket_another_user_than_the_mail_servers_is_not_believed(
    tmp_path: Path, user: str | None
) -> None:
    path = tmp_path / "lmtp.sock"
    async with _served(ListenPlace(path=path), relay_user=user) as (deposits, _):
        assert await asyncio.to_thread(_lie, str(path)) == 500
        assert [pointer.client_address for pointer in deposits.pointers] == [None]


def test_a_mail_server_that_cannot_be_known_is_a_mistake_that_is_named() -> None:
    with pytest.raises(errors.ConfigError, match=r"relay_user: there is no user 'no-such-user'"):
        LmtpIngress(depositor=Deposits().depositor, accepts=bool, hostname="h", relay_user="no-such-user")
    with pytest.raises(errors.ConfigError, match="relay_user is for a Unix socket"):
        config.parse({"lmtp_ingress": {"relay_user": "postfix"}})


@pytest.mark.parametrize("name", ["*", "*.com", "*.", "a.*.b.example", "mx.*", "mx one"])
def test_a_mail_server_that_everybody_could_be_is_a_mistake_that_is_named(name: str) -> None:
    with pytest.raises(errors.ConfigError, match="authserv_id"):
        config.parse({"imap_ingress": {"authserv_id": name}})


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
