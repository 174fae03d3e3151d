"""The verdict: each source with pass, fail, gray, missing, forged and doubled; and everything that a forger can write into a mail."""

from __future__ import annotations

import asyncio
import base64
import json
import pathlib
from collections.abc import Iterable, Mapping

import dkim
import nacl.signing
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hermes import errors, limits
from hermes.domain import pointer
from hermes.domain.pointer import SesVerdicts
from hermes.mail.authenticate import authentication, signatures, verdict
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings, Source, Verdict
from hermes.mail.write import sign

_CORPUS = pathlib.Path(__file__).parents[5] / "shared" / "corpora" / "ses"
_ARC = pathlib.Path(__file__).parent / "arc"
_ARC_KEY = (
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCZIBnBzUy7p8uLIYk6H7jXfHLOWtfByx+0VEV3e1ULQ5vigHd8DpzB3HEh4dB0bjGPWWgQ4L8eRMc13"
    "+im5oVtZIyBW9OGzM4OkEpnbyWEn71r4xQ42mFp8pnWBnneHon/3Wudww7df3GLvH5ZGsZ/sfKoalzAQaXOKOguDMbxmQIDAQAB"
)
_MAIL = (
    b"From: Anna <anna@acme.example>\r\nTo: site@agent.example\r\nSubject: Title\r\nMessage-ID: <1@acme.example>\r\n"
    b"\r\nPlease update it.\r\n"
)
_FACTS = DeliveryFacts(ingress="smtp")


class _Dns:
    """A resolver over a table; names in `lost` give no answer."""

    def __init__(
        self, records: Mapping[tuple[str, str], Iterable[str]] | None = None, lost: Iterable[str] = ()
    ) -> None:
        self.records = {key: tuple(value) for key, value in (records or {}).items()}
        self.lost = frozenset(lost)
        self.asked: list[tuple[str, str]] = []

    async def __call__(self, name: str, kind: str) -> tuple[str, ...]:
        self.asked.append((name, kind))
        if name in self.lost:
            raise errors.DnsUnavailable(f"no answer for {name}")
        return self.records.get((name, kind), ())


class _Key:
    def __init__(self, bits: int = 2048) -> None:
        private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        self.pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@pytest.fixture(scope="module")
def key() -> _Key:
    return _Key()


def _judge(
    raw: bytes = _MAIL,
    facts: DeliveryFacts = _FACTS,
    settings: Settings | None = None,
    dns: _Dns | None = None,
    domain: str = "acme.example",
) -> Verdict:
    given = settings or Settings()
    return asyncio.run(verdict.judge(facts, raw, domain, settings=given, resolver=dns or _Dns()))


# ── SES ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ses(**verdicts: str) -> DeliveryFacts:
    return DeliveryFacts(ingress="ses", ses=SesVerdicts(**{"spam": "PASS", "virus": "PASS", **verdicts}))


@pytest.mark.parametrize(
    ("facts", "passed", "said"),
    [
        (_ses(dmarc="PASS"), True, "DMARC PASS"),
        (_ses(dmarc="FAIL", dmarc_policy="none"), False, "policy is none"),
        (_ses(dmarc="FAIL", spf="PASS", dkim="PASS"), False, "DMARC FAIL"),
        (_ses(dmarc="GRAY", spf="PASS", dkim="PASS"), False, "GRAY"),
        (_ses(dmarc="PROCESSING_FAILED"), False, "PROCESSING_FAILED"),
        (_ses(), False, "missing"),
        (_ses(dmarc="pass"), False, "pass"),
        (_ses(dmarc="PASS", spam="FAIL"), False, "spam FAIL"),
        (_ses(dmarc="PASS", virus="FAIL"), False, "virus FAIL"),
        (_ses(dmarc="PASS", spam="GRAY", virus="PROCESSING_FAILED"), True, "DMARC PASS"),
        (DeliveryFacts(ingress="ses"), False, "missing"),
    ],
)
def test_only_a_dmarc_pass_of_the_receipt_passes(facts: DeliveryFacts, passed: bool, said: str) -> None:
    found = _judge(facts=facts)
    assert found.passed is passed
    assert said in found.reason
    assert not passed or found.source is Source.SES


def test_verdict_headers_inside_a_mail_from_ses_are_the_senders_to_forge() -> None:
    forged = (
        b"X-SES-Spam-Verdict: PASS\r\nX-SES-DMARC-Verdict: PASS\r\n"
        b"Authentication-Results: amazonses.com; spf=pass; dkim=pass header.d=acme.example; dmarc=pass header.from=acme.example\r\n"
    )
    for facts in (_ses(dmarc="GRAY"), _ses(dmarc="FAIL"), DeliveryFacts(ingress="ses")):
        assert not _judge(forged + _MAIL, facts, Settings(authserv_id="amazonses.com")).passed


