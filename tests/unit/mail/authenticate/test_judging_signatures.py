"""The verdict by DKIM: which signatures prove the author, and everything that a forger can write into a mail."""

from __future__ import annotations

import asyncio
import base64

import dkim
import nacl.signing
import pytest

from hermes import errors, limits
from hermes.mail.authenticate import signatures, verdict
from hermes.mail.authenticate.verdict import Settings, Source
from hermes.mail.write import sign
from tests.unit.mail.authenticate.judging import (
    ARC_DNS,
    FACTS,
    KEY_NAME,
    MAIL,
    SEALED,
    Dns,
    Key,
    arc_mail,
    judge,
    signed_by,
)


def test_an_aligned_signature_that_holds_passes(key: Key) -> None:
    found = judge(signed_by(key), dns=Dns({KEY_NAME: [key.record]}))
    assert (found.passed, found.source, found.reason) == (True, Source.DKIM, "DKIM pass for acme.example")
    assert found.evidence.signed("from")
    assert not found.evidence.covers("content-type")


def test_mail_that_hermes_signs_itself_passes_its_own_check(key: Key) -> None:
    signed = sign.Signer(domain="acme.example", selector="s1", key=key.pem).sign(MAIL)
    assert signed.endswith(MAIL)
    assert judge(signed, dns=Dns({KEY_NAME: [key.record]})).passed
    assert not judge(
        signed.replace(b"Subject: Title", b"Subject: Title\r\nSubject: More"), dns=Dns({KEY_NAME: [key.record]})
    ).passed


def test_a_signature_by_ed25519_counts_as_one_by_rsa() -> None:
    own = nacl.signing.SigningKey(bytes(range(32)))
    seed, public = base64.b64encode(bytes(own)), base64.b64encode(bytes(own.verify_key)).decode()
    signature: bytes = dkim.sign(MAIL, b"s1", b"acme.example", seed, signature_algorithm=b"ed25519-sha256")
    dns = {KEY_NAME: [f"v=DKIM1; k=ed25519; p={public}"]}

    assert judge(signature + MAIL, dns=Dns(dns)).passed
    assert not judge(signature + MAIL + b"More.\r\n", dns=Dns(dns)).passed
    other = base64.b64encode(bytes(nacl.signing.SigningKey(bytes(32)).verify_key)).decode()
    assert not judge(signature + MAIL, dns=Dns({KEY_NAME: [f"v=DKIM1; k=ed25519; p={other}"]})).passed
    # A key that is none, and one of the other kind: no error that nobody foresaw.
    for record in (f"v=DKIM1; k=ed25519; p={public[:20]}", "v=DKIM1; k=ed25519; p=", f"v=DKIM1; k=rsa; p={public}"):
        assert not judge(signature + MAIL, dns=Dns({KEY_NAME: [record]})).passed


def test_a_key_that_cannot_sign_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(errors.ConfigError):
        sign.Signer(domain="acme.example", selector="s1", key=b"nonsense").sign(MAIL)


def test_relaxed_alignment_takes_the_organization_and_strict_the_domain(key: Key) -> None:
    raw = signed_by(key, domain="mail.acme.example")
    records = {("s1._domainkey.mail.acme.example", "TXT"): [key.record]}
    assert judge(raw, dns=Dns(records)).passed
    strict = records | {("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject; adkim=s"]}
    assert not judge(raw, dns=Dns(strict)).passed
    doubled = records | {("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=none; adkim=s", "v=DMARC1; p=none"]}
    assert judge(raw, dns=Dns(doubled)).passed


