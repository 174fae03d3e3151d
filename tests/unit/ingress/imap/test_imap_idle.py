"""IDLE, and servers that refuse it, end it, or talk all the time: no login is spent on that, and no more than a look a second."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.eventually import eventually
from tests.unit.ingress.imap.reading import Clock, mail, reading
from tests.unit.ingress.imap.scripted_imap import (
    Fault,
    Mail,
    On,
    ScriptedImap,
    Session,
    bad,
    cut,
    no,
    nonsense,
    ok,
    raw,
    silence,
)

#: The last two: servers that end it before and after they said that it has begun.
REFUSED: dict[str, Fault] = {
    "NO": no("IDLE is not available now"),
    "BAD": bad("unknown command"),
    "OK at once": ok(),
    "OK after news": ok("2 EXISTS", "1 RECENT"),
    "OK after it began": raw(b"+ idling\r\n%TAG% OK IDLE terminated\r\n"),
}


@pytest.mark.parametrize("fault", REFUSED.values(), ids=REFUSED)
async def test_a_server_that_refuses_or_ends_idle_is_polled_on_the_same_connection(fault: Fault) -> None:
    clock = Clock(seconds=3600)
    server = ScriptedImap({7: Mail(mail(7))}, [On("IDLE", fault, times=None)])
    async with reading(server, clock=clock, poll_seconds=30) as found:
        await eventually(lambda: clock.passed > 3000)
        server.mails[8] = Mail(mail(8))
        clock.allow(60)
        await eventually(lambda: server.seen == [7, 8])

        assert server.connections == 1
        assert server.count("IDLE") == 1
        assert server.count("SEARCH") <= 130
        assert found.said("imap.polled")


@pytest.mark.parametrize("line", ["* OK Still here", "* 1 EXISTS"])
async def test_a_server_that_talks_all_the_time_is_asked_once_a_second_at_most(line: str) -> None:
    async def chatter(session: Session, tag: str) -> None:
        session.idle_tag = tag
        await session.write("+ idling", line, line)

    server = ScriptedImap({}, [On("IDLE", chatter, times=None)])
    async with reading(server):
        await eventually(lambda: server.count("IDLE"))
        began, before = time.monotonic(), server.count("SEARCH")
        while time.monotonic() - began < 2:
            await server.tell(line)
            await asyncio.sleep(0.01)

        assert server.count("SEARCH") - before <= 4
        assert server.connections == 1


async def test_mail_is_taken_while_a_server_talks_of_other_things() -> None:
    server = ScriptedImap({})
    async with reading(server) as found:
        await eventually(lambda: server.count("IDLE"))
        await server.tell("* OK Still here")
        server.mails[8] = Mail(mail(8))
        await server.tell("* OK [ALERT] quota", "* 1 EXISTS")
        await eventually(lambda: server.seen == [8])

        assert found.stored == [mail(8)]


async def test_a_farewell_during_idle_is_no_end() -> None:
    server = ScriptedImap({})
    async with reading(server) as found:
        await eventually(lambda: server.count("IDLE"))
        server.mails[8] = Mail(mail(8))
        await server.tell("* BYE Server shutting down.")
        await eventually(lambda: server.seen == [8])

        assert found.stored == [mail(8)]
        assert server.connections == 2


async def test_a_server_that_says_farewell_whenever_idle_begins_gets_few_logins() -> None:
    async def begin(session: Session, tag: str) -> None:
        await session.write("+ idling", "* BYE Server shutting down.")

    clock = Clock(seconds=3600)
    server = ScriptedImap({7: Mail(mail(7))}, [On("IDLE", begin, times=None)])
    async with reading(server, clock=clock):
        await eventually(lambda: clock.passed > 3000)

        assert server.seen == [7]
        assert server.count("LOGIN") <= 30


async def test_news_before_the_server_says_that_idle_has_begun_is_news() -> None:
    async def early(session: Session, tag: str) -> None:
        session.idle_tag = tag
        server.mails[8] = Mail(mail(8))
        await session.write("* 1 EXISTS", "+ idling")

    server = ScriptedImap({}, [On("IDLE", early)])
    async with reading(server) as found:
        await eventually(lambda: server.seen == [8])

        assert found.stored == [mail(8)]
        assert server.connections == 1


async def test_a_mail_that_waits_is_tried_in_time_although_idle_is_long() -> None:
    server = ScriptedImap({7: Mail(mail(7))}, [On("BODY", no("[UNAVAILABLE]"))])
    began = time.monotonic()
    async with reading(server, idle_seconds=1000) as found:
        server_time = found.ingress._env.now()
        await eventually(lambda: found.said("imap.withheld"))
        # The clock of this test stands still; the mail is due at once when it is moved.
        object.__setattr__(found.ingress._env, "now", lambda: server_time + 6)
        await eventually(lambda: server.seen == [7])

    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "fault", [nonsense, cut(), silence, cut(b"+ idling\r\n* 1 EXI")], ids=["nonsense", "cut", "silence", "half"]
)
async def test_a_connection_that_breaks_over_idle_costs_no_mail(fault: Fault) -> None:
    server = ScriptedImap({}, [On("IDLE", fault)])
    async with reading(server, idle_seconds=1) as found:
        await eventually(lambda: server.count("IDLE"))
        server.mails[8] = Mail(mail(8))
        await eventually(lambda: server.seen == [8])

        assert found.stored == [mail(8)]
        assert server.connections == 2
