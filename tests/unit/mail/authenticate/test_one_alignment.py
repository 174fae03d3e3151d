"""Which domains are one organization is told by DNS for every source of verdicts, and by the list of suffixes only where DNS is silent."""

from __future__ import annotations

import asyncio
import dataclasses
import types
from collections.abc import Callable

import dkim
import pytest

from hermes import errors, limits
from hermes.domain.pointer import SesVerdicts
from hermes.mail.authenticate import verdict
from hermes.mail.authenticate.trust import Evidence
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings, Source, Verdict
from tests.unit.mail.authenticate.judging import PINNED, SEALED, Dns, Key, judge

KEY = Key(1024)
#: Tenants of one host, and the parts of one company: for the list of suffixes they are the same.
ANNA, EVE, HOST = "anna.hosting.example", "eve.hosting.example", "_dmarc.hosting.example"
MAIL = (
    b"From: Anna <anna@anna.hosting.example>\r\nTo: site@agent.example\r\nSubject: Title\r\n"
    b"Date: Thu, 18 Nov 2026 10:40:00 +0000\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\n\r\nDo it.\r\n"
)
WHOLE = ("from", "to", "subject", "date", "content-type", "content-transfer-encoding", "in-reply-to")
STRANGERS, SILENT = "v=DMARC1; p=reject; psd=y", ""


def signed(domain: str, covered: tuple[str, ...] = ("from",)) -> bytes:
    found: bytes = dkim.sign(MAIL, b"s1", domain.encode(), KEY.pem, include_headers=[one.encode() for one in covered])
    return found


def host(record: str, **more: str) -> Dns:
    """A resolver for which the host of both says this."""
    records = {"_dmarc.hosting.example": record, **more}
    return Dns({(name, "TXT"): [text] for name, text in records.items() if text})


def by_ses(dns: Dns | None, raw: bytes) -> Verdict:
    facts = DeliveryFacts(
        ingress="ses",
        sender=f"bounces@{EVE}",
        ses=SesVerdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS"),
    )
    return asyncio.run(verdict.judge(facts, raw, ANNA, settings=Settings(own_check=False), resolver=dns))


def by_server(dns: Dns | None, raw: bytes, *results: str) -> Verdict:
    headers = "".join(f"Authentication-Results: mx.agent.example; {one}\r\n" for one in results)
    return asyncio.run(
        verdict.judge(DeliveryFacts(ingress="imap"), headers.encode() + raw, ANNA, settings=PINNED, resolver=dns)
    )


class _Result(str):
    """`dmarc=pass header.from=…`."""

    method = ""


@dataclasses.dataclass
class _Results:
    """What dkimpy needs of the package authres, which it reads Authentication-Results with when it seals."""

    authserv_id: str
    results: list[_Result]

    @classmethod
    def parse(cls, header: str) -> _Results:
        server, *results = header.partition(": ")[2].split("; ")
        return cls(server, [_Result(one) for one in results])


