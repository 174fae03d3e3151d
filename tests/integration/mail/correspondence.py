"""What the tests of mail in a running gateway have in common: settings, a reply's mail, mails as other servers bring them."""

from __future__ import annotations

import email
import email.message
import email.utils
import time
from typing import Any

from hermes.app.gateway import Gateway
from hermes.domain.mails import MailRecord
from hermes.domain.pointer import Pointer, SesVerdicts
from hermes.domain.replies import Reply
from tests.eventually import eventually
from tests.integration.gateway.play import SITE, Play

KEY = "0123456789abcdef0123456789abcdef"
#: Of every mail that is written here, so that two with the same words are the same but for their ids.
DATE = email.utils.formatdate(time.time() - 60)
PASS = SesVerdicts(spf="PASS", dkim="PASS", dmarc="PASS", spam="PASS", virus="PASS")
#: Of a true mail that somebody sent on: the signature holds, the server is another's.
SENT_ON = SesVerdicts(spf="FAIL", dkim="PASS", dmarc="PASS", spam="PASS", virus="PASS")


def settings(play: Play, **more: Any) -> dict[str, Any]:
    """A gateway with answer addresses that trusts nobody on loopback: who writes must be vouched for."""
    return {
        "smtp_ingress": {"enabled": False, "trust_loopback": False},
        "mail": {"token_key": KEY, "rate_limit": True, "smtp": {"port": play.postbox.port, "security": "none"}},
        "authentication": {"own_check": False},
        **more,
    }


async def deliver(
    play: Play,
    gateway: Gateway,
    raw: bytes,
    *,
    recipient: str = SITE,
    sender: str | None = "x@example.org",
    ses: SesVerdicts | None = None,
    ingress: str = "ses",
    order: float | None = None,
    client: str | None = None,
) -> MailRecord:
    """A mail as it came, handled."""
    letter = await play.letter("", raw=raw, to=recipient, trusted=False)
    pointer: Pointer = letter.pointer.model_copy(
        update={"sender": sender, "ses": ses, "ingress": ingress, "client_address": client}
    )
    return await gateway.processor.handle(pointer, order=order or play.order())


def written(
    text: str, *, author: str, to: str = SITE, message_id: str | None = None, headers: tuple[str, ...] = ()
) -> bytes:
    """A mail as a person's program writes it."""
    lines = [
        f"Message-ID: {message_id or email.utils.make_msgid(domain='example.org')}",
        f"Date: {DATE}",
        f"From: {author}",
        f"To: {to}",
        "Subject: The site",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + text + "\r\n").encode()


def mail_of(reply: Reply) -> email.message.Message:
    """The mail in a row of the outbox."""
    return email.message_from_bytes(reply.raw)


def answer_address(reply: Reply) -> str:
    """Where an answer to this reply goes."""
    return email.utils.parseaddr(str(mail_of(reply)["Reply-To"]))[1]


async def settled(play: Play, wanted: int = 0) -> list[Reply]:
    """The rows of the outbox once none is on its way."""

    async def quiet() -> list[Reply] | None:
        rows = await play.stand.outbox.all()
        under_way = any(gateway.service._outbox._sending for gateway in play.gateways)
        return rows if len(rows) >= wanted and not under_way else None

    found: list[Reply] = []

    async def look() -> bool:
        nonlocal found
        rows = await quiet()
        found = rows or []
        return rows is not None

    await eventually(look, seconds=20)
    return found
