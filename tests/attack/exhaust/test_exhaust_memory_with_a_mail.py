"""One mail of 30 MB ends the gateway by its memory, halts its loop, or is judged again and again: it costs next to nothing instead."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import email.utils
import sys
from collections.abc import AsyncIterator, Callable

import pytest

from hermes import ids, limits
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer
from tests.attack import slow_dns
from tests.attack.measured_gateway import Measured, measured
from tests.attack.senders import Domain
from tests.attack.table import Figures
from tests.eventually import eventually
from tests.forks import Forks
from tests.integration.gateway.play import ANNA, SITE, Play

pytestmark = [
    pytest.mark.parametrize("endpoint", ["ministack"], indirect=True),
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]

_OWNER = Domain("example.org")
_SIGNED = "from:to:subject:date:message-id:mime-version:content-type:content-transfer-encoding"
#: The targets, of `make attack`; an ordinary run takes smaller mails on a machine that has other things to do.
_MEMORY_MB, _LAG_MS, _CPU_SECONDS = 64, 50, 1.0


def _mail(sender: str, body: bytes, *headers: str) -> bytes:
    lines = [
        f"Message-ID: <{ids.new_id()}@example.org>",
        f"Date: {email.utils.formatdate()}",
        f"From: {sender}",
        f"To: {SITE}",
        "Subject: The site",
        "MIME-Version: 1.0",
        *(headers or ("Content-Type: text/plain",)),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _filled(unit: bytes, size: int) -> bytes:
    return unit * (size // len(unit))


def _line_feeds(sender: str) -> Callable[[int], bytes]:
    return lambda size: _mail(sender, _filled(b"\n" * 60_000 + b"x\r\n", size))


def _runs_of_spaces(size: int) -> bytes:
    forged = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1; h=from; bh=aaaa; b=aaaa\r\n"
    return forged * 5 + _mail(ANNA, _filled(b" " * 63 + b"x", size))


def _blown_up(size: int) -> bytes:
    """A true mail of the owner's, with line ends behind it that no signature covers (RFC 6376, 3.4.3)."""
    return _OWNER.sign(_mail(ANNA, b"Please do it\r\n"), _SIGNED) + b"\n" * size


