"""DMARC by the tree of DNS: how far a walk goes, which domains are one organization, and what a domain asks of mail that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from hermes import errors
from hermes.mail.authenticate.dmarc import Dmarc, Wish, applying, organization, record, walk
from hermes.mail.authenticate.verdict import DeliveryFacts
from tests.unit.mail.authenticate.judging import KEY_NAME, MAIL, Dns, Key, judge, signed_by

NAMES = "a.b.c.d.e.f.g.h.i.j.mail.acme.example"


def dns(records: Mapping[str, str]) -> Dns:
    """A resolver that has these DMARC records."""
    return Dns({(f"_dmarc.{domain}", "TXT"): [f"v=DMARC1; {tags}"] for domain, tags in records.items()})


def aligned(author: str, other: str, records: Mapping[str, str]) -> bool:
    async def asked() -> bool:
        return await Dmarc(author, dns(records)).aligned(other, "adkim")

    return asyncio.run(asked())


def test_a_walk_asks_from_the_domain_up_to_the_last_label() -> None:
    assert walk("a.mail.acme.example") == ("a.mail.acme.example", "mail.acme.example", "acme.example", "example")
    assert walk("example") == ("example",)


@pytest.mark.parametrize("labels", range(1, 40))
def test_a_walk_asks_eight_questions_at_most_and_the_last_of_them_at_the_top(labels: int) -> None:
    domain = ".".join([*(f"l{number}" for number in range(labels - 1)), "example"])

    names = walk(domain)

    assert len(names) <= 8
    assert names[0] == domain
    assert names[-1] == "example"
    assert [name.count(".") for name in names[1:]] == list(range(min(labels - 1, 7) - 1, -1, -1))


def test_a_deep_name_skips_what_lies_between() -> None:
    assert walk(NAMES)[:2] == (NAMES, "g.h.i.j.mail.acme.example")


# ── one organization ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({"mail.acme.example": "p=none", "acme.example": "p=none"}, "acme.example"),
        ({"acme.example": "p=none"}, "acme.example"),
        ({"example": "psd=y"}, "acme.example"),
        ({"acme.example": "psd=y"}, "mail.acme.example"),
        ({"mail.acme.example": "psd=n", "acme.example": "p=none"}, "mail.acme.example"),
        ({"a.mail.acme.example": "psd=y"}, "a.mail.acme.example"),
        ({"a.mail.acme.example": "psd=y", "acme.example": "p=none"}, "acme.example"),
        ({"acme.example": "p=none", "example": "p=reject"}, "acme.example"),
        ({"acme.example": "psd=x"}, "acme.example"),
        ({}, None),
    ],
)
def test_the_organization_is_found_by_its_records(records: Mapping[str, str], expected: str | None) -> None:
    start = "a.mail.acme.example"
    found = [record(name, [f"v=DMARC1; {records[name]}"]) for name in walk(start) if name in records]

    assert organization(start, [one for one in found if one is not None]) == expected


@pytest.mark.parametrize(
    ("author", "other", "records", "expected"),
    [
        # DNS is silent: the list of public suffixes decides.
        ("acme.example", "mail.acme.example", {}, True),
        ("acme.github.io", "evil.github.io", {}, False),
        # DNS speaks.
        ("acme.example", "mail.acme.example", {"acme.example": "p=none"}, True),
        ("mail.acme.example", "news.acme.example", {"acme.example": "p=none"}, True),
        ("acme.example", "mail.acme.example", {"acme.example": "p=none; adkim=s"}, False),
        ("acme.example", "mail.acme.example", {"acme.example": "p=none; ADKIM=S"}, False),
        ("acme.example", "acme.example", {"acme.example": "p=none; adkim=s"}, True),
        ("mail.acme.example", "news.acme.example", {"acme.example": "p=none; adkim=s"}, False),
        # Tenants of one domain, whose owner says that they are strangers to each other.
        ("anna.hosting.example", "eve.hosting.example", {"hosting.example": "psd=y"}, False),
        ("anna.hosting.example", "mail.anna.hosting.example", {"hosting.example": "psd=y"}, True),
        # A part of the organization that wants to be one of its own, whoever asks.
        ("acme.example", "labs.acme.example", {"acme.example": "p=none", "labs.acme.example": "psd=n"}, False),
        ("labs.acme.example", "acme.example", {"acme.example": "p=none", "labs.acme.example": "psd=n"}, False),
        ("labs.acme.example", "x.labs.acme.example", {"labs.acme.example": "psd=n"}, True),
        # A suffix of the list that says that it is an organization, and one that says nothing.
        ("a.github.io", "b.github.io", {"github.io": "psd=n"}, True),
        ("acme.github.io", "evil.github.io", {"github.io": "p=reject"}, False),
        ("acme.github.io", "mail.acme.github.io", {"github.io": "p=reject"}, True),
        ("acme.co.uk", "evil.co.uk", {"acme.co.uk": "p=none", "co.uk": "p=reject", "uk": "p=reject"}, False),
        ("acme.example", "evil.example", {"acme.example": "p=none", "example": "p=none"}, False),
        # Nobody above the author, nobody else, and no name.
        ("acme.example", "example", {"acme.example": "p=none", "example": "psd=y"}, False),
        ("acme.example", "notacme.example", {"acme.example": "p=none"}, False),
        ("acme.example", "nonsense", {"acme.example": "p=none"}, False),
        ("acme.example", "a b", {}, False),
        (NAMES, "mail.acme.example", {"acme.example": "p=none"}, True),
    ],
)
def test_two_domains_are_aligned_where_they_are_one_organization(
    author: str, other: str, records: Mapping[str, str], expected: bool
) -> None:
    assert aligned(author, other, records) is expected


def test_a_signer_outside_the_organization_is_never_asked_for() -> None:
    table = dns({"acme.example": "p=none"})

    async def asked() -> None:
        await Dmarc("acme.example", table).aligned("slow.evil.example.net", "adkim")

    asyncio.run(asked())
    assert [name for name, _ in table.asked] == ["_dmarc.acme.example", "_dmarc.example"]


def test_each_name_is_asked_for_once() -> None:
    table = dns({"acme.example": "p=none"})

    async def asked() -> None:
        policy = Dmarc("mail.acme.example", table)
        await policy.aligned("a.acme.example", "adkim")
        await policy.aligned("b.acme.example", "aspf")
        await policy.wish()

    asyncio.run(asked())
    assert len(table.asked) == len(set(table.asked))


@pytest.mark.parametrize(
    "texts",
    [
        ["v=DMARC1; p=none", "v=DMARC1; p=reject"],
        ["v=dmarc1; p=none"],
        ["p=none; v=DMARC1"],
        ["v=spf1 -all"],
        [],
    ],
)
def test_what_is_not_one_record_is_none(texts: list[str]) -> None:
    assert record("acme.example", texts) is None


def test_other_texts_beside_a_record_are_left_out() -> None:
    assert record("acme.example", ["v=spf1 -all", "v = DMARC1 ; p = none"]) is not None


# ── what it asks of mail that fails ────────────────────────────────────────────────────────────────────────────────


def _applying(start: str, records: Mapping[str, str]) -> str | None:
    walked = [record(name, [f"v=DMARC1; {records[name]}"]) for name in walk(start) if name in records]
    found = applying(start, [one for one in walked if one is not None])
    return found.domain if found else None


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ({"mail.acme.example": "p=none", "acme.example": "p=reject"}, "mail.acme.example"),
        ({"acme.example": "p=reject", "example": "psd=y"}, "acme.example"),
        ({"example": "psd=y"}, "example"),
        ({"example": "p=none"}, "example"),
        ({}, None),
    ],
)
def test_the_record_that_counts_is_the_domains_else_the_organizations_else_the_suffixs(
    records: Mapping[str, str], expected: str | None
) -> None:
    assert _applying("mail.acme.example", records) == expected


@pytest.mark.parametrize(
    ("author", "tags", "exists", "wish"),
    [
        ("acme.example", "p=reject; sp=none; np=none", True, Wish.REJECT),
        ("mail.acme.example", "p=none; sp=quarantine; np=reject", True, Wish.QUARANTINE),
        ("mail.acme.example", "p=none; sp=quarantine; np=reject", False, Wish.REJECT),
        ("mail.acme.example", "p=none; sp=quarantine", False, Wish.QUARANTINE),
        ("mail.acme.example", "p=reject", True, Wish.REJECT),
        ("mail.acme.example", "p=REJECT; sp=nonsense", True, Wish.REJECT),
        ("acme.example", "rua=mailto:x@acme.example", True, Wish.NONE),
    ],
)
def test_what_a_record_asks_for_a_domain(author: str, tags: str, exists: bool, wish: Wish) -> None:
    found = record("acme.example", [f"v=DMARC1; {tags}"])

    assert found is not None
    assert found.wish(author, exists=exists) is wish


@pytest.mark.parametrize(
    ("tags", "there", "said"),
    [
        ("p=reject", True, "acme.example asks to reject such mail"),
        ("p=reject; t=y", True, "acme.example asks to reject such mail, as a test"),
        ("p=none; np=reject", False, "acme.example asks to reject such mail"),
        ("p=none; np=reject", True, ""),
        ("p=none", True, ""),
    ],
)
def test_the_record_of_a_refused_mail_tells_what_its_domain_asks(tags: str, there: bool, said: str) -> None:
    table = dns({"acme.example": tags})
    table.records |= {("mail.acme.example", "MX"): ("10 mx.acme.example",)} if there else {}

    found = judge(MAIL.replace(b"@acme", b"@mail.acme"), domain="mail.acme.example", dns=table)

    assert not found.passed
    assert found.reason.partition("; ")[2] == said


def test_what_it_asks_is_left_out_where_dns_does_not_tell() -> None:
    facts = DeliveryFacts(ingress="smtp", client_address="192.0.2.1", sender="eve@evil.example")
    raw = MAIL.replace(b"@acme", b"@mail.acme")
    table = dns({"mail.acme.example": "p=none", "acme.example": "p=none; np=reject"})
    assert not judge(raw, facts, domain="mail.acme.example", dns=table).passed

    lost = Dns({("_dmarc.acme.example", "TXT"): ["v=DMARC1; p=none; np=reject"]}, lost=["mail.acme.example"])
    found = judge(raw, domain="mail.acme.example", dns=lost)

    assert (found.passed, found.reason) == (False, "the mail has no DKIM signature")


# ── in a verdict ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def key() -> Key:
    return Key(1024)


@pytest.mark.parametrize(("tags", "passed"), [("p=none", True), ("psd=y", False), ("p=none; adkim=s", False)])
def test_a_signature_of_a_neighbour_passes_only_in_one_organization(key: Key, tags: str, passed: bool) -> None:
    raw = signed_by(key, MAIL.replace(b"@acme", b"@anna.acme"), domain="bob.acme.example")
    table = dns({"acme.example": tags})
    table.records |= {("s1._domainkey.bob.acme.example", "TXT"): (key.record,)}

    assert judge(raw, domain="anna.acme.example", dns=table).passed is passed


def test_many_signers_cost_no_more_walks_than_signatures_that_are_checked(key: Key) -> None:
    others = b"".join(
        b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=x%d.acme.example; s=s1; h=from; bh=YQ==; b=YQ==\r\n"
        % one
        for one in range(50)
    )
    table = dns({"acme.example": "p=none"})
    table.records |= {KEY_NAME: (key.record,)}

    judge(others + signed_by(key), dns=table)

    assert sum(name.startswith("_dmarc.x") for name, _ in table.asked) <= 5


def test_a_domain_that_gives_no_answer_about_itself_is_asked_again_later(key: Key) -> None:
    with pytest.raises(errors.DnsUnavailable):
        judge(signed_by(key), dns=Dns({KEY_NAME: [key.record]}, lost=["_dmarc.acme.example"]))
