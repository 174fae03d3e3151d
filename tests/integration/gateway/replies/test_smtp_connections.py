"""Mails that follow each other share a connection, and none is lost or sent twice for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiosmtpd.smtp import SMTP

from hermes import errors
from hermes.config import loading as config
from hermes.gateway.replies import smtp_connections
from hermes.gateway.replies.mailer import SmtpMailer
from tests.eventually import eventually
from tests.integration.mx import Server, mx

FROM, TO = "site@hermes.test", "anna@people.test"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with mx() as one:
        yield one


@pytest.fixture
async def mailer(server: Server) -> AsyncIterator[SmtpMailer]:
    made = SmtpMailer(
        settings=config.Smtp(host="127.0.0.1", port=server.port, security="none"), hostname="hermes.test", seconds=5.0
    )
    yield made
    await made.close()


@pytest.fixture
def send(mailer: SmtpMailer) -> Callable[[int], Awaitable[None]]:
    async def one(number: int) -> None:
        raw = f"From: {FROM}\r\nTo: {TO}\r\nMessage-ID: <{number}@hermes.test>\r\n\r\nDone.\r\n".encode()
        await mailer.send(raw=raw, sender=FROM, recipient=TO)

    return one


def numbers(server: Server) -> list[int]:
    """Of the mails that it took, in their order."""
    contents = [bytes(envelope.original_content or b"") for envelope in server.taken]
    return [int(content.partition(b"Message-ID: <")[2].partition(b"@")[0]) for content in contents]


async def test_mails_that_follow_each_other_share_a_connection(
    server: Server, send: Callable[[int], Awaitable[None]]
) -> None:
    for number in range(3):
        await send(number)

    assert numbers(server) == [0, 1, 2]
    assert (server.connections, server.commands) == (1, ["RSET", "RSET"])


async def test_mails_at_the_same_time_have_one_each(server: Server, send: Callable[[int], Awaitable[None]]) -> None:
    both, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_: SMTP) -> None:
        if len(server.taken) == 2:
            both.set()
        await go_on.wait()

    server.before_data_answer = wait
    sending = asyncio.gather(send(1), send(2))
    await asyncio.wait_for(both.wait(), 60)
    go_on.set()
    await sending

    assert server.connections == 2


async def test_a_connection_that_the_server_has_left_is_not_trusted_with_a_mail(
    server: Server, send: Callable[[int], Awaitable[None]]
) -> None:
    gone = asyncio.Event()

    async def leave(protocol: SMTP) -> None:
        transport = protocol.transport
        assert transport is not None

        def hang_up() -> None:
            transport.close()
            gone.set()

        asyncio.get_running_loop().call_later(0.05, hang_up)

    server.before_data_answer = leave
    await send(1)
    await asyncio.wait_for(gone.wait(), 60)
    server.before_data_answer = None
    await send(2)

    assert numbers(server) == [1, 2]
    assert server.connections == 2


async def test_where_one_connection_has_gone_silent_the_others_are_not_waited_for(
    server: Server, mailer: SmtpMailer, send: Callable[[int], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.gather(*(send(number) for number in range(3)))
    assert server.connections == 3
    monkeypatch.setattr(smtp_connections, "SMTP_FAREWELL_SECONDS", 0.2)
    server.answers.clear()
    await send(3)
    server.answers.set()

    assert sorted(numbers(server)) == [0, 1, 2, 3]
    assert (server.connections, server.commands) == (4, ["RSET"])


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("mail", "421 4.7.0 too many messages over this connection"),
        ("mail", "451 4.7.0 too many messages in this session"),
        ("mail", "550 5.7.0 too many messages in this session"),
        ("rcpt", "452 4.5.3 too many recipients in this session"),
    ],
)
async def test_a_server_that_takes_no_more_over_one_connection_gets_the_next_over_another(
    server: Server, send: Callable[[int], Awaitable[None]], stage: str, said: str
) -> None:
    await send(1)
    setattr(server, f"{stage}_of_used", said)
    await send(2)

    assert numbers(server) == [1, 2]
    assert server.connections == 2


async def test_a_server_that_has_had_enough_of_one_connection_keeps_the_others(
    server: Server, mailer: SmtpMailer, send: Callable[[int], Awaitable[None]]
) -> None:
    await asyncio.gather(send(1), send(2))
    server.rset = ["421 4.4.2 idle for too long"]
    await send(3)

    assert numbers(server)[-1] == 3
    assert server.connections == 2


async def test_a_busy_server_is_busy_over_a_new_connection_too(
    server: Server, send: Callable[[int], Awaitable[None]]
) -> None:
    server.mail = "421 4.3.2 come again later"

    with pytest.raises(errors.MailDeferred, match="421"):
        await send(1)

    assert server.connections == 1


async def test_what_went_wrong_over_a_connection_ends_it(
    server: Server, send: Callable[[int], Awaitable[None]]
) -> None:
    await send(1)
    server.rcpt = "450 4.7.1 greylisted"
    with pytest.raises(errors.MailDeferred):
        await send(2)
    server.rcpt = "250 OK"
    await send(2)

    assert numbers(server) == [1, 2]
    assert server.connections == 2


async def test_after_so_many_mails_a_connection_is_ended(
    server: Server, send: Callable[[int], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_connections, "SMTP_MAILS_A_CONNECTION", 2)
    for number in range(3):
        await send(number)

    assert server.connections == 2
    await eventually(lambda: server.commands.count("QUIT") == 1)


async def test_one_that_is_being_left_counts_until_it_is_gone(
    server: Server, send: Callable[[int], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_connections, "SMTP_MAILS_A_CONNECTION", 1)
    server.answers.clear()
    asyncio.get_running_loop().call_later(0.2, server.answers.set)
    await send(1)
    await send(2)

    assert server.connections == 2
    assert server.most_open == 1


async def test_one_that_lies_idle_is_ended(
    server: Server, mailer: SmtpMailer, send: Callable[[int], Awaitable[None]]
) -> None:
    mailer._connections._kept_seconds = 0.05
    await send(1)

    await eventually(lambda: server.commands == ["QUIT"])


async def test_closing_says_farewell(
    server: Server, mailer: SmtpMailer, send: Callable[[int], Awaitable[None]]
) -> None:
    await send(1)
    await mailer.close()

    assert server.commands == ["QUIT"]
    await send(2)
    await eventually(lambda: server.commands == ["QUIT", "QUIT"])