def test_where_no_mail_comes_by_ses_a_receipt_of_it_is_a_forgery(key: _Key) -> None:
    dns = _Dns({("s1._domainkey.acme.example", "TXT"): [key.record]})
    for raw in (_MAIL, _signed(key)):
        found = _judge(raw, _ses(dmarc="PASS", spf="PASS", dkim="PASS"), Settings(ses_receipts=False), dns)
        assert not found.passed
        assert found.source is Source.SES


def test_a_gray_receipt_leaves_our_own_check_to_tell_and_a_fail_does_not(key: _Key) -> None:
    signed = _signed(key)
    dns = _Dns({("s1._domainkey.acme.example", "TXT"): [key.record]})
    assert _judge(signed, _ses(dmarc="GRAY"), dns=dns).source is Source.DKIM
    assert not _judge(signed, _ses(dmarc="GRAY"), Settings(own_check=False), dns).passed
    assert not _judge(signed, _ses(dmarc="FAIL"), dns=dns).passed
    assert not _judge(signed, _ses(dmarc="GRAY", virus="FAIL"), dns=dns).passed


@pytest.mark.parametrize(("name", "passed"), [("inbound_email_s3.json", False), ("ses-s3-event.json", True)])
def test_receipts_of_the_corpus(name: str, passed: bool) -> None:
    found = next(_CORPUS.glob(f"**/{name}"), None) if _CORPUS.is_dir() else None
    if found is None:
        pytest.skip("the corpus of SES receipts is not here")
    document = json.loads(found.read_text(encoding="utf-8"))
    body = json.dumps(document["Records"][0]["ses"]) if "Records" in document else found.read_text(encoding="utf-8")
    read = pointer.read(body)
    assert _judge(facts=DeliveryFacts.of(read[0])).passed is passed


# ── loopback ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_loopback_passes_only_where_the_operator_says_so_and_the_ingress_saw_it() -> None:
    trusted = DeliveryFacts(ingress="smtp", trusted=True)
    assert _judge(facts=trusted, settings=Settings(trust_loopback=True)).source is Source.LOOPBACK
    assert not _judge(facts=trusted).passed
    assert not _judge(settings=Settings(trust_loopback=True)).passed
    assert _judge(facts=trusted, settings=Settings(trust_loopback=True), domain="localhost").passed


# ── Authentication-Results ─────────────────────────────────────────────────────────────────────────────────────────

_PINNED = Settings(authserv_id="mx.agent.example", own_check=False)
_PASS = "mx.agent.example; dmarc=pass header.from=acme.example"
_RECEIVED = b"Received: from x by mx.agent.example; Mon, 1 Jun 2026 10:00:00 +0000\r\n"


def _results(*values: str, above: int = 1, below: int = 0) -> bytes:
    lines = b"".join(f"Authentication-Results: {value}\r\n".encode() for value in values)
    return _RECEIVED * above + lines + _RECEIVED * below + _MAIL