def _attachments(size: int) -> bytes:
    part = (
        b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(bytes(range(256)) * (size // 720))
        + b"\r\n"
    )
    body = b"--b\r\nContent-Type: text/plain\r\n\r\nPlease look\r\n" + part + part + b"--b--\r\n"
    # Signed in the simple form, by a hash that dkimpy would need gigabytes for: the body has no runs, so its lines are its form.
    return _OWNER.sign(_mail(ANNA, body, 'Content-Type: multipart/mixed; boundary="b"'), _SIGNED)


def _report(size: int) -> bytes:
    body = b"--b\r\nContent-Type: text/plain\r\n\r\nuser unknown\r\n" + _filled(
        b"--b\r\n\r\n<eve@evil.example>\r\n", size
    )
    return _mail("MAILER-DAEMON@evil.example", body, 'Content-Type: multipart/report; boundary="b"')


def _one_line_of_html(size: int) -> bytes:
    return _OWNER.sign(_mail(ANNA, b"<p>Do it</p>", "Content-Type: text/html"), _SIGNED) + b"\n" * size


def _endless_parameter(size: int) -> bytes:
    return _mail("eve@evil.example", _filled(b"x\r\n", size), "Content-Type: text/plain; " + "a" * 250_000)


#: What is sent → the outcome, and whether its author is an owner who is vouched for.
MAILS: dict[str, tuple[Callable[[int], bytes], Outcome, bool]] = {
    "line feeds of a stranger": (_line_feeds("eve@evil.example"), Outcome.REFUSED, False),
    "a header that is one endless parameter": (_endless_parameter, Outcome.REFUSED, False),
    "line feeds under the owner's name": (_line_feeds(ANNA), Outcome.REFUSED, False),
    "runs of 63 spaces under five forged signatures": (_runs_of_spaces, Outcome.REFUSED, False),
    "a delivery report of endless parts": (_report, Outcome.IGNORED, False),
    "a true mail blown up by who passed it on": (_blown_up, Outcome.COMMAND, True),
    "a true mail of HTML blown up": (_one_line_of_html, Outcome.COMMAND, True),
    "attachments of an owner": (_attachments, Outcome.COMMAND, True),
}


@pytest.fixture
async def gateway(play: Play, forks: Forks) -> AsyncIterator[Measured]:
    """A gateway of its own process that judges by DKIM and SPF."""
    settings = play.config(
        smtp_ingress={"enabled": False, "trust_loopback": False}, authentication={"own_check": True}
    ).model_dump(mode="json", exclude_unset=True)
    records = {key: [slow_dns.txt(text) for text in texts] for key, texts in _OWNER.records.items()}
    async with slow_dns.serving(records) as dns, measured(forks, settings, dns.port) as one:
        yield one


async def _post(play: Play, raw: bytes, queue: str) -> Pointer:
    pointer = Pointer(
        key=f"mails/{ids.new_id()}.eml",
        recipient=SITE,
        sender="eve@evil.example",
        ingress="smtp",
        received_at=play.clock.time(),
        client_address="198.51.100.1",
    )
    await play.stand.objects.put(pointer.key, raw)
    await play.stand.queues.send(queue, pointer.model_dump_json())
    return pointer


async def _record(play: Play, pointer: Pointer, seconds: float = 60) -> MailRecord:
    async def there() -> MailRecord | None:
        return next((one for one in await play.stand.sessions.all_mails() if one.key == pointer.key), None)

    found: MailRecord = await eventually(there, seconds=seconds)
    return found


@pytest.mark.parametrize("name", MAILS)
async def test_it_costs_little_and_is_decided_once(
    play: Play, gateway: Measured, name: str, large: bool, figures: Figures
) -> None:
    made, outcome, owner = MAILS[name]
    size = (limits.MAIL_BYTES if large else 8 * 1024 * 1024) - 1024 * 1024
    raw = made(size)
    for sender in ("eve@evil.example", ANNA):  # whatever is loaded at the first mail
        await _record(play, await _post(play, _mail(sender, b"Hello"), play.stand.places.inbound))
    before = await gateway.cost()

    pointer = await _post(play, raw, play.stand.places.inbound)
    record = await _record(play, pointer)

    cost = await gateway.cost()
    figures.add("mb", len(raw) / 2**20)
    figures.add("rss_more_mb", cost.peak_mb - before.rss_mb)
    figures.add("lag_ms", cost.lag_ms)
    figures.add("cpu_seconds", cost.cpu_seconds)
    assert record.outcome is outcome, record.reason
    assert cost.peak_mb - before.rss_mb < _MEMORY_MB
    assert cost.lag_ms < (_LAG_MS if large else 1000)
    assert owner or cost.cpu_seconds < (_CPU_SECONDS if large else 5)
    assert gateway.lives


async def test_a_dead_letter_is_labelled_and_told_of_without_another_judgement(play: Play, large: bool) -> None:
    """Whatever it did to the gateway, it does not do it once more because its author is told."""
    raw = _line_feeds("eve@evil.example")((limits.MAIL_BYTES if large else 8 * 2**20) - 2**20)
    made = await play.gateway(smtp_ingress={"enabled": False, "trust_loopback": False})
    letter = await play.letter("", raw=raw, trusted=False)
    handled = 0

    async def killed(*_: object, **__: object) -> None:
        nonlocal handled
        handled += 1
        raise asyncio.CancelledError  # as near as a test comes to the end of the process

    made.processor._tell = killed  # type: ignore[method-assign]
    for _ in range(3):
        with pytest.raises(asyncio.CancelledError) if not handled else contextlib.nullcontext():
            await made.processor.fail(letter.pointer, "received 5 times without an end")

    (record,) = await play.stand.sessions.all_mails()
    assert (record.outcome, handled) == (Outcome.FAILED, 1)
