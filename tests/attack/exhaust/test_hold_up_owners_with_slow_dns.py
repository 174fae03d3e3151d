"""Mails of 700 bytes whose domain's DNS takes its time hold every slot of the gateway: an owner's mail does not wait for them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from hermes import ids
from hermes.app import ingress as ingress_build
from hermes.app import intake
from hermes.domain.mails import MailRecord, Outcome
from hermes.gateway.intake import inbound, judging
from hermes.ingress.mail_store import MailStore
from hermes.ingress.resolver import Resolver
from tests import env
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

_EVIL = slow_mail.EVIL
_TARGET_SECONDS = 2.0


@pytest.fixture
async def gateway(play: Play, forks: Forks, dns: slow_dns.DnsServer) -> AsyncIterator[Measured]:
    """A gateway of its own process that judges by DKIM and SPF."""
    settings = play.config(
        smtp_ingress={"enabled": False, "trust_loopback": False}, authentication={"own_check": True}
    ).model_dump(mode="json", exclude_unset=True)
    async with measured(forks, settings, dns.port) as one:
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
    raw = slow_mail.plain(ANNA)
    message_id = raw.split(b"\r\n", 1)[0].removeprefix(b"Message-ID: ").decode()
    mail_id = ids.mail_id("acme/site", message_id, b"")
    began = time.monotonic()
    await _deposit(depositor, slow_mail.signed(raw), ANNA, [SITE])

    async def command() -> bool:
        record = await play.stand.sessions.mail(mail_id)
        return record is not None and record.outcome is Outcome.COMMAND

    await eventually(command, seconds=60)
    return time.monotonic() - began


async def _flood(depositor: MailStore, count: int, sender: str) -> None:
    left = iter(range(count))

    async def some() -> None:
        for number in left:
            await _deposit(depositor, slow_mail.slow(sender.format(number)), sender.format(number), [SITE])

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
    assert BOB.endswith(f"@{slow_mail.SLOW.name}")
    count = 10_000 if large else 60
    flood = asyncio.create_task(_flood(depositor, count, BOB))
    await asyncio.wait([flood], timeout=None if not large else 30)

    waited = [await _owner_waits(play, depositor) for _ in range(3)]
    await flood
    waited.append(await _owner_waits(play, depositor))

    figures.add("mails", float(count))
    figures.add("owner_seconds", max(waited))
    assert max(waited) < (_TARGET_SECONDS if large else 15)


@pytest.mark.usefixtures("gateway")
async def test_a_hundred_sub_addresses_are_one_mail(
    play: Play, depositor: MailStore, dns: slow_dns.DnsServer, figures: Figures
) -> None:
    name, _, domain = SITE.partition("@")
    key = await _deposit(
        depositor,
        slow_mail.slow(f"eve@{_EVIL}"),
        f"eve@{_EVIL}",
        [f"{name}+{number}@{domain}" for number in range(100)],
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
    dns.delays = {slow_mail.SLOW.name: -1}
    monkeypatch.setattr(intake, "Resolver", lambda: Resolver(servers=("127.0.0.1",), port=dns.port, seconds=0.5))
    async with play.serving(smtp_ingress={"enabled": False, "trust_loopback": False}):
        key = await _deposit(depositor, slow_mail.slow(BOB), BOB, [SITE])
        record = await _record(play.stand, key, 60)

    assert (record.outcome, record.reply_id) == (Outcome.REFUSED, None)
    assert "asked 3 times" in record.reason
    assert await play.stand.outbox.all() == []
    assert await play.stand.queues.receive(play.stand.places.dead, wait_seconds=0) == []
