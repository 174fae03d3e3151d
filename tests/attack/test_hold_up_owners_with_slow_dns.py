"""Mails of 700 bytes whose domain's DNS takes its time hold every slot of the gateway: an owner's mail does not wait for them."""

from __future__ import annotations

import asyncio
import datetime
import email.utils
import json
import time
from collections.abc import AsyncIterator

import pytest

from hermes import ids
from hermes.app import gateway as composition
from hermes.app import ingress as ingress_build
from hermes.domain.mails import MailRecord, Outcome
from hermes.gateway.intake import inbound, judging
from hermes.ingress.mail_store import MailStore
from hermes.ingress.resolver import Resolver
from tests import env
from tests.attack import slow_dns
from tests.attack.measured_gateway import Measured, measured
from tests.attack.senders import Domain
from tests.attack.table import Figures
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, BOB, SITE, Play
from tests.integration.stand import Stand

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

_OWNER, _SLOW, _EVIL = Domain("example.org"), Domain("acme.example"), "evil.example"
_SIGNED = "from:to:subject:date:message-id:mime-version:content-type:content-transfer-encoding"
_FORGED = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={0}; s=s{1}; h=from; bh=aaaa; b=aaaa\r\n"
#: Of each answer of the hostile name server; a question is given up after four.
_SLOW_SECONDS = 1.7
_TARGET_SECONDS = 2.0


