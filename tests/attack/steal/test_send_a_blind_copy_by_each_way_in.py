"""Somebody sends an owner's mail on by a way in that does not see the sender's server itself. The owner comes in there, the copy does not.

Each way in knows the envelope by something else; what it knows is taken here from the real code of that way in.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import os
import pwd
import socket
import urllib.parse
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hermes import errors
from hermes.config.ingress_settings import HttpProvider
from hermes.domain.pointer import Pointer
from hermes.ingress.http import providers
from hermes.ingress.lmtp import LmtpIngress
from hermes.ingress.pipe import PipeIngress
from hermes.ingress.smtp import ListenPlace
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings
from tests.attack.owners_mail import ELSEWHERE, FRIEND, OWNERS, PROVIDERS, SERVER, SITE, UNSIGNED_TO, mail, objection
from tests.unit.ingress.deposits import Deposits

KEY = "a long random key of ours"
NOW = 1_800_000_000.0
ANNA, EVE = "anna@example.org", "eve@evil.example"

Arrived = tuple[bytes, DeliveryFacts]
"""The mail as it is stored, and what is known of its delivery."""
Way = Callable[[bytes, str, str, Path], Awaitable[Arrived]]
"""Hands a mail in: the mail, the client's address, the envelope sender, a folder."""


def _relayed(client: str, server: str, *, helo: str = "mail.example.org") -> bytes:
    """What a mail server puts above a mail that it takes."""
    return (
        f"Received: from {helo} ({helo} [{client}])\r\n\t(using TLSv1.3 with cipher X)\r\n\tby {server} (Postfix) with ESMTPS id 4"
        f"\r\n\tfor <{SITE}>; Fri, 15 Jan 2027 08:00:00 +0000 (UTC)\r\n"
    ).encode()


def _stored(deposits: Deposits) -> Arrived:
    (pointer,) = deposits.pointers
    return deposits.objects[pointer.key], DeliveryFacts.of(pointer)


def _posted(kind: str, body: bytes, headers: dict[str, str]) -> Arrived:
    settings = HttpProvider.model_validate({"name": "p", "kind": kind, "secret": KEY})
    provider = providers.make(settings, accepts=lambda one: one == SITE)
    post = provider.read(_Source(body), headers, NOW)
    assert isinstance(post, providers.Post), post
    assert post.recipients == (SITE,)
    pointer = Pointer(
        key="k",
        recipient=SITE,
        sender=post.sender,
        client_address=post.client_address,
        ingress="http/p",
        received_at=NOW,
    )
    return b"".join(post.raw.pieces()), DeliveryFacts.of(pointer)


class _Source:
    def __init__(self, body: bytes) -> None:
        self._body, self.size = body, len(body)

    def read(self, start: int, count: int) -> bytes:
        return self._body[start : start + count]


async def lmtp(raw: bytes, client: str, sender: str, folder: Path) -> Arrived:
    deposits, path = Deposits(), folder / "lmtp.sock"
    server = LmtpIngress(
        depositor=deposits.depositor,
        accepts=lambda one: one == SITE,
        hostname="agent.example",
        place=ListenPlace(path=path),
        relay_user=pwd.getpwuid(os.getuid()).pw_name,
    )
    await server.start()
    try:
        answers = await asyncio.to_thread(_said, path, raw, client, sender)
    finally:
        await server.close()
    assert "250-XFORWARD ADDR" in answers
    return _stored(deposits)


def _said(path: Path, raw: bytes, client: str, sender: str) -> str:
    lines = ["LHLO mx", f"XFORWARD ADDR={client}", f"MAIL FROM:<{sender}>", f"RCPT TO:<{SITE}>", "DATA"]
    heard = ""
    with socket.socket(socket.AF_UNIX) as line, line.makefile("rb") as answers:
        line.settimeout(60)
        line.connect(str(path))

        def answer() -> str:
            said = answers.readline().decode()
            return said if said[3:4] == " " else said + answer()

        heard += answer()
        for one in lines:
            line.sendall(one.encode() + b"\r\n")
            heard += answer()
        line.sendall(raw + b"\r\n.\r\n")
        assert (said := answer()).startswith("250"), heard + said
    return heard


