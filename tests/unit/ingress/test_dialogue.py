"""SMTP over a socket: what is too slow, too much or has no room, and that nothing of it is kept; a mail in any pieces is the same mail."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
import os
import time
from collections.abc import AsyncIterator
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.config.ingress_limits import IngressLimits
from hermes.ingress import dialogue
from hermes.ingress.certificate import Certificate
from hermes.ingress.shared_limits import SharedLimits
from hermes.ingress.smtp import DialogueBounds, SmtpIngress
from hermes.ingress.spool import Spool
from tests.integration.ingress.smtp_line import Line
from tests.unit.ingress.deposits import Deposits
from tests.unit.ingress.test_smtp_data import TOKENS, reference

OURS = "site@hermes.test"
#: Between two looks at the progress of a mail: longer than a busy machine lets a client wait for the processor.
_LOOK_SECONDS = 1.0


async def begin(line: Line) -> None:
    """Up to the mail's data."""
    assert [answer[:3] for answer in await line.begin(OURS)] == ["250"]
    assert (await line.say("DATA"))[:3] == "354"


class Served:
    def __init__(self, deposits: Deposits, ingress: SmtpIngress, shared: SharedLimits) -> None:
        self.deposits, self.ingress, self.shared = deposits, ingress, shared
        self._lines: list[Line] = []

    async def line(self) -> Line:
        line = await Line.to(self.ingress.port)
        self._lines.append(line)
        return line

    async def close(self) -> None:
        for line in self._lines:
            line.writer.transport.abort()
        await self.ingress.close()


@contextlib.asynccontextmanager
async def serving(
    shared: SharedLimits | None = None, *, certificate: Certificate | None = None, **settings: Any
) -> AsyncIterator[Served]:
    deposits = Deposits()
    shared = shared or SharedLimits()
    ingress = SmtpIngress(
        depositor=deposits.depositor,
        accepts=lambda recipient: recipient.endswith("@hermes.test"),
        hostname="hermes.test",
        shared=shared,
        certificate=certificate,
        bounds=DialogueBounds(**{"close_seconds": 1.0, **settings}),
    )
    await ingress.start()
    served = Served(deposits, ingress, shared)
    try:
        yield served
    finally:
        await served.close()
        assert (shared.spool.memory.held, shared.spool.disk.held) == (0, 0)


@given(st.lists(TOKENS, max_size=30), st.lists(st.integers(1, 9), max_size=12), st.sampled_from([0, 20, 10_000]))
def test_a_mail_is_the_same_whatever_packets_it_comes_in_and_what_follows_is_read(
    tokens: list[bytes], cuts: list[int], memory: int
) -> None:
    sent = b"".join(tokens) + b"\r\n.\r\n"
    content, after = reference(sent)

    async def run() -> None:
        shared = SharedLimits(spool=Spool(body_memory_bytes=memory))
        async with serving(shared) as served:
            line = await served.line()
            await begin(line)
            at = 0
            for cut in [*cuts, len(sent)]:
                line.writer.write(sent[at : at + cut])
                await line.writer.drain()
                await asyncio.sleep(0)
                at += cut
            if after:
                # The tokens held an end themselves: the rest is commands that nobody knows.
                assert (await line.answer())[:1] in {"2", "5"}
                return
            line.writer.write(b"RSET\r\n")
            assert (await line.answer())[:3] == "250"
            assert (await line.answer())[:3] == "250"
            assert list(served.deposits.objects.values()) == [content]

    asyncio.run(run())


async def test_commands_sent_together_with_a_mail_are_answered_after_it() -> None:
    async with serving() as served:
        line = await served.line()
        await begin(line)

        line.writer.write(b"one\r\n.\r\nMAIL FROM:<b@people.test>\r\n" + f"RCPT TO:<{OURS}>\r\nDATA\r\n".encode())
        said = [(await line.answer())[:3] for _ in range(4)]
        line.writer.write(b"two\r\n.\r\nQUIT\r\n")
        said += [(await line.answer())[:3] for _ in range(2)]

        assert said == ["250", "250", "250", "354", "250", "221"]
        assert list(served.deposits.objects.values()) == [b"one\r\n", b"two\r\n"]