def test_tenants_of_one_public_suffix_are_not_one_organization(key: Key) -> None:
    raw = signed_by(key, MAIL.replace(b"acme.example", b"acme.github.io"), domain="evil.github.io")
    records = {("s1._domainkey.evil.github.io", "TXT"): [key.record]}
    assert not judge(raw, dns=Dns(records), domain="acme.github.io").passed


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, "DNS has no key"),
        ("v=DKIM1; p=", "does not hold"),
        ("nonsense", "does not hold"),
        ("v=DKIM1; n=" + "x" * signatures.DKIM_RECORD_CHARS + "; {p}", "does not hold"),
        ("v=DKIM1; t=y; {p}", "marked as a test"),
        ("v=DKIM1; t=y:s; {p}", "marked as a test"),
        ("v=DKIM1; h=sha1; {p}", "for other hashes or services"),
        ("v=DKIM1; s=tlsrpt; {p}", "for other hashes or services"),
    ],
)
def test_a_key_that_is_missing_revoked_a_test_or_for_something_else_proves_nothing(
    key: Key, record: str | None, said: str
) -> None:
    text = record.format(p=key.record.partition("k=rsa; ")[2]) if record is not None else None
    found = judge(signed_by(key), dns=Dns({KEY_NAME: [text]} if text is not None else {}))
    assert not found.passed
    assert said in found.reason


def test_a_weak_key_proves_nothing(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DKIM_KEY_BITS", 2049)
    found = judge(signed_by(key), dns=Dns({KEY_NAME: [key.record]}))
    assert not found.passed
    assert "too small" in found.reason


def test_a_key_that_does_not_sign_for_subdomains_does_not(key: Key) -> None:
    raw = signed_by(key, identity=b"anna@mail.acme.example")
    assert judge(raw, dns=Dns({KEY_NAME: [key.record]})).passed
    found = judge(raw, dns=Dns({KEY_NAME: [f"{key.record}; t=s"]}))
    assert not found.passed
    assert "subdomains" in found.reason
    assert judge(signed_by(key), dns=Dns({KEY_NAME: [f"{key.record}; t=s"]})).passed


def test_a_signature_without_from_says_nothing_of_the_author(key: Key) -> None:
    raw = signed_by(key).replace(b"h=from :", b"h=", 1).replace(b": from :", b":", 1)
    found = judge(raw.replace(b"from", b"x-from", 1) if b"h=from" in raw else raw, dns=Dns({KEY_NAME: [key.record]}))
    assert not found.passed


@pytest.mark.parametrize(
    "author", [b"anna@acme.example, eve@evil.example", b"group: anna@acme.example;", b"Eve <eve@evil.example>", b""]
)
def test_the_signed_author_is_the_one_that_is_judged(key: Key, author: bytes) -> None:
    found = judge(signed_by(key, MAIL.replace(b"Anna <anna@acme.example>", author)), dns=Dns({KEY_NAME: [key.record]}))
    assert not found.passed
    assert "does not name the author" in found.reason


def test_what_the_library_stumbles_over_does_not_hold(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object, **__: object) -> bool:
        raise IndexError

    for name in ("DKIM", "ARC"):
        monkeypatch.setattr(getattr(dkim, name), "verify", stumble)
    assert "cannot be read: IndexError" in judge(signed_by(key), dns=Dns({KEY_NAME: [key.record]})).reason
    assert "cannot be read: IndexError" in judge(arc_mail("pass"), settings=SEALED, dns=Dns(ARC_DNS)).reason


@pytest.mark.parametrize(
    "change",
    [
        (b"Please update it.", b"Please delete it."),
        (b"Please update it.\r\n", b"Please update it.\r\nAnd delete the rest.\r\n"),
        (b"Anna <anna@acme.example>", b"Eve <eve@acme.example>"),
        (b"From: Anna", b"From: eve@acme.example\r\nFrom: Anna"),
        (b"Subject: Title", b"Subject: Other"),
    ],
)
def test_a_changed_mail_does_not_pass(key: Key, change: tuple[bytes, bytes]) -> None:
    assert not judge(signed_by(key).replace(*change), dns=Dns({KEY_NAME: [key.record]})).passed


def test_a_signature_over_part_of_the_body_lets_nobody_add_a_command(key: Key) -> None:
    dns = Dns({KEY_NAME: [key.record]})
    signed = signed_by(key, length=True)
    assert dkim.verify(signed + b"And delete the rest.\r\n", dnsfunc=lambda name, timeout=5: key.record.encode())
    for raw in (signed, signed + b"And delete the rest.\r\n"):
        found = judge(raw, dns=dns)
        assert not found.passed
        assert "part of the body" in found.reason


def test_sha1_proves_nothing(key: Key) -> None:
    found = judge(signed_by(key, signature_algorithm=b"rsa-sha1"), dns=Dns({KEY_NAME: [key.record]}))
    assert not found.passed
    assert "too weak" in found.reason


def test_a_mbox_line_amid_the_header_does_not_turn_headers_into_text(key: Key) -> None:
    """dkimpy skips such a line, and the signature holds; for Hermes the body begins there."""
    raw = b"From x\r\nX-Note: hello\r\n and delete everything\r\n" + signed_by(key)
    amid = b"X-First: 1\r\n" + raw
    assert dkim.verify(amid, dnsfunc=lambda name, timeout=5: key.record.encode())
    assert not judge(amid, dns=Dns({KEY_NAME: [key.record]})).passed


@pytest.mark.parametrize(
    "start",
    [
        b" leading: x\r\n",
        b"\r\r\n",
        b"From : eve@acme.example\r\n",
        b"\x00: x\r\n",
        b"no colon\r\n",
        b"F\xc3\xa9: x\r\n",
    ],
)
def test_a_header_that_two_readers_see_differently_is_not_believed(key: Key, start: bytes) -> None:
    assert not judge(start + signed_by(key), dns=Dns({KEY_NAME: [key.record]})).passed


def test_somebody_elses_signature_is_not_even_looked_up(key: Key) -> None:
    dns = Dns({("s1._domainkey.evil.example", "TXT"): [key.record]})
    assert not judge(signed_by(key, domain="evil.example"), dns=dns).passed
    assert ("s1._domainkey.evil.example", "TXT") not in dns.asked


def test_a_good_signature_among_forged_ones_is_found_and_hundreds_are_not_tried(key: Key) -> None:
    forged = b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=no%d; h=from; bh=AAAA; b=AAAA\r\n"
    few = b"".join(forged % number for number in range(3)) + signed_by(key)
    assert judge(few, dns=Dns({KEY_NAME: [key.record]})).passed
    dns = Dns({KEY_NAME: [key.record]})
    assert not judge(b"".join(forged % number for number in range(300)) + signed_by(key), dns=dns).passed
    assert len(dns.asked) < 20


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"v=1",
        b"v=1; v=1",
        b"v=1; a=rsa-sha256; d=acme.example; s=s1; h=from; bh=!; b=!",
        b"v=1; a=rsa-sha256; d=acme.example; s=" + b"x" * 300 + b"; h=from; bh=AA; b=AA",
    ],
)
def test_broken_signatures_never_raise(value: bytes, key: Key) -> None:
    assert not judge(b"DKIM-Signature: " + value + b"\r\n" + MAIL, dns=Dns({KEY_NAME: [key.record]})).passed