def _mail(sender: str) -> bytes:
    lines = [
        f"Message-ID: <{ids.new_id()}@example.org>",
        f"Date: {email.utils.formatdate()}",
        f"From: {sender}",
        f"To: {SITE}",
        "Subject: The site",
        "MIME-Version: 1.0",
        "Content-Type: text/plain",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\nPlease do it\r\n"


def _slow_mail(sender: str) -> bytes:
    """Five signatures to look up; their domain's SPF record has nine includes."""
    domain = sender.rpartition("@")[2]
    return "".join(_FORGED.format(domain, number) for number in range(5)).encode() + _mail(sender)


def _includes(domain: str) -> dict[tuple[str, str], list[str]]:
    names = [f"i{number}.{domain}" for number in range(9)]
    found = {(name, "TXT"): [slow_dns.txt("v=spf1 -all")] for name in names}
    return found | {(domain, "TXT"): [slow_dns.txt(f"v=spf1 {' '.join(f'include:{name}' for name in names)} -all")]}


@pytest.fixture
async def dns() -> AsyncIterator[slow_dns.DnsServer]:
    """The hostile name server; it is also that of the owner, and quick for them."""
    records = {key: [slow_dns.txt(text) for text in texts] for key, texts in _OWNER.records.items()}
    async with slow_dns.serving(records | _includes(_EVIL) | _includes(_SLOW.name)) as server:
        server.delays = {_EVIL: _SLOW_SECONDS, _SLOW.name: _SLOW_SECONDS}
        yield server


@pytest.fixture
async def gateway(play: Play, dns: slow_dns.DnsServer) -> AsyncIterator[Measured]:
    """A gateway of its own process that judges by DKIM and SPF."""
    settings = play.config(
        smtp_ingress={"enabled": False, "trust_loopback": False}, authentication={"own_check": True}
    ).model_dump(mode="json", exclude_unset=True)
    async with measured(settings, dns.port) as one:
        yield one


@pytest.fixture
def depositor(play: Play) -> MailStore:
    """The end of every way in."""
    stand = play.stand
    return ingress_build.depositor(play.config(), stand.objects, stand.queues, stand.places, env=env.quiet())


async def _deposit(depositor: MailStore, raw: bytes, sender: str, recipients: list[str]) -> str:
    return await depositor.deposit(
        raw, recipients=recipients, sender=sender, ingress="smtp", client_address="198.51.100.1"
    )


async def _record(stand: Stand, key: str, seconds: float) -> MailRecord:
    async def there() -> MailRecord | None:
        return next((one for one in await stand.sessions.all_mails() if one.key == key), None)

    found: MailRecord = await eventually(there, seconds=seconds)
    return found


async def _owner_waits(play: Play, depositor: MailStore) -> float:
    """Seconds from an owner's mail to the command that it became."""
    raw = _mail(ANNA)
    message_id = raw.split(b"\r\n", 1)[0].removeprefix(b"Message-ID: ").decode()
    mail_id = ids.mail_id("acme/site", message_id, b"")
    began = time.monotonic()
    await _deposit(depositor, _OWNER.sign(raw, _SIGNED), ANNA, [SITE])

    async def command() -> bool:
        record = await play.stand.sessions.mail(mail_id)
        return record is not None and record.outcome is Outcome.COMMAND

    await eventually(command, seconds=60)
    return time.monotonic() - began


async def _flood(depositor: MailStore, count: int, sender: str) -> None:
    left = iter(range(count))

    async def some() -> None:
        for number in left:
            await _deposit(depositor, _slow_mail(sender.format(number)), sender.format(number), [SITE])

    await asyncio.gather(*(some() for _ in range(16)))


@pytest.mark.usefixtures("gateway")
async def test_strangers_with_slow_dns_keep_no_owner_waiting(
    play: Play, depositor: MailStore, dns: slow_dns.DnsServer, large: bool, figures: Figures
) -> None:
    count = 10_000 if large else 200
    alone = await _owner_waits(play, depositor)
    flood = asyncio.create_task(_flood(depositor, count, "eve{}@" + _EVIL))
    await asyncio.wait([flood], timeout=None if not large else 30)

    waited = [await _owner_waits(play, depositor) for _ in range(3)]
    await flood
    waited.append(await _owner_waits(play, depositor))

    figures.add("mails", float(count))
    figures.add("alone_seconds", alone)
    figures.add("owner_seconds", max(waited))
    assert max(waited) < (_TARGET_SECONDS if large else 15)
    assert not any(name.endswith(_EVIL) for name in dns.asked)


@pytest.mark.usefixtures("gateway")
async def test_an_owners_own_slow_dns_keeps_no_other_owner_waiting(
    play: Play, depositor: MailStore, large: bool, figures: Figures
) -> None:
    """Whoever owns one project, or forges the name of one who does, holds up the others no longer."""
    assert BOB.endswith(f"@{_SLOW.name}")
    count = 10_000 if large else 60
    flood = asyncio.create_task(_flood(depositor, count, BOB))
    await asyncio.wait([flood], timeout=None if not large else 30)

    waited = [await _owner_waits(play, depositor) for _ in range(3)]
    await flood
    waited.append(await _owner_waits(play, depositor))

    figures.add("mails", float(count))
    figures.add("owner_seconds", max(waited))
    assert max(waited) < (_TARGET_SECONDS if large else 15)


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


async def _flood_by_ses(stand: Stand, count: int, author: str) -> None:
    """Each is another mail, in an object of its own."""
    left = iter(range(count))

    async def some() -> None:
        for number in left:
            await stand.objects.put(f"ses/{number}", _slow_mail(author), content_type="message/rfc822")
            await stand.queues.send(stand.places.inbound, _notification(f"ses/{number}", author))

    await asyncio.gather(*(some() for _ in range(16)))


@pytest.mark.parametrize("author", ["eve@" + _EVIL, BOB])
async def test_mails_that_ses_takes_in_keep_no_owner_waiting(
    play: Play, depositor: MailStore, dns: slow_dns.DnsServer, author: str, large: bool, figures: Figures
) -> None:
    """They come straight to the inbound queue: an owner waits until those before are handed over, which is a matter of calls to SQS."""
    count = 1000 if large else 100
    settings = play.config(
        smtp_ingress={"enabled": False, "trust_loopback": False}, authentication={"own_check": True}
    ).model_dump(mode="json", exclude_unset=True)
    await _flood_by_ses(play.stand, count, author)
    async with measured(settings, dns.port):
        behind = await _owner_waits(play, depositor)
        flood = asyncio.create_task(_flood_by_ses(play.stand, count, author))
        waited = []
        while not flood.done():
            waited.append(await _owner_waits(play, depositor))
            await asyncio.wait([flood], timeout=1)
        await flood

    figures.add("mails", float(count))
    figures.add("owner_seconds_behind", behind)
    figures.add("owner_seconds_amid", max(waited))
    assert max(behind, *waited) < 15


@pytest.mark.usefixtures("gateway")
async def test_a_hundred_sub_addresses_are_one_mail(
    play: Play, depositor: MailStore, dns: slow_dns.DnsServer, figures: Figures
) -> None:
    name, _, domain = SITE.partition("@")
    key = await _deposit(
        depositor, _slow_mail(f"eve@{_EVIL}"), f"eve@{_EVIL}", [f"{name}+{number}@{domain}" for number in range(100)]
    )

    await _record(play.stand, key, 20)
    waited = await _owner_waits(play, depositor)

    figures.add("owner_seconds", waited)
    records = [one for one in await play.stand.sessions.all_mails() if one.key == key]
    assert [one.outcome for one in records] == [Outcome.REFUSED]
    assert not any(name.endswith(_EVIL) for name in dns.asked)


async def test_an_author_whose_dns_never_answers_is_refused_after_few_tries(
    play: Play, depositor: MailStore, dns: slow_dns.DnsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "JUDGE_AGAIN_SECONDS", (0.2, 0.2))
    monkeypatch.setattr(judging, "DNS_QUIET_SECONDS", 0.1)
    dns.delays = {_SLOW.name: -1}
    monkeypatch.setattr(composition, "Resolver", lambda: Resolver(servers=("127.0.0.1",), port=dns.port, seconds=0.5))
    async with play.serving(smtp_ingress={"enabled": False, "trust_loopback": False}):
        key = await _deposit(depositor, _slow_mail(BOB), BOB, [SITE])
        record = await _record(play.stand, key, 60)

    assert (record.outcome, record.reply_id) == (Outcome.REFUSED, None)
    assert "asked 3 times" in record.reason
    assert await play.stand.outbox.all() == []
    assert await play.stand.queues.receive(play.stand.places.dead, wait_seconds=0) == []
