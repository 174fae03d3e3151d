"""The verdict by ARC: named sealers are believed, and only over a chain that holds."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.mail.authenticate.verdict import Settings, Source
from tests.unit.mail.authenticate.judging import ARC_DNS, SEALED, Dns, arc_mail, judge, ses_facts


def test_a_named_sealer_is_believed_and_no_other() -> None:
    found = judge(arc_mail("pass"), settings=SEALED, dns=Dns(ARC_DNS))
    assert (found.passed, found.source) == (True, Source.ARC)
    for sealers in (frozenset[str](), frozenset({"other.example"})):
        dns = Dns(ARC_DNS)
        assert not judge(arc_mail("pass"), settings=Settings(arc_sealers=sealers), dns=dns).passed
        assert ("s1._domainkey.forwarder.example", "TXT") not in dns.asked


def test_a_named_sealer_saves_what_the_receipt_failed_but_not_a_virus() -> None:
    assert judge(arc_mail("pass"), ses_facts(dmarc="FAIL"), SEALED, Dns(ARC_DNS)).passed
    assert not judge(arc_mail("pass"), ses_facts(dmarc="FAIL", virus="FAIL"), SEALED, Dns(ARC_DNS)).passed


def test_a_sealer_that_saw_a_failure_does_not_pass_it() -> None:
    assert not judge(arc_mail("fail"), settings=SEALED, dns=Dns(ARC_DNS)).passed


def test_a_chain_is_followed_no_further_than_named_sealers_go() -> None:
    """Two seals: the outer one saw a failure, the inner one a pass."""
    both = Settings(arc_sealers=frozenset({"forwarder.example", "second.example"}))
    assert judge(arc_mail("two"), settings=both, dns=Dns(ARC_DNS)).passed
    assert not judge(arc_mail("two"), settings=SEALED, dns=Dns(ARC_DNS)).passed
    assert not judge(
        arc_mail("two"), settings=Settings(arc_sealers=frozenset({"second.example"})), dns=Dns(ARC_DNS)
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
    raw = arc_mail("pass")
    assert change[0] in raw
    assert not judge(raw.replace(*change), settings=SEALED, dns=Dns(ARC_DNS)).passed


def test_a_chain_for_another_author_does_not_pass_this_one() -> None:
    assert not judge(arc_mail("pass"), settings=SEALED, dns=Dns(ARC_DNS), domain="evil.example").passed


def test_a_chain_whose_keys_cannot_be_asked_for_is_judged_later() -> None:
    with pytest.raises(errors.DnsUnavailable):
        judge(arc_mail("pass"), settings=SEALED, dns=Dns(ARC_DNS, lost=["s1._domainkey.forwarder.example"]))