def sealed(results: str, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A mail of Anna's with the word of a named sealer."""
    monkeypatch.setattr(dkim, "authres", types.SimpleNamespace(AuthenticationResultsHeader=_Results), raising=False)
    raw = f"Authentication-Results: mx.forwarder.example; {results}\r\n".encode() + MAIL
    return b"".join(dkim.arc_sign(raw, b"s1", b"forwarder.example", KEY.pem, b"mx.forwarder.example")) + MAIL


def by_sealer(dns: Dns, raw: bytes) -> Verdict:
    dns.records |= {("s1._domainkey.forwarder.example", "TXT"): (KEY.record,)}
    return judge(raw, settings=dataclasses.replace(SEALED, own_check=False), dns=dns, domain=ANNA)


@pytest.mark.parametrize(("record", "passed"), [(SILENT, True), ("v=DMARC1; p=none", True), (STRANGERS, False)])
@pytest.mark.parametrize("results", [f"dkim=pass header.d={EVE}", f"dmarc=none; dkim=pass header.i=@{EVE}"])
def test_the_word_of_a_named_server_or_sealer_for_a_neighbour_counts_in_one_organization(
    record: str, passed: bool, results: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert by_server(host(record), MAIL, results).passed is passed
    assert by_sealer(host(record), sealed(results, monkeypatch)).passed is passed


def test_a_sealers_word_that_cannot_be_read_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = by_sealer(host(SILENT), sealed(f"dmarc=pass header.from={ANNA} header.from={EVE}", monkeypatch))
    assert not found.passed
    assert "no named sealer says" in found.reason


def test_a_neighbour_is_no_author_where_the_domain_wants_itself_alone() -> None:
    dns = host("v=DMARC1; p=none", **{f"_dmarc.{ANNA}": "v=DMARC1; p=none; adkim=s"})
    assert not by_server(dns, MAIL, f"dkim=pass header.d={EVE}").passed
    assert by_server(dns, MAIL, f"dkim=pass header.d={ANNA}").passed


def test_a_suffix_of_the_list_that_says_that_it_is_an_organization_is_one() -> None:
    dns = Dns({("_dmarc.github.io", "TXT"): ["v=DMARC1; p=none; psd=n"]})
    raw = b"Authentication-Results: mx.agent.example; dkim=pass header.d=b.github.io\r\n" + MAIL
    assert judge(raw, settings=PINNED, dns=dns, domain="a.github.io").passed
    assert not judge(raw, settings=PINNED, dns=Dns(), domain="a.github.io").passed


@pytest.mark.parametrize(("record", "passed"), [(SILENT, True), (STRANGERS, False)])
@pytest.mark.parametrize("carries", [f"dkim=pass header.d={EVE}", f"spf=pass smtp.mailfrom=b@{EVE}"])
def test_a_header_for_each_method_rests_on_a_pass_that_is_aligned_by_dns(
    record: str, passed: bool, carries: str
) -> None:
    assert by_server(host(record), MAIL, carries, f"dmarc=pass header.from={ANNA}").passed is passed


def _ses(dns: Dns | None, raw: bytes) -> Verdict:
    return by_ses(dns, raw)


def _server(dns: Dns | None, raw: bytes) -> Verdict:
    return by_server(dns, raw, f"dmarc=pass header.from={ANNA}; spf=pass smtp.mailfrom=b@{EVE}")


@pytest.mark.parametrize("way", [_ses, _server])
@pytest.mark.parametrize(
    ("record", "envelope", "covered"),
    # In one organization either signature may be the one that holds, and the server that sent the mail vouches for all of it.
    [(SILENT, True, {"from"}), (STRANGERS, False, {"from", "to"})],
)
def test_what_a_pass_of_others_rests_on_is_told_by_dns(
    way: Callable[[Dns | None, bytes], Verdict], record: str, envelope: bool, covered: set[str]
) -> None:
    found = way(host(record), signed(ANNA, ("from", "to")) + signed(EVE) + MAIL)

    assert found.passed
    assert not found.presumed
    assert found.evidence.envelope is envelope
    assert {name for name in WHOLE if found.evidence.signed(name)} == covered


@pytest.mark.parametrize("way", [_ses, _server])
def test_dns_is_not_asked_where_every_signature_covers_the_whole_mail(
    way: Callable[[Dns | None, bytes], Verdict],
) -> None:
    dns = host(STRANGERS)
    raw = signed(ANNA, WHOLE) + signed("sender.example", WHOLE) + MAIL

    assert way(dns, raw).evidence.covers("in-reply-to")
    assert dns.asked == []
    assert not way(None, raw).presumed


@pytest.mark.parametrize("way", [_ses, _server])
def test_a_pass_that_only_dns_can_explain_is_judged_later_where_it_gives_no_answer(
    way: Callable[[Dns | None, bytes], Verdict],
) -> None:
    with pytest.raises(errors.DnsUnavailable):
        way(Dns(lost=[HOST]), signed(ANNA) + MAIL)


def test_without_a_resolver_the_list_decides_and_the_verdict_says_so() -> None:
    found = by_server(None, MAIL, f"dkim=pass header.d={EVE}")
    assert (found.passed, found.presumed, found.source) == (True, True, Source.AUTHSERV)
    assert not by_server(None, MAIL, f"dkim=pass header.d={ANNA}").presumed


@pytest.mark.parametrize("signers", [limits.SIGNATURES, limits.SIGNATURES + 1])
def test_more_signers_than_anybody_has_promise_nothing_and_cost_no_questions(signers: int) -> None:
    dns = host("v=DMARC1; p=none")
    raw = b"".join(signed(f"x{number}.hosting.example", ("from", "to")) for number in range(signers)) + MAIL

    evidence = by_server(dns, raw, f"dmarc=pass header.from={ANNA}").evidence

    assert evidence.covers("to") is (signers <= limits.SIGNATURES)
    assert any(name.startswith("_dmarc.x") for name, _ in dns.asked) is (signers <= limits.SIGNATURES)


def test_nothing_else_of_a_mail_that_a_server_failed_asks_dns() -> None:
    dns = host(STRANGERS)
    assert by_server(dns, signed(EVE) + MAIL, f"dmarc=fail header.from={ANNA}").evidence == Evidence()
    assert dns.asked == []
