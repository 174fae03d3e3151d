"""Judging with DNS: in slots of its own, few for a domain, and a domain that does not answer is left alone."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors, limits
from hermes.config import loading as config
from hermes.domain.pointer import Pointer, SesVerdicts
from hermes.gateway.intake import judging
from hermes.gateway.intake.judging import Judging
from hermes.gateway.intake.raw_mail import RawMail
from hermes.mail.authenticate import verdict
from hermes.mail.parse.address import Address
from tests import env
from tests.eventually import eventually
from tests.unit.mail.authenticate.judging import KEY_NAME, Dns, Key, signed_by

CONFIG = config.parse({"projects": []})
_MAIL = RawMail.of(b"From: anna@slow.example\r\nTo: site@agent.example\r\n\r\nDo it\r\n")


class _Dns:
    """Names under `held` wait until they are let go; those under `lost` get no answer; all others have no record but SPF's."""

    def __init__(self) -> None:
        self.held, self.lost = "slow.example", "lost.example"
        self.down = False
        self.go = asyncio.Event()
        self.asked: list[str] = []

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        self.asked.append(name)
        if name.endswith(self.held):
            await self.go.wait()
        if self.down:
            raise errors.NameServersDown
        if name.endswith(self.lost):
            raise errors.DnsUnavailable("no answer")
        return ("v=spf1 ip4:192.0.2.1 -all",) if kind == "TXT" and not name.startswith("_") else ()


class _Stage:
    def __init__(self) -> None:
        self.dns, self.now = _Dns(), 0.0
        self.judging = Judging(config=CONFIG, resolver=self.dns, env=env.quiet(clock=lambda: self.now))

    async def judge(self, domain: str, *, ask: bool = True, ses: SesVerdicts | None = None) -> verdict.Verdict:
        pointer = Pointer(
            key="k",
            recipient="site@agent.example",
            sender=f"anna@{domain}",
            ingress="ses" if ses else "smtp",
            received_at=1.0,
            client_address=None if ses else "192.0.2.1",
            ses=ses,
        )
        return await self.judging(pointer, _MAIL, Address("Anna", f"anna@{domain}"), ask=ask)


async def test_a_stranger_is_not_looked_up_and_an_owner_is() -> None:
    stage = _Stage()
    assert not (await stage.judge("good.example", ask=False)).passed
    assert stage.dns.asked == []
    assert (await stage.judge("good.example")).passed
    vouched = SesVerdicts(dmarc="PASS", spam="PASS", virus="PASS")
    assert (await stage.judge("good.example", ses=vouched, ask=False)).passed


async def test_dns_explains_what_a_server_said_of_an_owner_and_is_not_asked_for_a_stranger() -> None:
    dns = Dns({("_dmarc.hosting.example", "TXT"): ["v=DMARC1; p=reject; psd=y"]})
    settings = {"authentication": {"own_check": False}, "lmtp_ingress": {"authserv_id": "mx.agent.example"}}
    judge = Judging(config=config.parse({"projects": [], **settings}), resolver=dns, env=env.quiet())
    mail = RawMail.of(
        b"Authentication-Results: mx.agent.example; dkim=pass header.d=eve.hosting.example\r\n"
        b"From: anna@anna.hosting.example\r\nTo: site@agent.example\r\n\r\nDo it\r\n"
    )
    pointer = Pointer(key="k", recipient="site@agent.example", ingress="lmtp", received_at=1.0)
    author = Address("Anna", "anna@anna.hosting.example")

    assert (await judge(pointer, mail, author, ask=False)).passed
    assert dns.asked == []
    assert not (await judge(pointer, mail, author, ask=True)).passed

    dns.lost = frozenset({"_dmarc.hosting.example"})
    for said in ("no answer", "lately"):
        with pytest.raises(errors.DnsUnavailable, match=said):
            await judge(pointer, mail, author, ask=True)


async def test_a_domain_whose_dns_is_slow_holds_up_no_other() -> None:
    stage = _Stage()
    slow = [asyncio.create_task(stage.judge("slow.example")) for _ in range(judging.JUDGINGS_WAITING)]
    await eventually(lambda: stage.judging.under_way == judging.JUDGINGS_WAITING)
    assert stage.dns.asked.count("_dmarc.slow.example") == judging.JUDGINGS_OF_A_DOMAIN

    with pytest.raises(errors.Transient, match="too many mails wait"):
        await stage.judge("slow.example")
    assert (await stage.judge("good.example")).passed

    stage.dns.go.set()
    assert all(said.passed for said in await asyncio.gather(*slow))
    assert stage.judging.under_way == 0


async def test_a_domain_that_gives_no_answer_is_left_alone_for_longer_and_longer() -> None:
    stage = _Stage()
    for number in range(8):
        with pytest.raises(errors.DnsUnavailable, match=r"no answer$"):
            await stage.judge("lost.example")
        asked = len(stage.dns.asked)
        pause = min(judging.DNS_QUIET_SECONDS * 2**number, judging.DNS_QUIET_SECONDS_MOST)
        stage.now += pause - 1
        with pytest.raises(errors.DnsUnavailable, match="lately"):
            await stage.judge("lost.example")
        assert len(stage.dns.asked) == asked
        assert (await stage.judge("good.example")).passed
        stage.now += 1

    stage.dns.lost = "none.example"
    assert (await stage.judge("lost.example")).passed
    assert (await stage.judge("lost.example")).passed


async def test_name_servers_that_are_down_are_no_domains_fault() -> None:
    stage = _Stage()
    stage.dns.down = True
    for _ in range(2):
        with pytest.raises(errors.NameServersDown):
            await stage.judge("good.example")
    stage.dns.down = False
    assert (await stage.judge("good.example")).passed


async def test_of_a_mail_that_is_too_large_the_signed_header_alone_says_whom_that_is_told_to() -> None:
    key = Key()
    signed = signed_by(key)
    dns = Dns({KEY_NAME: [key.record]})
    pointer = Pointer(key="k", recipient="site@agent.example", ingress="imap", received_at=1.0)

    async def passed(head: bytes, size: int) -> bool:
        async def pour(_: object) -> int:
            raise AssertionError("nothing of its body is read")

        mail = RawMail(beginning=head, size=size, pour=pour)
        author = Address("Anna", "anna@acme.example")
        judged = await Judging(config=CONFIG, resolver=dns, env=env.quiet())(pointer, mail, author, ask=True)
        return judged.passed

    head = signed.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert await passed(head, limits.MAIL_BYTES + 1)
    assert not await passed(head.replace(b"Subject: Title", b"Subject: Other"), limits.MAIL_BYTES + 1)
    assert not await passed(head, len(head))