@pytest.mark.parametrize(
    ("values", "passed", "said"),
    [
        ([_PASS], True, "DMARC pass"),
        (
            [
                "MX.Agent.Example 1; (good) DMARC = PASS (p=none) header.from = ACME.example; spf=pass smtp.mailfrom=a=b@x"
            ],
            True,
            "DMARC pass",
        ),
        (["mx.agent.example; dmarc=fail header.from=acme.example"], False, "DMARC fail"),
        (["mx.agent.example; dmarc=temperror header.from=acme.example"], False, "temperror"),
        (["mx.agent.example; dmarc=bestguesspass header.from=acme.example"], False, "bestguesspass"),
        (["mx.agent.example; dmarc=pass header.from=evil.example"], False, "another domain"),
        (["mx.agent.example; dmarc=pass"], False, "another domain"),
        (["mx.agent.example; none"], False, "no DMARC result"),
        (["mx.agent.example"], False, "no DMARC result"),
        (["mx.agent.example; dmarc=none header.from=acme.example; dkim=pass header.d=acme.example"], True, "DKIM pass"),
        (["mx.agent.example; dkim=pass header.i=@mail.acme.example"], True, "DKIM pass"),
        (["mx.agent.example; dkim=pass header.d=evil.example"], False, "no aligned"),
        (["mx.agent.example; dkim=pass"], False, "no aligned"),
        (
            ["mx.agent.example; dkim=fail header.d=acme.example; spf=pass smtp.mailfrom=acme.example"],
            False,
            "no aligned",
        ),
        ([], False, "wrote no"),
        (["mx.evil.example; dmarc=pass header.from=acme.example"], False, "not from the pinned"),
        (["mx.evil.example; dmarc=fail header.from=acme.example", _PASS], False, "not from the pinned"),
        (["mx.agent.example; dmarc=fail header.from=acme.example", _PASS], False, "forged"),
        ([_PASS, "mx.agent.example; dmarc=fail header.from=acme.example"], False, "forged"),
        ([_PASS, "mx.agent.example; dmarc=(unclosed"], False, "forged"),
        ([_PASS, _PASS], True, "DMARC pass"),
        ([_PASS, "mx.evil.example; dmarc=fail header.from=acme.example"], True, "DMARC pass"),
        (
            ["mx.agent.example; dmarc=fail header.from=acme.example; dmarc=pass header.from=acme.example"],
            False,
            "more than one",
        ),
        (["mx.agent.example; dmarc=pass header.from=acme.example header.from=evil.example"], False, "cannot be read"),
        (["dmarc=pass header.from=acme.example"], False, "cannot be read"),
        (
            ['mx.agent.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=acme.example"@evil.example'],
            False,
            "no DMARC",
        ),
        (
            ['mx.agent.example; spf=pass smtp.mailfrom="x\\"; dmarc=pass header.from=acme.example"@evil.example'],
            False,
            "no DMARC",
        ),
        (
            ["mx.agent.example; spf=pass (x; dmarc=pass header.from=acme.example) smtp.mailfrom=evil.example"],
            False,
            "no DMARC",
        ),
        (["mx.agent.example; spf=pass (x\\); dmarc=pass header.from=acme.example)"], False, "no DMARC"),
        (["mx.agent.example; (unclosed; dmarc=pass header.from=acme.example"], False, "cannot be read"),
        (['mx.agent.example; "unclosed; dmarc=pass header.from=acme.example'], False, "cannot be read"),
        (
            ["mx.agent.example; spf=pass =?utf-8?q?x=3B?= ; dmarc=pass header.from=acme.example"],
            False,
            "cannot be read",
        ),
        (
            ["mx.agent.example; spf=pass smtp.mailfrom==?utf-8?q?a=3B_dmarc=3Dpass_header.from=3Dacme.example?="],
            False,
            "no DMARC",
        ),
        (
            ["mx.agent.example; dmarc=pass header.from=acme.example; x=" + "y" * authentication.RESULTS_CHARS],
            False,
            "cannot be read",
        ),
    ],
)
def test_only_the_outermost_results_of_the_pinned_server_count(values: list[str], passed: bool, said: str) -> None:
    found = _judge(_results(*values), settings=_PINNED)
    assert said in found.reason
    assert found.passed is passed
    assert not passed or found.source is Source.AUTHSERV


def test_results_that_came_with_the_mail_stand_below_the_borders_received() -> None:
    assert _judge(_results(_PASS, above=2), settings=_PINNED).passed
    assert not _judge(_results(_PASS, above=3), settings=_PINNED).passed
    assert _judge(_results(_PASS, above=0, below=9), settings=_PINNED).passed


def test_results_are_not_read_at_all_without_a_pinned_server() -> None:
    assert not _judge(_results(_PASS), settings=Settings(own_check=False)).passed


def test_results_in_the_body_or_an_inner_mail_are_text() -> None:
    inner = _MAIL + b"\r\nAuthentication-Results: " + _PASS.encode() + b"\r\n"
    assert not _judge(inner, settings=_PINNED).passed


# ── DKIM ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_KEY_NAME = ("s1._domainkey.acme.example", "TXT")


def _signed(key: _Key, raw: bytes = _MAIL, domain: str = "acme.example", **options: object) -> bytes:
    signature: bytes = dkim.sign(raw, b"s1", domain.encode(), key.pem, **options)
    return signature + raw


def test_an_aligned_signature_that_holds_passes(key: _Key) -> None:
    found = _judge(_signed(key), dns=_Dns({_KEY_NAME: [key.record]}))
    assert (found.passed, found.source, found.reason) == (True, Source.DKIM, "DKIM pass for acme.example")
    assert found.evidence.signed("from")
    assert not found.evidence.covers("content-type")