async def pipe(raw: bytes, client: str, sender: str, folder: Path) -> Arrived:
    deposits = Deposits()
    ingress = PipeIngress(depositor=deposits.depositor, accepts=lambda one: one == SITE)
    code, _ = await ingress.take(io.BytesIO(raw), recipients=[SITE], sender=sender, client_address=client)
    assert code == 0
    return _stored(deposits)


async def mailgun(raw: bytes, client: str, sender: str, folder: Path) -> Arrived:
    stamp, token = str(int(NOW)), "t" * 50
    form = {
        "recipient": SITE,
        "sender": sender,
        "timestamp": stamp,
        "token": token,
        "signature": hmac.new(KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest(),
        "body-mime": _relayed(client, "3c0b1d2f8b5a") + raw,
    }
    kind = {"content-type": "application/x-www-form-urlencoded"}
    return _posted("mailgun", urllib.parse.urlencode(form).encode(), kind)


async def postmark(raw: bytes, client: str, sender: str, folder: Path) -> Arrived:
    server = "p-pm-inbound01.inbound.postmarkapp.com"
    above = (
        f"Return-Path: <{sender}>\r\nReceived: by {server} (Postfix, from userid 996)\r\n\tid 6; Fri, 15 Jan 2027 08:00:00 +0000\r\n"
        f"X-Spam-Status: No\r\nReceived-SPF: pass client-ip={client}\r\n"
    ).encode()
    text = (above + _relayed(client, server) + raw).decode()
    return _posted("postmark", json.dumps({"OriginalRecipient": SITE, "RawEmail": text}).encode(), {})


async def script(raw: bytes, client: str, sender: str, folder: Path) -> Arrived:
    stamp = str(int(NOW))
    headers = {
        "x-hermes-timestamp": stamp,
        "x-hermes-recipient": SITE,
        "x-hermes-sender": sender,
        "x-hermes-client-address": client,
        "x-hermes-signature": providers.sign(KEY.encode(), stamp, sender, SITE, raw, client=client).decode(),
    }
    return _posted("hmac", raw, headers)


WAYS: dict[str, Way] = {
    "lmtp, told by XFORWARD": lmtp,
    "pipe, told by the mail server": pipe,
    "http/mailgun, told by its Received": mailgun,
    "http/postmark, told by its Received": postmark,
    "http, told by the operator's script": script,
}


async def _found(way: Way, raw: bytes, client: str, sender: str, folder: Path) -> errors.Refusal | None:
    stored, facts = await way(raw, client, sender, folder)
    return await asyncio.to_thread(objection, stored, facts)


@pytest.mark.parametrize("way", WAYS)
async def test_an_owner_of_each_provider_comes_in(way: str, tmp_path: Path) -> None:
    for name, covered in PROVIDERS.items():
        raw = OWNERS.sign(mail(SITE), covered)
        assert await _found(WAYS[way], raw, SERVER, ANNA, tmp_path) is None, name


@pytest.mark.parametrize("way", WAYS)
async def test_nobody_makes_a_mail_to_others_one_to_us(way: str, tmp_path: Path) -> None:
    for name in UNSIGNED_TO:
        raw = OWNERS.sign(mail(FRIEND), PROVIDERS[name])
        named = raw.replace(f"To: {FRIEND}".encode(), f"To: {SITE}".encode())
        assert named != raw
        for sender in (ANNA, EVE):
            found = await _found(WAYS[way], named, ELSEWHERE, sender, tmp_path)
            assert found is errors.Refusal.NOT_ADDRESSED, (name, sender)
        # From a server of the domain, but under another name: anybody may have an account there.
        found = await _found(WAYS[way], named, SERVER, EVE, tmp_path)
        assert found is errors.Refusal.NOT_ADDRESSED, name


FORGED = _relayed(SERVER, "mx.agent.example")
#: What a stranger puts into a mail, or says at HELO, to pass for a client of the owner's server.
LIES = {
    "Received of their own": FORGED,
    "Return-Path and Received": f"Return-Path: <{ANNA}>\r\n".encode() + FORGED,
    "Received of the provider's": b"Received: by x.inbound.postmarkapp.com (Postfix, from userid 1)\r\n\tid 1\r\n" + FORGED,
    "Received-SPF": f"Received-SPF: pass client-ip={SERVER}; envelope-from={ANNA}; receiver=mx\r\n".encode(),
    "results": f"Authentication-Results: mx.agent.example; spf=pass smtp.mailfrom={ANNA}\r\n".encode(),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_what_comes_with_the_mail_says_nothing_of_its_client(way: str, tmp_path: Path) -> None:
    raw = OWNERS.sign(mail(FRIEND), PROVIDERS["Microsoft 365"]).replace(FRIEND.encode(), SITE.encode())
    for lie, above in LIES.items():
        for sender in (ANNA, EVE):
            found = await _found(WAYS[way], above + raw, ELSEWHERE, sender, tmp_path)
            assert found is errors.Refusal.NOT_ADDRESSED, (lie, sender)


@pytest.mark.parametrize(
    "helo", [f"x (y [{SERVER}])", f"x (y [{SERVER}]) by", f"[{SERVER}]", f"x(y[{SERVER}])", f"x\r\n (y [{SERVER}])"]
)
async def test_a_name_said_at_helo_is_no_address(helo: str) -> None:
    raw = OWNERS.sign(mail(FRIEND), PROVIDERS["Microsoft 365"]).replace(FRIEND.encode(), SITE.encode())
    above = f"Return-Path: <{ANNA}>\r\nReceived: from {helo} (evil.example [{ELSEWHERE}])\r\n\tby mx with SMTP id 1\r\n"
    stored, facts = _posted(
        "postmark", json.dumps({"OriginalRecipient": SITE, "RawEmail": above + raw.decode()}).encode(), {}
    )
    assert facts.client_address in (None, ELSEWHERE)
    assert await asyncio.to_thread(objection, stored, facts) is errors.Refusal.NOT_ADDRESSED


@pytest.mark.parametrize("above", [b"", b"Return-Path: <eve@evil.example>\r\n"])
async def test_a_return_path_that_came_with_the_mail_names_no_sender(above: bytes) -> None:
    raw = OWNERS.sign(mail(FRIEND), PROVIDERS["Microsoft 365"]).replace(FRIEND.encode(), SITE.encode())
    whole = above + _relayed(SERVER, "mx") + f"Return-Path: <{ANNA}>\r\n".encode() + raw
    stored, facts = _posted(
        "postmark", json.dumps({"OriginalRecipient": SITE, "RawEmail": whole.decode()}).encode(), {}
    )
    assert await asyncio.to_thread(objection, stored, facts) is errors.Refusal.NOT_ADDRESSED


async def test_a_sender_that_a_form_names_twice_is_in_doubt() -> None:
    stamp, token = str(int(NOW)), "t" * 50
    signature = hmac.new(KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    raw = OWNERS.sign(mail(FRIEND), PROVIDERS["Microsoft 365"]).replace(FRIEND.encode(), SITE.encode())
    pairs = [("sender", ANNA), ("recipient", SITE), ("timestamp", stamp), ("token", token), ("signature", signature)]
    pairs += [("sender", EVE), ("body-mime", (_relayed(SERVER, "mx") + raw).decode())]
    form = urllib.parse.urlencode(pairs).encode()
    stored, facts = _posted("mailgun", form, {"content-type": "application/x-www-form-urlencoded"})
    assert await asyncio.to_thread(objection, stored, facts) is errors.Refusal.NOT_ADDRESSED


#: Where a mailbox is -> the setting, and the results that its server writes of a mail from the owner's server.
MAILBOXES = {
    "Gmail": ("mx.google.com", "mx.google.com; dkim=pass header.i=@{d} header.s=s1 header.b=aaaa; spf=pass (google.com: domain of {m} "
              "designates 192.0.2.7 as permitted sender) smtp.mailfrom={m}; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from={d}"),
    "Microsoft 365": ("unnamed", "spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom={d}; dkim=pass (signature was verified)\r\n"
                      " header.d={d};dmarc=pass action=none\r\n header.from={d};compauth=pass reason=100"),
    "Microsoft 365, before": ("unnamed", "spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom={d}; agent.example; dkim=pass (signature was"
                              " verified)\r\n header.d={d};agent.example; dmarc=pass action=none header.from={d};"),
    "Fastmail": ("*.messagingengine.com", "mx5.messagingengine.com; dkim=pass (2048-bit rsa key) header.d={d} header.i=@{d} "
                 "header.b=aaaa header.a=rsa-sha256 header.s=s1 x-bits=2048; dmarc=pass policy.published-domain-policy=none "
                 "header.from={d}; "
                 "spf=pass smtp.mailfrom={m} smtp.helo=mail.example.org"),
    "Yahoo": ("*.mail.bf1.yahoo.com", "atlas206.free.mail.bf1.yahoo.com; dkim=pass header.i=@{d} header.s=s1; spf=pass "
              "smtp.mailfrom={d}; dmarc=pass(p=NONE,sp=NONE) header.from={d};"),
    "Zoho": ("mx.zohomail.com", "mx.zohomail.com; dkim=pass; spf=pass (zohomail.com: domain of {m} designates 192.0.2.7 as permitted "
             "sender)  smtp.mailfrom={m}; dmarc=pass(p=none)  header.from={d}"),
    "Postfix with a policy service": ("mx.agent.example", "mx.agent.example; spf=pass (sender SPF authorized) smtp.mailfrom={d} "
                                      "(client-ip=192.0.2.7; helo=mail; envelope-from={m}; receiver=agent.example)"),
    "rspamd": ("mx.agent.example", "mx.agent.example; dkim=pass header.d={d} header.s=s1 header.b=aaaa; dmarc=pass (policy=none) "
               "header.from={d}; spf=pass (mx.agent.example: domain of {m} designates 192.0.2.7 as permitted sender) smtp.mailfrom={m}"),
}  # fmt: skip


def _mailbox(name: str, raw: bytes, *, way: str = "imap", mail_from: str = ANNA, spf: str = "pass") -> Arrived:
    _, results = MAILBOXES[name]
    domain = ANNA.rpartition("@")[2]
    written = results.format(m=ANNA, d=domain).replace("spf=pass", f"spf={spf}")
    if mail_from != ANNA:
        for said in (ANNA, domain):
            written = written.replace(f"smtp.mailfrom={said}", f"smtp.mailfrom={mail_from}")
    above = f"Return-Path: <{mail_from}>\r\nAuthentication-Results: {written}\r\n".encode() + _relayed(SERVER, "mx")
    return above + raw, DeliveryFacts(ingress=way, sender=mail_from)


@pytest.mark.parametrize("way", ["imap", "lmtp", "pipe", "smtp", "http/p"])
def test_a_mailboxs_server_says_whose_server_sent_the_mail(way: str) -> None:
    for box, (authserv_id, _) in MAILBOXES.items():
        settings = Settings(authserv_id=authserv_id)
        for name, covered in PROVIDERS.items():
            stored, facts = _mailbox(box, OWNERS.sign(mail(SITE), covered), way=way)
            assert objection(stored, facts, settings) is None, (box, name)
        raw = OWNERS.sign(mail(FRIEND), PROVIDERS["Microsoft 365"]).replace(FRIEND.encode(), SITE.encode())
        for sender, spf in (
            (EVE, "pass"),
            ("evil.example", "pass"),
            (ANNA, "fail"),
            (ANNA, "none"),
            (ANNA, "softfail"),
        ):
            stored, facts = _mailbox(box, raw, way=way, mail_from=sender, spf=spf)
            assert objection(stored, facts, settings) is errors.Refusal.NOT_ADDRESSED, (box, sender, spf)


def test_a_mailboxs_results_that_came_with_the_mail_count_nowhere() -> None:
    for box, (authserv_id, results) in MAILBOXES.items():
        raw = OWNERS.sign(mail(FRIEND), PROVIDERS["Microsoft 365"]).replace(FRIEND.encode(), SITE.encode())
        forged = f"Authentication-Results: {results.format(m=ANNA, d='example.org')}\r\n".encode()
        true, facts = _mailbox(box, forged + raw, mail_from=EVE)
        below = _relayed(ELSEWHERE, "mx") * 3 + forged + raw
        for stored in (true, below):
            assert objection(stored, facts, Settings(authserv_id=authserv_id)) is errors.Refusal.NOT_ADDRESSED, box
