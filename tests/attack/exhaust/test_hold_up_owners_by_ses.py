"""A flood that SES takes in comes straight to the owners' queue: an owner's mail does not wait for it."""

from __future__ import annotations

import asyncio
import datetime
import json
import time

import pytest

from hermes import ids, limits
from hermes.domain.mails import Outcome
from hermes.gateway.intake import stranger_sorter
from tests.attack import slow_dns, slow_mail
from tests.attack.measured_gateway import Measured, measured
from tests.attack.slow_mail import dns
from tests.attack.table import Figures
from tests.eventually import eventually
from tests.forks import Forks
from tests.integration.gateway.play import ANNA, BOB, SITE, Play
from tests.integration.stand import Stand

__all__ = ["dns"]

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

#: What the gateway may add to the time that the queue itself needs to give so many messages: AWS gives them at once, the emulator is one
#: process that shares this machine.
_TARGET_SECONDS = 2.0
#: Mails that the owner writes amid the flood and while the gateway works it off.
_OWNERS = 6


def _notification(key: str, author: str) -> str:
    """As SES puts it on the queue: it stored the mail itself."""
    mail = {
        "timestamp": datetime.datetime.now(datetime.UTC).isoformat(),
        "source": author,
        "messageId": key,
        "commonHeaders": {"from": [author], "to": [SITE]},
    }
    receipt = {"recipients": [SITE], "action": {"type": "S3", "objectKey": key}}
    return json.dumps({"notificationType": "Received", "receipt": receipt, "mail": mail})


async def _flood(stand: Stand, count: int, author: str) -> None:
    """As fast as the queue takes them. Ten notifications share an object: what becomes of a stranger's mail is not what is tried here."""
    left = iter(range(0, count, limits.BATCH))

    async def some() -> None:
        for start in left:
            key = f"ses/{start}"
            await stand.objects.put(key, slow_mail.slow(author), content_type="message/rfc822")
            numbers = range(start, min(start + limits.BATCH, count))
            entries = [{"Id": str(number), "MessageBody": _notification(key, author)} for number in numbers]
            await stand.clients.sqs.send_message_batch(QueueUrl=stand.places.inbound, Entries=entries)

    await asyncio.gather(*(some() for _ in range(16)))


async def _queue_takes(stand: Stand, count: int) -> float:
    """Seconds in which the queue alone gives as many messages to as many receivers as a gateway has, with nobody else at work."""
    url = await stand.queues.create(f"{stand.places.inbound.rpartition('/')[2]}-bare", {})
    left = iter(range(0, count, limits.BATCH))

    async def send() -> None:
        for start in left:
            entries = [{"Id": str(number), "MessageBody": _notification("k", ANNA)} for number in range(limits.BATCH)]
            await stand.clients.sqs.send_message_batch(QueueUrl=url, Entries=entries)
            del start

    async def take() -> None:
        while await stand.queues.receive(url, most=limits.BATCH, wait_seconds=0, visibility_seconds=300):
            pass

    await asyncio.gather(*(send() for _ in range(16)))
    began = time.monotonic()
    await asyncio.gather(*(take() for _ in range(1 + stranger_sorter.MOST_BESIDE)))
    took = time.monotonic() - began
    await stand.queues.delete_queue(url)
    return took


async def _owner_waits(stand: Stand, gateway: Measured) -> float:
    """Seconds from an owner's mail, which SES takes in too, to the command that it became."""
    raw = slow_mail.plain(ANNA)
    message_id = raw.split(b"\r\n", 1)[0].removeprefix(b"Message-ID: ").decode()
    mail_id = ids.mail_id("acme/site", message_id, b"")
    key = f"ses/{ids.new_id()}"
    took = gateway.watch()
    await stand.objects.put(key, slow_mail.signed(raw), content_type="message/rfc822")
    await stand.queues.send(stand.places.inbound, _notification(key, ANNA))

    async def command() -> bool:
        record = await stand.sessions.mail(mail_id)
        return record is not None and record.outcome is Outcome.COMMAND

    await eventually(command, seconds=60)
    return took()


@pytest.mark.parametrize("author", ["eve@" + slow_mail.EVIL, BOB])
async def test_a_flood_that_ses_takes_in_keeps_no_owner_waiting(
    play: Play, forks: Forks, dns: slow_dns.DnsServer, author: str, large: bool, figures: Figures
) -> None:
    count = 10_000 if large else 300
    settings = play.config(
        smtp_ingress={"enabled": False, "trust_loopback": False}, authentication={"own_check": True}
    ).model_dump(mode="json", exclude_unset=True)
    bare = await _queue_takes(play.stand, count)
    await _flood(play.stand, count, author)
    async with measured(forks, settings, dns.port) as gateway:
        behind = await _owner_waits(play.stand, gateway)
        flood = asyncio.create_task(_flood(play.stand, count, author))
        amid = []
        for _ in range(_OWNERS):
            await asyncio.wait([flood], timeout=0.5)
            amid.append(await _owner_waits(play.stand, gateway))
        await flood
        amid.append(await _owner_waits(play.stand, gateway))
        cost = await gateway.cost()

    figures.add("mails", float(count))
    figures.add("queue_alone_seconds", bare)
    figures.add("owner_seconds_behind", behind)
    figures.add("owner_seconds_amid", max(amid))
    figures.add("lag_ms", cost.lag_ms)
    # Amid the flood the queue takes as many messages as it gives.
    assert behind < bare + (_TARGET_SECONDS if large else 15)
    assert max(amid) < 2 * bare + (_TARGET_SECONDS if large else 15)