async def test_a_mail_that_trickles_is_given_up_and_nothing_is_kept() -> None:
    async with serving(progress_seconds=0.2) as served:
        line = await served.line()
        await begin(line)
        line.writer.write(b"x" * 1000)

        assert (await line.answer())[:3] == "421"
        assert await line.answer() == ""
        assert served.deposits.objects == {}


async def test_a_mail_that_comes_along_is_waited_for() -> None:
    async with serving(progress_seconds=_LOOK_SECONDS) as served:
        line = await served.line()
        await begin(line)
        for _ in range(10):
            line.writer.write(b"x" * 998 + b"\r\n" + b"y" * 62_998 + b"\r\n")
            await asyncio.sleep(_LOOK_SECONDS / 5)

        assert (await line.say("."))[:3] == "250"


async def test_a_line_that_is_too_long_is_refused_at_the_end_and_the_dialogue_goes_on() -> None:
    async with serving() as served:
        line = await served.line()
        await begin(line)
        line.writer.write(b"x" * (dialogue.SMTP_LINE_BYTES + 1) + b"\r\n")
        assert (await line.say("."))[:3] == "500"
        assert (await line.say("MAIL FROM:<anna@people.test>"))[:3] == "250"
        assert served.deposits.objects == {}


async def test_a_full_disk_is_452_and_the_next_mail_is_taken_when_there_is_room() -> None:
    full = True

    def make_file(folder: str | None) -> BinaryIO:
        class File(io.BytesIO):
            def write(self, data: Any) -> int:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        return File() if full else Spool().open_file()

    shared = SharedLimits(spool=Spool(body_memory_bytes=1000, make_file=make_file))
    mail = b"x" * 70 + b"\r\n"
    async with serving(shared) as served:
        line = await served.line()
        await begin(line)
        line.writer.write(mail * 100)
        assert (await line.say("."))[:3] == "452"
        assert served.deposits.objects == {}

        for command in ("MAIL FROM:<anna@people.test>", f"RCPT TO:<{OURS}>"):
            assert (await line.say(command))[:3] == "250"
        full = False
        assert (await line.say("DATA"))[:3] == "354"
        line.writer.write(mail * 100)
        assert (await line.say("."))[:3] == "250"
        assert list(served.deposits.objects.values()) == [mail * 100]


async def test_so_many_mails_are_taken_on_one_connection() -> None:
    async with serving(SharedLimits(IngressLimits(mails_per_connection=2))) as served:
        line = await served.line()
        await begin(line)
        assert (await line.say("one\r\n."))[:3] == "250"
        for command in ("MAIL FROM:<anna@people.test>", f"RCPT TO:<{OURS}>", "DATA"):
            await line.say(command)
        assert (await line.say("two\r\n."))[:3] == "250"

        assert (await line.say("MAIL FROM:<anna@people.test>"))[:3] == "421"
        assert await line.answer() == ""


async def test_an_attachment_is_not_unpacked() -> None:
    bomb = b"begin 644 winmail.dat\r\n" + b"\x78\x9f\x3e\x22" + b"PK\x03\x04" * 1000 + b"\r\n"
    async with serving() as served:
        line = await served.line()
        await begin(line)
        line.writer.write(bomb)
        assert (await line.say("."))[:3] == "250"
        assert list(served.deposits.objects.values()) == [bomb]


async def test_a_client_that_reads_no_answers_is_cut_off_in_time() -> None:
    async with serving(idle_seconds=0.3) as served:
        line = await served.line()
        line.writer.write(b"EHLO client\r\n")

        async with asyncio.timeout(60):
            while served.ingress._dialogues:  # noqa: ASYNC110 - the server has only to hang up
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
async def test_a_clock_that_jumps_ends_nothing_and_keeps_nothing_alive(
    monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    real = time.time
    async with serving(progress_seconds=_LOOK_SECONDS) as served:
        steady, slow = await served.line(), await served.line()
        await begin(steady)
        await begin(slow)
        monkeypatch.setattr(time, "time", lambda: real() + jump)

        for _ in range(8):
            steady.writer.write(b"x" * 40_000 + b"\r\n")
            await asyncio.sleep(_LOOK_SECONDS / 5)

        assert (await steady.say("."))[:3] == "250"
        assert (await slow.answer())[:3] == "421"
