"""The person's mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest

from hermes import errors
from hermes.domain.reply_facts import ReplyKind
from hermes.local import mailbox
from hermes.local.mailbox import DemoMailbox


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[DemoMailbox]:
    one = DemoMailbox(path=tmp_path / "mail")
    await one.start()
    yield one
    await one.close()


async def deliver(box: DemoMailbox, subject: str, *, in_reply_to: str = "", kind: str = "") -> None:
    raw = f"Subject: {subject}\r\nIn-Reply-To: {in_reply_to}\r\nX-Hermes-Kind: {kind}\r\n\r\n.dot\r\n".encode()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=box.port, start_tls=False) as client:
        await client.sendmail("site@hermes.test", ["anna@people.test"], raw)


async def test_a_mail_that_was_there_before_is_found(box: DemoMailbox) -> None:
    await deliver(box, "one")
    await deliver(box, "two")

    found = await box.wait_for(lambda message: message["Subject"] == "one", seconds=60)

    assert found.get_payload() == ".dot\n"
    assert found["Delivered-To"] == "anna@people.test"
    assert [message["Subject"] for message in box.messages()] == ["one", "two"]


async def test_a_mail_that_comes_later_wakes_the_waiting(box: DemoMailbox) -> None:
    waiting = asyncio.create_task(box.wait_for(lambda message: message["Subject"] == "two", seconds=60))

    await deliver(box, "one")
    assert not waiting.done()
    await deliver(box, "two")

    assert (await waiting)["Subject"] == "two"


async def test_waiting_has_an_end(box: DemoMailbox) -> None:
    with pytest.raises(errors.StepFailed, match="no such mail"):
        await box.wait_for(lambda _: False, seconds=0.05)


async def test_another_process_finds_a_reply_by_the_folder(box: DemoMailbox) -> None:
    waiting = asyncio.create_task(mailbox.find_reply(box.path, "<1@people.test>", seconds=10))
    await deliver(box, "Got it", in_reply_to="<1@people.test>", kind=ReplyKind.ACKNOWLEDGED)
    await deliver(box, "Re: hello", in_reply_to="<1@people.test>", kind=ReplyKind.SUCCEEDED)

    found = await waiting
    assert found is not None
    assert found["Subject"] == "Re: hello"
    assert await mailbox.find_reply(box.path, "<2@people.test>", seconds=0.05) is None


async def test_it_closes_with_a_client_connected(tmp_path: Path) -> None:
    one = DemoMailbox(path=tmp_path / "mail")
    await one.start()
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=one.port, start_tls=False)
    await client.connect()

    await asyncio.wait_for(one.close(), 60)

    client.close()
