"""Mail that takes many questions to a slow name server to judge, an owner's mail, and the name server that answers for both."""

from __future__ import annotations

import email.utils
from collections.abc import AsyncIterator
from typing import Final

import pytest

from hermes import ids
from tests.attack import slow_dns
from tests.attack.senders import Domain
from tests.integration.gateway.play import SITE

#: The owner's domain, which is quick; that of another owner, which is slow; and that of nobody, which is slow too.
OWNER, SLOW, EVIL = Domain("example.org"), Domain("acme.example"), "evil.example"
_SIGNED: Final = "from:to:subject:date:message-id:mime-version:content-type:content-transfer-encoding"
_FORGED: Final = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={0}; s=s{1}; h=from; bh=aaaa; b=aaaa\r\n"
#: Of each answer of the hostile name server; a question is given up after four.
_SLOW_SECONDS: Final = 1.7


def signed(raw: bytes) -> bytes:
    """With the signature of the owner's domain."""
    return OWNER.sign(raw, _SIGNED)


def plain(sender: str) -> bytes:
    """Unsigned."""
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


def slow(sender: str) -> bytes:
    """Five signatures to look up; their domain's SPF record has nine includes."""
    domain = sender.rpartition("@")[2]
    return "".join(_FORGED.format(domain, number) for number in range(5)).encode() + plain(sender)


def _includes(domain: str) -> dict[tuple[str, str], list[str]]:
    names = [f"i{number}.{domain}" for number in range(9)]
    found = {(name, "TXT"): [slow_dns.txt("v=spf1 -all")] for name in names}
    return found | {(domain, "TXT"): [slow_dns.txt(f"v=spf1 {' '.join(f'include:{name}' for name in names)} -all")]}


@pytest.fixture
async def dns() -> AsyncIterator[slow_dns.DnsServer]:
    """The hostile name server; it is also that of the owner, and quick for them."""
    records = {key: [slow_dns.txt(text) for text in texts] for key, texts in OWNER.records.items()}
    async with slow_dns.serving(records | _includes(EVIL) | _includes(SLOW.name)) as server:
        server.delays = {EVIL: _SLOW_SECONDS, SLOW.name: _SLOW_SECONDS}
        yield server