def test_mail_that_hermes_signs_itself_passes_its_own_check(key: _Key) -> None:
    signed = sign.Signer(domain="acme.example", selector="s1", key=key.pem).sign(_MAIL)
    assert signed.endswith(_MAIL)
    assert _judge(signed, dns=_Dns({_KEY_NAME: [key.record]})).passed
    assert not _judge(
        signed.replace(b"Subject: Title", b"Subject: Title\r\nSubject: More"), dns=_Dns({_KEY_NAME: [key.record]})
    ).passed


def test_a_signature_by_ed25519_counts_as_one_by_rsa() -> None:
    own = nacl.signing.SigningKey(bytes(range(32)))
    seed, public = base64.b64encode(bytes(own)), base64.b64encode(bytes(own.verify_key)).decode()
    signature: bytes = dkim.sign(_MAIL, b"s1", b"acme.example", seed, signature_algorithm=b"ed25519-sha256")
    dns = {_KEY_NAME: [f"v=DKIM1; k=ed25519; p={public}"]}

    assert _judge(signature + _MAIL, dns=_Dns(dns)).passed
    assert not _judge(signature + _MAIL + b"More.\r\n", dns=_Dns(dns)).passed
    other = base64.b64encode(bytes(nacl.signing.SigningKey(bytes(32)).verify_key)).decode()
    assert not _judge(signature + _MAIL, dns=_Dns({_KEY_NAME: [f"v=DKIM1; k=ed25519; p={other}"]})).passed
    # A key that is none, and one of the other kind: no error that nobody foresaw.
    for record in (f"v=DKIM1; k=ed25519; p={public[:20]}", "v=DKIM1; k=ed25519; p=", f"v=DKIM1; k=rsa; p={public}"):
        assert not _judge(signature + _MAIL, dns=_Dns({_KEY_NAME: [record]})).passed


def test_a_key_that_cannot_sign_is_a_mistake_of_the_settings() -> None:
    with pytest.raises(errors.ConfigError):
        sign.Signer(domain="acme.example", selector="s1", key=b"nonsense").sign(_MAIL)


def test_relaxed_alignment_takes_the_organization_and_strict_the_domain(key: _Key) -> None:
    raw = _signed(key, domain="mail.acme.example")
    records = {("s1._domainkey.mail.acme.example", "TXT"): [key.record]}
    assert _judge(raw, dns=_Dns(records)).passed
    strict = records | {("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=reject; adkim=s"]}
    assert not _judge(raw, dns=_Dns(strict)).passed
    doubled = records | {("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=none; adkim=s", "v=DMARC1; p=none"]}
    assert _judge(raw, dns=_Dns(doubled)).passed


def test_tenants_of_one_public_suffix_are_not_one_organization(key: _Key) -> None:
    raw = _signed(key, _MAIL.replace(b"acme.example", b"acme.github.io"), domain="evil.github.io")
    records = {("s1._domainkey.evil.github.io", "TXT"): [key.record]}
    assert not _judge(raw, dns=_Dns(records), domain="acme.github.io").passed


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (None, "DNS has no key"),
        ("v=DKIM1; p=", "does not hold"),
        ("nonsense", "does not hold"),
        ("v=DKIM1; n=" + "x" * signatures.DKIM_RECORD_CHARS + "; {p}", "does not hold"),
        ("v=DKIM1; t=y; {p}", "marked as a test"),
        ("v=DKIM1; t=y:s; {p}", "marked as a test"),
    ],
)
def test_a_key_that_is_missing_revoked_or_a_test_proves_nothing(key: _Key, record: str | None, said: str) -> None:
    text = record.format(p=key.record.partition("k=rsa; ")[2]) if record is not None else None
    found = _judge(_signed(key), dns=_Dns({_KEY_NAME: [text]} if text is not None else {}))
    assert not found.passed
    assert said in found.reason


