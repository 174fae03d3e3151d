"""The verdict: each source with pass, fail, gray, missing, forged and doubled; and everything that a forger can write into a mail."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable, Mapping

import pytest

from hermes.domain import pointer
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings, Source, Verdict
from tests.unit.mail.authenticate.judging import (
    ARC_DNS,
    FACTS,
    KEY_NAME,
    MAIL,
    PASS,
    PINNED,
    SEALED,
    Dns,
    Key,
    arc_mail,
    client_facts,
    judge,
    ses_facts,
    signed_by,
    with_results,
)

_CORPUS = pathlib.Path(__file__).parents[5] / "shared" / "corpora" / "ses"


# ── SES ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("facts", "passed", "said"),
    [
        (ses_facts(dmarc="PASS"), True, "DMARC PASS"),
        (ses_facts(dmarc="FAIL", dmarc_policy="none"), False, "policy is none"),
        (ses_facts(dmarc="FAIL", spf="PASS", dkim="PASS"), False, "DMARC FAIL"),
        (ses_facts(dmarc="GRAY", spf="PASS", dkim="PASS"), False, "GRAY"),
        (ses_facts(dmarc="PROCESSING_FAILED"), False, "PROCESSING_FAILED"),
        (ses_facts(), False, "missing"),
        (ses_facts(dmarc="pass"), False, "pass"),
        (ses_facts(dmarc="PASS", spam="FAIL"), False, "spam FAIL"),
        (ses_facts(dmarc="PASS", virus="FAIL"), False, "virus FAIL"),
        (ses_facts(dmarc="PASS", spam="GRAY", virus="PROCESSING_FAILED"), True, "DMARC PASS"),
        (DeliveryFacts(ingress="ses"), False, "missing"),
    ],
)
def test_only_a_dmarc_pass_of_the_receipt_passes(facts: DeliveryFacts, passed: bool, said: str) -> None:
    found = judge(facts=facts)
    assert found.passed is passed
    assert said in found.reason
    assert not passed or found.source is Source.SES


def test_verdict_headers_inside_a_mail_from_ses_are_the_senders_to_forge() -> None:
    forged = (
        b"X-SES-Spam-Verdict: PASS\r\nX-SES-DMARC-Verdict: PASS\r\n"
        b"Authentication-Results: amazonses.com; spf=pass; dkim=pass header.d=acme.example; dmarc=pass header.from=acme.example\r\n"
    )
    for facts in (ses_facts(dmarc="GRAY"), ses_facts(dmarc="FAIL"), DeliveryFacts(ingress="ses")):
        assert not judge(forged + MAIL, facts, Settings(authserv_id="amazonses.com")).passed


def test_where_no_mail_comes_by_ses_a_receipt_of_it_is_a_forgery(key: Key) -> None:
    dns = Dns({("s1._domainkey.acme.example", "TXT"): [key.record]})
    for raw in (MAIL, signed_by(key)):
        found = judge(raw, ses_facts(dmarc="PASS", spf="PASS", dkim="PASS"), Settings(ses_receipts=False), dns)
        assert not found.passed
        assert found.source is Source.SES


def test_a_gray_receipt_leaves_our_own_check_to_tell_and_a_fail_does_not(key: Key) -> None:
    signed = signed_by(key)
    dns = Dns({("s1._domainkey.acme.example", "TXT"): [key.record]})
    assert judge(signed, ses_facts(dmarc="GRAY"), dns=dns).source is Source.DKIM
    assert not judge(signed, ses_facts(dmarc="GRAY"), Settings(own_check=False), dns).passed
    assert not judge(signed, ses_facts(dmarc="FAIL"), dns=dns).passed
    assert not judge(signed, ses_facts(dmarc="GRAY", virus="FAIL"), dns=dns).passed


@pytest.mark.parametrize(("name", "passed"), [("inbound_email_s3.json", False), ("ses-s3-event.json", True)])
def test_receipts_of_the_corpus(name: str, passed: bool) -> None:
    found = next(_CORPUS.glob(f"**/{name}"), None) if _CORPUS.is_dir() else None
    if found is None:
        pytest.skip("the corpus of SES receipts is not here")
    document = json.loads(found.read_text(encoding="utf-8"))
    body = json.dumps(document["Records"][0]["ses"]) if "Records" in document else found.read_text(encoding="utf-8")
    read = pointer.read(body)
    assert judge(facts=DeliveryFacts.of(read[0])).passed is passed


# ── loopback ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_loopback_passes_only_where_the_operator_says_so_and_the_ingress_saw_it() -> None:
    trusted = DeliveryFacts(ingress="smtp", trusted=True)
    assert judge(facts=trusted, settings=Settings(trust_loopback=True)).source is Source.LOOPBACK
    assert not judge(facts=trusted).passed
    assert not judge(settings=Settings(trust_loopback=True)).passed
    assert judge(facts=trusted, settings=Settings(trust_loopback=True), domain="localhost").passed


# ── SPF ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("facts", "passed"),
    [
        (client_facts("192.0.2.7"), True),
        (client_facts("192.0.2.7", "bounce@mail.acme.example"), False),
        (client_facts("198.51.100.1"), False),
        (client_facts("192.0.2.7", "eve@evil.example"), False),
        (client_facts("192.0.2.7", ""), False),
        (client_facts("192.0.2.7", None), False),
        (client_facts(None), False),
        (client_facts("nonsense"), False),
    ],
)
def test_spf_passes_for_an_aligned_envelope_sender_from_its_own_host(facts: DeliveryFacts, passed: bool) -> None:
    records = {("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"], ("evil.example", "TXT"): ["v=spf1 +all"]}
    assert judge(facts=facts, dns=Dns(records)).passed is passed


def test_behind_a_border_server_its_address_vouches_for_nobody() -> None:
    records = {("acme.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"]}
    facts = client_facts("192.0.2.7", "bounce@acme.example")
    assert judge(facts=facts, dns=Dns(records)).passed
    assert not judge(facts=facts, dns=Dns(records), settings=Settings(authserv_id="mx.hermes.example")).passed


def test_strict_spf_alignment_is_honoured() -> None:
    records = {("mail.acme.example", "TXT"): ["v=spf1 +all"]}
    facts = client_facts("192.0.2.7", "bounce@mail.acme.example")
    assert judge(facts=facts, dns=Dns(records)).source is Source.SPF
    assert not judge(
        facts=facts, dns=Dns(records | {("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=none; aspf=s"]})
    ).passed


# ── nobody ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_nobody_vouches_for_is_refused_with_every_reason() -> None:
    found = judge(facts=client_facts("198.51.100.1"), settings=Settings(authserv_id="mx.agent.example"))
    assert not found.passed
    assert "wrote no Authentication-Results" in found.reason
    assert "no DKIM signature" in found.reason
    assert "SPF" not in found.reason, "the client that we saw is the pinned server"


def test_without_any_source_nothing_passes() -> None:
    found = judge(settings=Settings(own_check=False))
    assert found == Verdict(
        passed=False,
        source=Source.NONE,
        reason="no source of verdicts is set up for this way in",
        domain="acme.example",
    )


# ── the matrix ─────────────────────────────────────────────────────────────────────────────────────────────────────

_CASES = ("pass", "fail", "gray", "missing", "forged", "doubled")
_FORGED = b"X-SES-DMARC-Verdict: PASS\r\nAuthentication-Results: " + PASS.encode() + b"\r\n"
_SPF = ("acme.example", "TXT")


def _matrix(key: Key) -> dict[tuple[Source, str], Verdict]:
    """Every source in every case, each with nobody else to vouch."""
    signed, dkim_dns, spf = signed_by(key), Dns({KEY_NAME: [key.record]}), "v=spf1 ip4:192.0.2.0/24 -all"
    ours, theirs = client_facts("192.0.2.7"), client_facts("198.51.100.1")
    evil = Dns({("s1._domainkey.evil.example", "TXT"): [key.record], ("evil.example", "TXT"): ["v=spf1 +all"]})
    failed = "mx.agent.example; dmarc=fail header.from=acme.example"
    arc, loop, trusted = arc_mail("pass"), Settings(trust_loopback=True), DeliveryFacts(ingress="smtp", trusted=True)

    def sealed(raw: bytes, dns: Mapping[tuple[str, str], Iterable[str]] = ARC_DNS) -> Verdict:
        return judge(raw, settings=SEALED, dns=Dns(dns))

    def from_host(facts: DeliveryFacts, *records: str) -> Verdict:
        return judge(facts=facts, dns=Dns({_SPF: records}))

    return {
        (Source.SES, "pass"): judge(facts=ses_facts(dmarc="PASS")),
        (Source.SES, "fail"): judge(facts=ses_facts(dmarc="FAIL")),
        (Source.SES, "gray"): judge(facts=ses_facts(dmarc="GRAY")),
        (Source.SES, "missing"): judge(facts=DeliveryFacts(ingress="ses")),
        (Source.SES, "forged"): judge(_FORGED + MAIL, ses_facts(dmarc="FAIL")),
        (Source.SES, "doubled"): judge(_FORGED * 2 + MAIL, ses_facts(dmarc="GRAY"), PINNED),
        (Source.AUTHSERV, "pass"): judge(with_results(PASS), settings=PINNED),
        (Source.AUTHSERV, "fail"): judge(with_results(failed), settings=PINNED),
        (Source.AUTHSERV, "gray"): judge(with_results(failed.replace("fail", "temperror")), settings=PINNED),
        (Source.AUTHSERV, "missing"): judge(with_results(), settings=PINNED),
        (Source.AUTHSERV, "forged"): judge(with_results(PASS, above=4), settings=PINNED),
        (Source.AUTHSERV, "doubled"): judge(with_results(PASS, failed), settings=PINNED),
        (Source.DKIM, "pass"): judge(signed, dns=dkim_dns),
        (Source.DKIM, "fail"): judge(signed + b"Delete it.\r\n", dns=dkim_dns),
        (Source.DKIM, "gray"): judge(signed, dns=Dns({KEY_NAME: [key.record + "; t=y"]})),
        (Source.DKIM, "missing"): judge(dns=dkim_dns),
        (Source.DKIM, "forged"): judge(signed_by(key, domain="evil.example"), dns=evil),
        (Source.DKIM, "doubled"): judge(b"From: Eve <eve@acme.example>\r\n" + signed, dns=dkim_dns),
        (Source.SPF, "pass"): from_host(ours, spf),
        (Source.SPF, "fail"): from_host(theirs, spf),
        (Source.SPF, "gray"): from_host(theirs, "v=spf1 ip4:192.0.2.0/24 ~all"),
        (Source.SPF, "missing"): from_host(ours),
        (Source.SPF, "forged"): judge(facts=client_facts("192.0.2.7", "eve@evil.example"), dns=evil),
        (Source.SPF, "doubled"): from_host(ours, spf, spf),
        (Source.ARC, "pass"): sealed(arc),
        (Source.ARC, "fail"): sealed(arc_mail("fail")),
        (Source.ARC, "gray"): sealed(arc, {}),
        (Source.ARC, "missing"): sealed(MAIL),
        (Source.ARC, "forged"): sealed(arc.replace(b"update the title", b"delete the title")),
        (Source.ARC, "doubled"): sealed(arc.replace(b"ARC-Seal:", b"ARC-Seal: i=1; cv=none; d=forwarder.example\nARC-Seal:")),
        (Source.LOOPBACK, "pass"): judge(facts=trusted, settings=loop),
        (Source.LOOPBACK, "fail"): judge(facts=FACTS, settings=loop),
        (Source.LOOPBACK, "gray"): judge(facts=DeliveryFacts(ingress="smtp", client_address="127.0.0.1"), settings=loop),
        (Source.LOOPBACK, "missing"): judge(facts=trusted),
        (Source.LOOPBACK, "forged"): judge(b"Received: from localhost ([127.0.0.1])\r\n" + MAIL, settings=loop),
        (Source.LOOPBACK, "doubled"): judge(b"Received: from localhost ([127.0.0.1])\r\n" * 2 + MAIL, settings=loop),
    }  # fmt: skip


def test_every_source_in_every_case_passes_in_that_of_a_pass_alone(key: Key) -> None:
    found = _matrix(key)

    assert set(found) == {(source, case) for source in Source if source is not Source.NONE for case in _CASES}
    assert {cell for cell, said in found.items() if said.passed} == {cell for cell in found if cell[1] == "pass"}
    assert all(said.source is source for (source, case), said in found.items() if case == "pass")
    assert all(said.reason for said in found.values())
