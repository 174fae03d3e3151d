"""Whoever owns `strasse.example` wants to command as the owner at `straße.example`; and so for every character that folds."""

from __future__ import annotations

import asyncio
import unicodedata

import pytest

from hermes import errors
from hermes.config import loading as config
from hermes.domain import idn
from hermes.mail.authenticate import alignment, authentication, dmarc, lookup, verdict
from hermes.mail.authenticate.verdict import DeliveryFacts, Settings, Verdict
from hermes.mail.parse import address, parse
from tests.attack.senders import Dns, Domain

#: The owner's domain as people write it, its one ASCII form, and the domain that an older conversion takes it for.
DOMAINS = [
    ("straße.example", "xn--strae-oqa.example", "strasse.example"),
    ("STRAẞE.example", "xn--strae-oqa.example", "strasse.example"),
    ("βόλος.example", "xn--nxasmm1c.example", "xn--nxasmq6b.example"),
    # Between these two Persian letters ZWNJ is part of the name (RFC 5892, A.1).
    ("نامه\u200cای.example", "xn--mgba3gch31f060k.example", "xn--mgba3gch31f.example"),
    # After a virama ZWJ is (A.2).
    ("ශ්\u200dරී.example", "xn--10cl1a0b660p.example", "xn--10cl1a0b.example"),
]
#: Each turns into ASCII, or into nothing, under some normal form.
LOOK_ALIKES = [
    "acme\u212a",
    "\uff41cme",
    "ac\u017fme",
    "a\u00adcme",
    "a\u200bcme",
    "acme\u2460",
    "\u0149ame",
    "\u0130d",
    "\ufb00",
]


def _mail(domain: str) -> bytes:
    head = f"From: Anna <anna@{domain}>\r\nTo: site@agent.example\r\nSubject: S\r\nMessage-ID: <1@x>\r\n"
    return f"{head}Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n\r\nPlease update it.\r\n".encode()


def _judge(raw: bytes, facts: DeliveryFacts, settings: Settings, dns: Dns) -> Verdict:
    author = address.sole_author(parse.parse(raw)).address
    return asyncio.run(verdict.judge(facts, raw, author.rpartition("@")[2], settings=settings, resolver=dns))


@pytest.mark.parametrize(("written", "own", "other"), DOMAINS)
def test_only_the_owners_own_domain_vouches_for_them(written: str, own: str, other: str) -> None:
    raw = _mail(written)
    dns = Dns(Domain(own), Domain(other, network="198.51.100.0/24"))

    def by_spf(domain: str, client: str) -> bool:
        facts = DeliveryFacts(ingress="smtp", client_address=client, sender=f"anna@{domain}")
        return _judge(raw, facts, Settings(), dns).passed

    plain = DeliveryFacts(ingress="imap")
    assert _judge(Domain(own).sign(raw), plain, Settings(), dns).passed
    assert not _judge(Domain(other).sign(raw), plain, Settings(), dns).passed
    assert by_spf(own, "192.0.2.7")
    assert by_spf(written, "192.0.2.7")
    assert not by_spf(other, "198.51.100.7")
    for domain, passed in ((own, True), (written, True), (other, False)):
        results = f"Authentication-Results: mx.agent.example; dmarc=pass header.from={domain}\r\n".encode()
        pinned = Settings(authserv_id="mx.agent.example", own_check=False)
        assert _judge(results + raw, plain, pinned, dns).passed is passed


@pytest.mark.parametrize(("written", "own", "other"), DOMAINS)
def test_both_forms_of_an_owner_are_one_and_nobody_else_is(written: str, own: str, other: str) -> None:
    for owner in (f"anna@{written}", f"anna@{own}", f"@{written}", f"@{own}"):
        settings = config.parse(
            {
                "projects": [
                    {
                        "client": "acme",
                        "project": "site",
                        "repository": "r",
                        "addresses": [f"site@{written}"],
                        "owners": [owner],
                        "agent": {"kind": "patch"},
                    }
                ]
            }
        )
        project = settings.projects[0]
        assert address.is_owner(f"anna@{written}", project.owners)
        assert address.is_owner(f"anna@{own}", project.owners)
        assert not address.is_owner(f"anna@{other}", project.owners)
        assert settings.project_of(f"SITE+x@{own}") is project
        assert settings.project_of(f"site@{written}") is project
        assert settings.project_of(f"site@{other}") is None
    assert lookup.name(written) == own
    assert alignment.aligned(own, written)
    assert not alignment.aligned(other, written)


@pytest.mark.parametrize("word", LOOK_ALIKES)
def test_a_character_that_folds_into_ascii_is_refused_before_it_folds(word: str) -> None:
    plain = unicodedata.normalize("NFKC", word).casefold()
    for spec in (f"{word}@acme.example", f"anna@{word}.example", f"anna@acme.{word}"):
        with pytest.raises(errors.Refused):
            address.sole_author(parse.parse(f"From: <{spec}>\r\n\r\nx".encode()))
        assert not address.is_owner(spec, [f"{plain}@acme.example", f"@{plain}.example", "@acme.example"])
        assert not address.is_owner("anna@acme.example", [spec])
        with pytest.raises(errors.ConfigError):
            config.parse(
                {
                    "projects": [
                        {
                            "client": "acme",
                            "project": "site",
                            "repository": "r",
                            "addresses": ["site@agent.example"],
                            "owners": [spec],
                            "agent": {"kind": "patch"},
                        }
                    ]
                }
            )
    assert lookup.name(f"{word}.example") is None
    assert not alignment.aligned(f"{word}.example", f"{plain}.example")
    results = authentication.parse(f"mx.agent.example; dmarc=pass header.from={word}.example")
    author = dmarc.Dmarc("acme.example", None)
    assert results is None or not asyncio.run(authentication.opinion(results, author)).passed


@pytest.mark.parametrize("dot", ["\u3002", "\uff0e", "\uff61"])
def test_another_scripts_full_stop_ends_no_label(dot: str) -> None:
    assert lookup.name(f"acme{dot}example") is None


def test_two_people_whose_names_differ_by_a_letter_outside_ascii_are_two() -> None:
    assert idn.mailbox("É@acme.example") != idn.mailbox("é@acme.example")
    assert idn.mailbox("ANNA@ACME.example") == idn.mailbox("anna@acme.example")
    assert idn.mailbox("e\u0301@acme.example") == idn.mailbox("é@acme.example")