def test_white_space_without_end_is_hashed_like_any_other(key: Key) -> None:
    raw = MAIL + b" \t" * 1_000_000 + b"x"
    dns = Dns({KEY_NAME: [key.record]})
    assert not judge(signed_by(key) + b" \t" * 1_000_000 + b"x", dns=dns).passed
    # What dkimpy itself signs in this form took it hours; the simple form of a body is the body.
    signed = signed_by(key, raw=raw, canonicalize=(b"relaxed", b"simple"))
    assert judge(signed, dns=dns).passed


def test_dns_that_gives_no_answer_is_not_a_refusal(key: Key) -> None:
    with pytest.raises(errors.DnsUnavailable):
        judge(signed_by(key), dns=Dns(lost=["s1._domainkey.acme.example"]))
    with pytest.raises(errors.DnsUnavailable):
        judge(signed_by(key), dns=Dns({KEY_NAME: [key.record]}, lost=["_dmarc.acme.example"]))


def test_a_resolver_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(name: str, kind: str) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    monkeypatch.setattr(verdict, "VERDICT_SECONDS", 0.05)
    with pytest.raises(errors.DnsUnavailable):
        asyncio.run(verdict.judge(FACTS, MAIL, "acme.example", settings=Settings(), resolver=hang))


@pytest.mark.parametrize(
    "domain", ["", "localhost", "a..b", "x" * 70 + ".example", "acme.example\r\n", "\ud800.example"]
)
def test_a_domain_that_dns_cannot_hold_is_not_asked_for(domain: str) -> None:
    dns = Dns()
    assert not judge(dns=dns, domain=domain).passed
    assert dns.asked == [] or domain.strip() == "acme.example"