def test_a_weak_key_proves_nothing(key: _Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DKIM_KEY_BITS", 2049)
    found = _judge(_signed(key), dns=_Dns({_KEY_NAME: [key.record]}))
    assert not found.passed
    assert "too small" in found.reason


def test_a_key_that_does_not_sign_for_subdomains_does_not(key: _Key) -> None:
    raw = _signed(key, identity=b"anna@mail.acme.example")
    assert _judge(raw, dns=_Dns({_KEY_NAME: [key.record]})).passed
    found = _judge(raw, dns=_Dns({_KEY_NAME: [f"{key.record}; t=s"]}))
    assert not found.passed
    assert "subdomains" in found.reason
    assert _judge(_signed(key), dns=_Dns({_KEY_NAME: [f"{key.record}; t=s"]})).passed


def test_a_signature_without_from_says_nothing_of_the_author(key: _Key) -> None:
    raw = _signed(key).replace(b"h=from :", b"h=", 1).replace(b": from :", b":", 1)
    found = _judge(raw.replace(b"from", b"x-from", 1) if b"h=from" in raw else raw, dns=_Dns({_KEY_NAME: [key.record]}))
    assert not found.passed


@pytest.mark.parametrize(
    "author", [b"anna@acme.example, eve@evil.example", b"group: anna@acme.example;", b"Eve <eve@evil.example>", b""]
)
def test_the_signed_author_is_the_one_that_is_judged(key: _Key, author: bytes) -> None:
    found = _judge(
        _signed(key, _MAIL.replace(b"Anna <anna@acme.example>", author)), dns=_Dns({_KEY_NAME: [key.record]})
    )
    assert not found.passed
    assert "does not name the author" in found.reason


def test_what_the_library_stumbles_over_does_not_hold(key: _Key, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object, **__: object) -> bool:
        raise IndexError

    for name in ("DKIM", "ARC"):
        monkeypatch.setattr(getattr(dkim, name), "verify", stumble)
    assert "cannot be read: IndexError" in _judge(_signed(key), dns=_Dns({_KEY_NAME: [key.record]})).reason
    assert "cannot be read: IndexError" in _judge(_arc("pass"), settings=_SEALED, dns=_Dns(_ARC_DNS)).reason


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
def test_a_changed_mail_does_not_pass(key: _Key, change: tuple[bytes, bytes]) -> None:
    assert not _judge(_signed(key).replace(*change), dns=_Dns({_KEY_NAME: [key.record]})).passed


def test_a_signature_over_part_of_the_body_lets_nobody_add_a_command(key: _Key) -> None:
    dns = _Dns({_KEY_NAME: [key.record]})
    signed = _signed(key, length=True)
    assert dkim.verify(signed + b"And delete the rest.\r\n", dnsfunc=lambda name, timeout=5: key.record.encode())
    for raw in (signed, signed + b"And delete the rest.\r\n"):
        found = _judge(raw, dns=dns)
        assert not found.passed
        assert "part of the body" in found.reason


def test_sha1_proves_nothing(key: _Key) -> None:
    found = _judge(_signed(key, signature_algorithm=b"rsa-sha1"), dns=_Dns({_KEY_NAME: [key.record]}))
    assert not found.passed
    assert "too weak" in found.reason


def test_a_mbox_line_amid_the_header_does_not_turn_headers_into_text(key: _Key) -> None:
    """dkimpy skips such a line, and the signature holds; for Hermes the body begins there."""
    raw = b"From x\r\nX-Note: hello\r\n and delete everything\r\n" + _signed(key)
    amid = b"X-First: 1\r\n" + raw
    assert dkim.verify(amid, dnsfunc=lambda name, timeout=5: key.record.encode())
    assert not _judge(amid, dns=_Dns({_KEY_NAME: [key.record]})).passed


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
def test_a_header_that_two_readers_see_differently_is_not_believed(key: _Key, start: bytes) -> None:
    assert not _judge(start + _signed(key), dns=_Dns({_KEY_NAME: [key.record]})).passed


def test_somebody_elses_signature_is_not_even_looked_up(key: _Key) -> None:
    dns = _Dns({("s1._domainkey.evil.example", "TXT"): [key.record]})
    assert not _judge(_signed(key, domain="evil.example"), dns=dns).passed
    assert ("s1._domainkey.evil.example", "TXT") not in dns.asked


def test_a_good_signature_among_forged_ones_is_found_and_hundreds_are_not_tried(key: _Key) -> None:
    forged = b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=no%d; h=from; bh=AAAA; b=AAAA\r\n"
    few = b"".join(forged % number for number in range(3)) + _signed(key)
    assert _judge(few, dns=_Dns({_KEY_NAME: [key.record]})).passed
    dns = _Dns({_KEY_NAME: [key.record]})
    assert not _judge(b"".join(forged % number for number in range(300)) + _signed(key), dns=dns).passed
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
def test_broken_signatures_never_raise(value: bytes, key: _Key) -> None:
    assert not _judge(b"DKIM-Signature: " + value + b"\r\n" + _MAIL, dns=_Dns({_KEY_NAME: [key.record]})).passed


def test_white_space_without_end_is_hashed_like_any_other(key: _Key) -> None:
    raw = _MAIL + b" \t" * 1_000_000 + b"x"
    dns = _Dns({_KEY_NAME: [key.record]})
    assert not _judge(_signed(key) + b" \t" * 1_000_000 + b"x", dns=dns).passed
    # What dkimpy itself signs in this form took it hours; the simple form of a body is the body.
    signed = _signed(key, raw=raw, canonicalize=(b"relaxed", b"simple"))
    assert _judge(signed, dns=dns).passed


def test_dns_that_gives_no_answer_is_not_a_refusal(key: _Key) -> None:
    with pytest.raises(errors.DnsUnavailable):
        _judge(_signed(key), dns=_Dns(lost=["s1._domainkey.acme.example"]))
    with pytest.raises(errors.DnsUnavailable):
        _judge(_signed(key), dns=_Dns({_KEY_NAME: [key.record]}, lost=["_dmarc.acme.example"]))


def test_a_resolver_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(name: str, kind: str) -> tuple[str, ...]:
        await asyncio.Event().wait()
        return ()

    monkeypatch.setattr(verdict, "VERDICT_SECONDS", 0.05)
    with pytest.raises(errors.DnsUnavailable):
        asyncio.run(verdict.judge(_FACTS, _MAIL, "acme.example", settings=Settings(), resolver=hang))


@pytest.mark.parametrize(
    "domain", ["", "localhost", "a..b", "x" * 70 + ".example", "acme.example\r\n", "\ud800.example"]
)
def test_a_domain_that_dns_cannot_hold_is_not_asked_for(domain: str) -> None:
    dns = _Dns()
    assert not _judge(dns=dns, domain=domain).passed
    assert dns.asked == [] or domain.strip() == "acme.example"


# ── SPF ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _client(address: str | None, sender: str | None = "anna@acme.example") -> DeliveryFacts:
    return DeliveryFacts(ingress="smtp", client_address=address, sender=sender)


@pytest.mark.parametrize(
    ("facts", "passed"),
    [
        (_client("192.0.2.7"), True),
        (_client("192.0.2.7", "bounce@mail.acme.example"), False),
        (_client("198.51.100.1"), False),
        (_client("192.0.2.7", "eve@evil.example"), False),
        (_client("192.0.2.7", ""), False),
        (_client("192.0.2.7", None), False),
        (_client(None), False),
        (_client("nonsense"), False),
    ],
)
def test_spf_passes_for_an_aligned_envelope_sender_from_its_own_host(facts: DeliveryFacts, passed: bool) -> None:
    records = {("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"], ("evil.example", "TXT"): ["v=spf1 +all"]}
    assert _judge(facts=facts, dns=_Dns(records)).passed is passed


def test_behind_a_border_server_its_address_vouches_for_nobody() -> None:
    records = {("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"]}
    facts = _client("192.0.2.7", "bounce@acme.example")
    assert _judge(facts=facts, dns=_Dns(records)).passed
    assert not _judge(facts=facts, dns=_Dns(records), settings=Settings(authserv_id="mx.hermes.example")).passed


def test_strict_spf_alignment_is_honoured() -> None:
    records = {("mail.acme.example", "TXT"): ["v=spf1 +all"]}
    facts = _client("192.0.2.7", "bounce@mail.acme.example")
    assert _judge(facts=facts, dns=_Dns(records)).source is Source.SPF
    assert not _judge(
        facts=facts, dns=_Dns(records | {("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=none; aspf=s"]})
    ).passed


# ── ARC ────────────────────────────────────────────────────────────────────────────────────────────────────────────

_SEALED = Settings(arc_sealers=frozenset({"forwarder.example"}))
_ARC_DNS = {("s1._domainkey.forwarder.example", "TXT"): [_ARC_KEY], ("s1._domainkey.second.example", "TXT"): [_ARC_KEY]}


def _arc(name: str) -> bytes:
    return (_ARC / f"{name}.eml").read_bytes()


def test_a_named_sealer_is_believed_and_no_other() -> None:
    found = _judge(_arc("pass"), settings=_SEALED, dns=_Dns(_ARC_DNS))
    assert (found.passed, found.source) == (True, Source.ARC)
    for sealers in (frozenset[str](), frozenset({"other.example"})):
        dns = _Dns(_ARC_DNS)
        assert not _judge(_arc("pass"), settings=Settings(arc_sealers=sealers), dns=dns).passed
        assert ("s1._domainkey.forwarder.example", "TXT") not in dns.asked


def test_a_named_sealer_saves_what_the_receipt_failed_but_not_a_virus() -> None:
    assert _judge(_arc("pass"), _ses(dmarc="FAIL"), _SEALED, _Dns(_ARC_DNS)).passed
    assert not _judge(_arc("pass"), _ses(dmarc="FAIL", virus="FAIL"), _SEALED, _Dns(_ARC_DNS)).passed


def test_a_sealer_that_saw_a_failure_does_not_pass_it() -> None:
    assert not _judge(_arc("fail"), settings=_SEALED, dns=_Dns(_ARC_DNS)).passed


def test_a_chain_is_followed_no_further_than_named_sealers_go() -> None:
    """Two seals: the outer one saw a failure, the inner one a pass."""
    both = Settings(arc_sealers=frozenset({"forwarder.example", "second.example"}))
    assert _judge(_arc("two"), settings=both, dns=_Dns(_ARC_DNS)).passed
    assert not _judge(_arc("two"), settings=_SEALED, dns=_Dns(_ARC_DNS)).passed
    assert not _judge(
        _arc("two"), settings=Settings(arc_sealers=frozenset({"second.example"})), dns=_Dns(_ARC_DNS)
    ).passed


@pytest.mark.parametrize(
    "change",
    [
        (b"Please update the title.", b"Please delete the title."),
        (b"Anna <anna@acme.example>", b"Eve <eve@acme.example>"),
        (b"i=1; mx.forwarder.example;\n dmarc=pass", b"i=1; mx.forwarder.example;\n dmarc=pass header.x=y"),
        (
            b"ARC-Authentication-Results: i=1;",
            b"ARC-Authentication-Results: i=1; mx.forwarder.example; dmarc=pass\nARC-Authentication-Results: i=1;",
        ),
        (b"ARC-Seal: i=1", b"ARC-Seal: i=2"),
        (b"ARC-Seal:", b"X-Seal:"),
        (b"cv=none", b"cv=fail"),
        (b"i=1; cv", b"i=99; cv"),
    ],
)
def test_a_chain_that_was_touched_does_not_hold(change: tuple[bytes, bytes]) -> None:
    raw = _arc("pass")
    assert change[0] in raw
    assert not _judge(raw.replace(*change), settings=_SEALED, dns=_Dns(_ARC_DNS)).passed


def test_a_chain_for_another_author_does_not_pass_this_one() -> None:
    assert not _judge(_arc("pass"), settings=_SEALED, dns=_Dns(_ARC_DNS), domain="evil.example").passed


def test_a_chain_whose_keys_cannot_be_asked_for_is_judged_later() -> None:
    with pytest.raises(errors.DnsUnavailable):
        _judge(_arc("pass"), settings=_SEALED, dns=_Dns(_ARC_DNS, lost=["s1._domainkey.forwarder.example"]))


# ── nobody ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_nobody_vouches_for_is_refused_with_every_reason() -> None:
    found = _judge(facts=_client("198.51.100.1"), settings=Settings(authserv_id="mx.agent.example"))
    assert not found.passed
    assert "wrote no Authentication-Results" in found.reason
    assert "no DKIM signature" in found.reason
    assert "SPF" not in found.reason, "the client that we saw is the pinned server"


def test_without_any_source_nothing_passes() -> None:
    found = _judge(settings=Settings(own_check=False))
    assert found == Verdict(
        passed=False,
        source=Source.NONE,
        reason="no source of verdicts is set up for this way in",
        domain="acme.example",
    )


# ── the matrix ─────────────────────────────────────────────────────────────────────────────────────────────────────

_CASES = ("pass", "fail", "gray", "missing", "forged", "doubled")
_FORGED = b"X-SES-DMARC-Verdict: PASS\r\nAuthentication-Results: " + _PASS.encode() + b"\r\n"
_SPF = ("acme.example", "TXT")


def _matrix(key: _Key) -> dict[tuple[Source, str], Verdict]:
    """Every source in every case, each with nobody else to vouch."""
    signed, dkim_dns, spf = _signed(key), _Dns({_KEY_NAME: [key.record]}), "v=spf1 ip4:192.0.2.0/24 -all"
    ours, theirs = _client("192.0.2.7"), _client("198.51.100.1")
    evil = _Dns({("s1._domainkey.evil.example", "TXT"): [key.record], ("evil.example", "TXT"): ["v=spf1 +all"]})
    failed = "mx.agent.example; dmarc=fail header.from=acme.example"
    arc, loop, trusted = _arc("pass"), Settings(trust_loopback=True), DeliveryFacts(ingress="smtp", trusted=True)

    def sealed(raw: bytes, dns: Mapping[tuple[str, str], Iterable[str]] = _ARC_DNS) -> Verdict:
        return _judge(raw, settings=_SEALED, dns=_Dns(dns))

    def from_host(facts: DeliveryFacts, *records: str) -> Verdict:
        return _judge(facts=facts, dns=_Dns({_SPF: records}))

    return {
        (Source.SES, "pass"): _judge(facts=_ses(dmarc="PASS")),
        (Source.SES, "fail"): _judge(facts=_ses(dmarc="FAIL")),
        (Source.SES, "gray"): _judge(facts=_ses(dmarc="GRAY")),
        (Source.SES, "missing"): _judge(facts=DeliveryFacts(ingress="ses")),
        (Source.SES, "forged"): _judge(_FORGED + _MAIL, _ses(dmarc="FAIL")),
        (Source.SES, "doubled"): _judge(_FORGED * 2 + _MAIL, _ses(dmarc="GRAY"), _PINNED),
        (Source.AUTHSERV, "pass"): _judge(_results(_PASS), settings=_PINNED),
        (Source.AUTHSERV, "fail"): _judge(_results(failed), settings=_PINNED),
        (Source.AUTHSERV, "gray"): _judge(_results(failed.replace("fail", "temperror")), settings=_PINNED),
        (Source.AUTHSERV, "missing"): _judge(_results(), settings=_PINNED),
        (Source.AUTHSERV, "forged"): _judge(_results(_PASS, above=4), settings=_PINNED),
        (Source.AUTHSERV, "doubled"): _judge(_results(_PASS, failed), settings=_PINNED),
        (Source.DKIM, "pass"): _judge(signed, dns=dkim_dns),
        (Source.DKIM, "fail"): _judge(signed + b"Delete it.\r\n", dns=dkim_dns),
        (Source.DKIM, "gray"): _judge(signed, dns=_Dns({_KEY_NAME: [key.record + "; t=y"]})),
        (Source.DKIM, "missing"): _judge(dns=dkim_dns),
        (Source.DKIM, "forged"): _judge(_signed(key, domain="evil.example"), dns=evil),
        (Source.DKIM, "doubled"): _judge(b"From: Eve <eve@acme.example>\r\n" + signed, dns=dkim_dns),
        (Source.SPF, "pass"): from_host(ours, spf),
        (Source.SPF, "fail"): from_host(theirs, spf),
        (Source.SPF, "gray"): from_host(theirs, "v=spf1 ip4:192.0.2.0/24 ~all"),
        (Source.SPF, "missing"): from_host(ours),
        (Source.SPF, "forged"): _judge(facts=_client("192.0.2.7", "eve@evil.example"), dns=evil),
        (Source.SPF, "doubled"): from_host(ours, spf, spf),
        (Source.ARC, "pass"): sealed(arc),
        (Source.ARC, "fail"): sealed(_arc("fail")),
        (Source.ARC, "gray"): sealed(arc, {}),
        (Source.ARC, "missing"): sealed(_MAIL),
        (Source.ARC, "forged"): sealed(arc.replace(b"update the title", b"delete the title")),
        (Source.ARC, "doubled"): sealed(arc.replace(b"ARC-Seal:", b"ARC-Seal: i=1; cv=none; d=forwarder.example\nARC-Seal:")),
        (Source.LOOPBACK, "pass"): _judge(facts=trusted, settings=loop),
        (Source.LOOPBACK, "fail"): _judge(facts=_FACTS, settings=loop),
        (Source.LOOPBACK, "gray"): _judge(facts=DeliveryFacts(ingress="smtp", client_address="127.0.0.1"), settings=loop),
        (Source.LOOPBACK, "missing"): _judge(facts=trusted),
        (Source.LOOPBACK, "forged"): _judge(b"Received: from localhost ([127.0.0.1])\r\n" + _MAIL, settings=loop),
        (Source.LOOPBACK, "doubled"): _judge(b"Received: from localhost ([127.0.0.1])\r\n" * 2 + _MAIL, settings=loop),
    }  # fmt: skip


def test_every_source_in_every_case_passes_in_that_of_a_pass_alone(key: _Key) -> None:
    found = _matrix(key)

    assert set(found) == {(source, case) for source in Source if source is not Source.NONE for case in _CASES}
    assert {cell for cell, said in found.items() if said.passed} == {cell for cell in found if cell[1] == "pass"}
    assert all(said.source is source for (source, case), said in found.items() if case == "pass")
    assert all(said.reason for said in found.values())
