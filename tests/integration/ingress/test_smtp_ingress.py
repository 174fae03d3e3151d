"""Mail in by SMTP and LMTP: acknowledged only when stored, with raw dialogues where a library would be too polite."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest

from hermes import errors, limits
from hermes.config.ingress_limits import IngressLimits
from hermes.domain import pointer
from hermes.ingress.lmtp import LmtpIngress
from hermes.ingress.mail_store import MailStore
from hermes.ingress.shared_limits import SharedLimits
from hermes.ingress.smtp import DialogueBounds, ListenPlace, SmtpIngress
from tests import env
from tests.integration.ingress.smtp_line import Line
from tests.integration.stand import Stand
from tests.unit.ingress.deposits import Deposits

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

OURS = "site@hermes.test"
MAIL = b"From: anna@people.test\r\nTo: site@hermes.test\r\nSubject: Hello\r\n\r\nPlease.\r\n"

Make = Callable[..., SmtpIngress]


@pytest.fixture
async def make(aws: Stand) -> AsyncIterator[Make]:
    made: list[SmtpIngress] = []

    def ingress(kind: type[SmtpIngress] = SmtpIngress, **settings: Any) -> SmtpIngress:
        depositor = settings.pop("depositor", None) or MailStore(
            objects=aws.objects, queues=aws.queues, inbound=aws.places.inbound, env=env.quiet()
        )
        one = kind(
            depositor=depositor,
            accepts=lambda recipient: recipient.endswith("@hermes.test"),
            hostname="hermes.test",
            place=ListenPlace(port=settings.pop("port", 0), path=settings.pop("path", None)),
            trust_loopback=settings.pop("trust_loopback", False),
            shared=settings.pop("shared", None),
            bounds=DialogueBounds(**{"close_seconds": 1.0, **settings}),
        )
        made.append(one)
        return one

    yield ingress
    for one in made:
        await one.close()


async def inbound(aws: Stand, count: int) -> list[pointer.Pointer]:
    found: list[pointer.Pointer] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            for received in await aws.queues.receive(aws.places.inbound, wait_seconds=1):
                found += pointer.read(received.body)
                await aws.queues.delete(aws.places.inbound, [received.receipt])
    return found


async def test_a_mail_is_stored_before_it_is_acknowledged(aws: Stand, make: Make) -> None:
    ingress = make()
    await ingress.start()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=ingress.port, start_tls=False) as client:
        _, said = await client.sendmail("anna@people.test", [OURS], MAIL)

    (found,) = await inbound(aws, 1)

    assert "Stored" in said
    assert (found.recipient, found.sender, found.ingress, found.size) == (OURS, "anna@people.test", "smtp", len(MAIL))
    assert found.key.startswith("mails/2")
    assert found.client_address == "127.0.0.1"
    assert found.trusted is False
    assert await aws.objects.get(found.key) == MAIL


async def test_every_recipient_has_a_pointer_to_the_same_bytes(aws: Stand, make: Make) -> None:
    ingress = make(trust_loopback=True)
    await ingress.start()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=ingress.port, start_tls=False) as client:
        await client.sendmail("", [OURS, "shop@hermes.test", OURS], MAIL)

    found = await inbound(aws, 2)

    assert {one.recipient for one in found} == {OURS, "shop@hermes.test"}
    assert len({one.key for one in found}) == 1
    assert {one.sender for one in found} == {""}
    assert all(one.trusted for one in found)


async def test_bytes_come_through_as_they_are(aws: Stand, make: Make) -> None:
    raw = (
        "Subject: Grüße\r\n\r\n.dot\r\n..two\r\n" + "ä" * 3000 + "\r\nlast line without a dot\r\n"
    ).encode() + b"\xff\xfe\r\n"
    ingress = make()
    await ingress.start()
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=ingress.port, start_tls=False) as client:
        await client.sendmail(
            "jürgen@people.test", [f"straße+x{OURS[4:]}"], raw, mail_options=["BODY=8BITMIME", "SMTPUTF8"]
        )

    (found,) = await inbound(aws, 1)

    assert await aws.objects.get(found.key) == raw
    assert (found.sender, found.recipient) == ("jürgen@people.test", "straße+x@hermes.test")


async def test_strangers_addresses_and_oversize_get_5xx(aws: Stand, make: Make) -> None:
    ingress = make()
    await ingress.start()
    line = await Line.to(ingress.port)

    answers = await line.begin("nobody@elsewhere.test", OURS)
    assert [answer[:3] for answer in answers] == ["550", "250"]
    assert (await line.say("RSET"))[:3] == "250"
    assert (await line.say(f"MAIL FROM:<a@b.test> SIZE={limits.MAIL_BYTES + 1}"))[:3] == "552"
    await line.close()


async def test_a_mail_larger_than_it_said_gets_552(aws: Stand, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAIL_BYTES", 2000)
    ingress = make()
    await ingress.start()
    line = await Line.to(ingress.port)
    await line.begin(OURS)
    await line.say("DATA")

    line.writer.write(b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 100)

    assert (await line.say("."))[:3] == "552"
    assert await aws.objects.list("mails/") == []
    await line.close()


async def test_too_many_recipients_are_asked_for_again(make: Make) -> None:
    ingress = make(recipients=2)
    await ingress.start()
    line = await Line.to(ingress.port)

    answers = await line.begin("a@hermes.test", "b@hermes.test", "c@hermes.test")

    assert [answer[:3] for answer in answers] == ["250", "250", "452"]
    await line.close()


async def test_what_cannot_be_stored_is_not_acknowledged(aws: Stand, make: Make) -> None:
    async def lose(**_: Any) -> None:
        raise ConnectionResetError("the network is gone")

    aws.clients.sqs.meta.events.register("before-send.sqs", lose)
    ingress = make()
    await ingress.start()

    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=ingress.port, start_tls=False) as client:
            await client.sendmail("anna@people.test", [OURS], MAIL)

    assert refused.value.code == 451


async def test_a_store_that_does_not_answer_gets_451_in_time(aws: Stand, make: Make) -> None:
    hang = asyncio.Event()

    async def wait(**_: Any) -> None:
        await hang.wait()

    aws.clients.s3.meta.events.register("before-send.s3", wait)
    depositor = MailStore(
        objects=aws.objects, queues=aws.queues, inbound=aws.places.inbound, seconds=0.2, env=env.quiet()
    )
    ingress = make(depositor=depositor)
    await ingress.start()

    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=ingress.port, start_tls=False) as client:
            await client.sendmail("anna@people.test", [OURS], MAIL)

    assert refused.value.code == 451


async def test_a_missing_bucket_is_the_operators_to_mend(aws: Stand, make: Make) -> None:
    await aws.clients.s3.delete_bucket(Bucket=aws.bucket)
    ingress = make()
    await ingress.start()

    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=ingress.port, start_tls=False) as client:
            await client.sendmail("anna@people.test", [OURS], MAIL)

    assert refused.value.code == 451


async def test_a_client_that_goes_away_in_the_middle_leaves_nothing(aws: Stand, make: Make) -> None:
    ingress = make()
    await ingress.start()
    line = await Line.to(ingress.port)
    await line.begin(OURS)
    await line.say("DATA")
    line.writer.write(MAIL)
    await line.close()

    await ingress.close()

    assert await aws.objects.list("mails/") == []


async def test_a_silent_client_is_hung_up_on(make: Make) -> None:
    ingress = make(idle_seconds=0.2)
    await ingress.start()
    line = await Line.to(ingress.port)
    await line.answer()

    assert await line.answer() == ""
    await line.close()


async def test_one_too_many_takes_the_place_of_the_one_that_idles_longest(make: Make) -> None:
    ingress = make(shared=SharedLimits(IngressLimits(connections=2)))
    await ingress.start()
    lines = []
    for _ in range(3):
        lines.append(await Line.to(ingress.port))
        assert (await lines[-1].answer())[:3] == "220"

    assert (await lines[0].answer())[:3] == "421"
    assert await lines[0].answer() == ""
    assert [(await line.say("EHLO client"))[:3] for line in lines[1:]] == ["250", "250"]
    for line in lines:
        await line.close()


async def test_one_too_many_is_told_to_come_again_while_all_others_are_at_work(aws: Stand, make: Make) -> None:
    store = Deposits()
    store.go_on.clear()
    ingress = make(shared=SharedLimits(IngressLimits(connections=1)), depositor=store.depositor)
    await ingress.start()
    busy = await Line.to(ingress.port)
    await busy.begin(OURS)
    await busy.say("DATA")
    busy.writer.write(MAIL + b".\r\n")
    await asyncio.wait_for(store.asked.wait(), 60)

    other = await Line.to(ingress.port)

    assert (await other.answer())[:3] == "421"
    assert await other.answer() == ""
    store.go_on.set()
    assert (await busy.answer())[:3] == "250"
    for line in (busy, other):
        await line.close()


async def test_close_lets_the_mail_under_way_finish_and_hangs_up_on_the_idle(aws: Stand, make: Make) -> None:
    ingress = make(close_seconds=10.0)
    await ingress.start()
    port = ingress.port
    idle, busy = await Line.to(port), await Line.to(port)
    await idle.answer()
    await busy.begin(OURS)
    await busy.say("DATA")

    closing = asyncio.create_task(ingress.close())

    assert (await idle.answer())[:3] == "421"
    busy.writer.write(MAIL)
    assert (await busy.say("."))[:3] == "250"
    assert (await busy.answer())[:3] == "421"
    await asyncio.wait_for(closing, 60)
    assert len(await inbound(aws, 1)) == 1
    with pytest.raises(ConnectionRefusedError):
        await Line.to(port)
    for line in (idle, busy):
        await line.close()


async def test_close_does_not_wait_for_ever(make: Make) -> None:
    ingress = make(close_seconds=0.1)
    await ingress.start()
    line = await Line.to(ingress.port)
    await line.begin(OURS)

    await asyncio.wait_for(ingress.close(), 60)

    line.writer.close()


async def test_a_port_that_is_taken_is_named(make: Make) -> None:
    first = make()
    await first.start()

    with pytest.raises(errors.ConfigError, match=f"another program listens on 127.0.0.1:{first.port}"):
        await make(port=first.port).start()


async def test_lmtp_answers_for_one_recipient_at_a_time(aws: Stand, make: Make) -> None:
    ingress = make(LmtpIngress)
    await ingress.start()
    line = await Line.to(ingress.port)
    await line.answer()

    assert (await line.say("EHLO client"))[:3] == "500"
    assert (await line.say("LHLO client"))[:3] == "250"
    await line.say("MAIL FROM:<anna@people.test>")
    assert (await line.say(f"RCPT TO:<{OURS}>"))[:3] == "250"
    assert (await line.say("RCPT TO:<shop@hermes.test>"))[:3] == "452"
    await line.say("DATA")
    line.writer.write(MAIL)
    assert (await line.say("."))[:3] == "250"
    (found,) = await inbound(aws, 1)
    assert found.ingress == "lmtp"
    await line.close()


async def test_lmtp_listens_on_a_unix_socket_and_takes_over_a_dead_ones_place(
    aws: Stand, make: Make, tmp_path: Path
) -> None:
    path = tmp_path / "lmtp.sock"
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as killed:
        killed.bind(str(path))
    ingress = make(LmtpIngress, path=path)
    await ingress.start()
    with pytest.raises(errors.ConfigError, match="another process listens there"):
        await make(LmtpIngress, path=path).start()

    line = Line(*await asyncio.open_unix_connection(str(path)))
    await line.answer()
    await line.say("LHLO client")
    await line.say("MAIL FROM:<anna@people.test>")
    await line.say(f"RCPT TO:<{OURS}>")
    await line.say("DATA")
    line.writer.write(MAIL)
    assert (await line.say("."))[:3] == "250"
    await line.close()
    (found,) = await inbound(aws, 1)
    await ingress.close()

    assert (found.ingress, found.trusted, found.client_address) == ("lmtp", False, None)
    assert not path.exists()


async def test_the_address_of_the_server_that_relays_by_lmtp_is_no_evidence(aws: Stand, make: Make) -> None:
    ingress = make(LmtpIngress)
    await ingress.start()
    line = await Line.to(ingress.port)
    await line.answer()
    await line.say("LHLO client")
    await line.say("MAIL FROM:<anna@people.test>")
    await line.say(f"RCPT TO:<{OURS}>")
    await line.say("DATA")
    line.writer.write(MAIL)
    await line.say(".")
    await line.close()

    assert (await inbound(aws, 1))[0].client_address is None


async def test_a_pointer_is_json_that_sqs_takes_whatever_the_addresses_hold(aws: Stand, make: Make) -> None:
    ingress = make()
    await ingress.start()
    line = await Line.to(ingress.port)
    await line.answer()
    await line.say("EHLO client")
    line.writer.write(b"MAIL FROM:<\xff\xfe@people.test>\r\n")
    first = await line.answer()
    line.writer.write(b"RCPT TO:<\xff@hermes.test>\r\n")
    second = await line.answer()

    assert first[:3] in {"250", "553"}
    assert second[:3] in {"553", "503"}
    await line.close()
    assert json.loads(pointer.Pointer(key="k", recipient=OURS, ingress="smtp", received_at=1.0).model_dump_json())
