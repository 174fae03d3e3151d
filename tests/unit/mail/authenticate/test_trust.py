"""Whose word counts: what evidence covers, headers that stand twice, and the age of a mail."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.mail.authenticate import trust
from hermes.mail.authenticate.signatures import Promise
from hermes.mail.parse import parse

NOW = 1_795_000_000.0
DATE = "Thu, 18 Nov 2026 10:40:00 +0000"
SITE = "site@agent.example"


def _mail(*more: str, to: str = SITE, date: str | None = DATE) -> parse.ParsedMail:
    lines = ["From: anna@example.org", f"To: {to}", "Subject: S", *([f"Date: {date}"] if date else []), *more, "", "x"]
    return parse.parse("\r\n".join(lines).encode())


def _promise(*headers: str, stamp: float | None = None, expires: float | None = None) -> Promise:
    given = [None if one is None else int(NOW + one) for one in (stamp, expires)]
    return Promise(frozenset(headers), "mark", stamp=given[0], expires=given[1])


def _objection(mail: parse.ParsedMail, *signatures: Promise, envelope: bool = False) -> errors.Refusal | None:
    found = trust.objection(
        mail,
        trust.Evidence(envelope=envelope, signatures=signatures),
        is_ours=lambda spec: spec == SITE,
        received_at=NOW,
        max_age_seconds=7 * 86400,
    )
    return found.refusal if found is not None else None


ALL = ("from", "to", "cc", "subject", "date")


@pytest.mark.parametrize(
    "name",
    [
        *("To", "Cc", "DATE", "Subject", "Message-ID", "In-Reply-To", "References", "Reply-To", "Sender"),
        *("Content-Type", "Content-Language", "MIME-Version", "Auto-Submitted", "List-Id", "Thread-Index"),
    ],
)
def test_a_header_that_means_something_stands_there_once(name: str) -> None:
    mail = _mail(f"{name}: a", f"{name.lower()}: a")

    assert _objection(mail, envelope=True) is errors.Refusal.HEADER_TWICE
    assert trust.doubled(_mail("Received: a", "Received: b", "X-A: 1", "X-A: 2").headers) is None


def test_what_all_signatures_cover_is_covered_and_nothing_without_one() -> None:
    evidence = trust.Evidence(signatures=(_promise("from", "to"), _promise("from", "cc")))

    assert (evidence.covers("from"), evidence.covers("to"), evidence.covers("cc")) == (True, False, False)
    assert not trust.NO_EVIDENCE.covers("from")
    assert trust.Evidence(envelope=True).covers("x-anything")
    assert evidence.marks == ("mark",)


@pytest.mark.parametrize(
    ("mail", "signature", "refusal"),
    [
        (_mail(), _promise(*ALL), None),
        (_mail(to="friend@example.net"), _promise(*ALL), errors.Refusal.NOT_ADDRESSED),
        (_mail(f"Cc: <{SITE}>", to="friend@example.net"), _promise(*ALL), None),
        (_mail(), _promise("from", "subject", "date"), errors.Refusal.NOT_ADDRESSED),
        (_mail(), _promise("from", "to", "date"), errors.Refusal.NOT_SIGNED),
        (_mail("Content-Disposition: attachment"), _promise(*ALL), errors.Refusal.NOT_SIGNED),
        (_mail(date=None), _promise(*ALL), errors.Refusal.NOT_RECENT),
        (_mail(date="nonsense"), _promise(*ALL), errors.Refusal.NOT_RECENT),
        (_mail(date=None), _promise(*ALL, stamp=-60), None),
        (_mail(), _promise("from", "to", "subject"), errors.Refusal.NOT_RECENT),
        (_mail(), _promise("from", "to", "subject", stamp=-60), None),
        (_mail(date="1 Jan 2020 00:00 +0000"), _promise(*ALL), errors.Refusal.NOT_RECENT),
        (_mail(date="1 Jan 2030 00:00 +0000"), _promise(*ALL), errors.Refusal.NOT_RECENT),
        (_mail(), _promise(*ALL, stamp=-8 * 86400), errors.Refusal.NOT_RECENT),
        (_mail(), _promise(*ALL, stamp=7200), errors.Refusal.NOT_RECENT),
        (_mail(), _promise(*ALL, stamp=-60, expires=-1), errors.Refusal.NOT_RECENT),
        (_mail(), _promise(*ALL, stamp=-60, expires=60), None),
    ],
)
def test_a_signature_vouches_for_what_it_covers(
    mail: parse.ParsedMail, signature: Promise, refusal: errors.Refusal | None
) -> None:
    assert _objection(mail, signature) is refusal


@pytest.mark.parametrize(
    ("mail", "refusal"),
    [
        (_mail(), None),
        (_mail(date=None), None),
        (_mail(to="friend@example.net"), errors.Refusal.NOT_ADDRESSED),
        (_mail(date="1 Jan 2020 00:00 +0000"), errors.Refusal.NOT_RECENT),
    ],
)
def test_a_mail_from_the_authors_own_server_needs_no_signature(
    mail: parse.ParsedMail, refusal: errors.Refusal | None
) -> None:
    assert _objection(mail, envelope=True) is refusal


def test_only_thread_keys_that_the_author_wrote_lead_to_a_thread() -> None:
    mail = _mail("In-Reply-To: <1@x>", "References: <0@x> <1@x>")
    keys = ("<1@x>", "<0@x>", "thread-index:abc")

    def found(*headers: str) -> tuple[str, ...]:
        return trust.thread_keys(keys, mail, trust.Evidence(signatures=(_promise(*headers),)))

    assert found("from") == ()
    assert found("in-reply-to") == ("<1@x>",)
    assert found("references") == ("<1@x>", "<0@x>")
    assert found("in-reply-to", "references", "thread-index") == keys
    assert trust.thread_keys(keys, mail, trust.Evidence(envelope=True)) == keys


def test_a_reading_counts_where_the_signature_or_the_body_tells_how() -> None:
    plain, marked = _mail(), _mail("Content-Type: text/html")

    assert trust.misread(plain, trust.NO_EVIDENCE) is None
    assert trust.misread(marked, trust.Evidence(envelope=True)) is None
    assert trust.misread(marked, trust.Evidence(signatures=(_promise("content-type"),))) is None
    found = trust.misread(marked, trust.NO_EVIDENCE)
    assert found is not None
    assert (found.refusal, "Content-Type" in found.reason) == (errors.Refusal.NOT_SIGNED, True)


def test_a_signature_that_leaves_nothing_open_needs_no_look_at_the_server() -> None:
    form = ("content-type", "content-transfer-encoding")

    assert trust.is_whole(_mail().headers, trust.Evidence(signatures=(_promise(*ALL, *form),)))
    assert not trust.is_whole(_mail().headers, trust.Evidence(signatures=(_promise(*ALL),)))
    assert not trust.is_whole(_mail("References: <1@x>").headers, trust.Evidence(signatures=(_promise(*ALL, *form),)))
    assert not trust.is_whole(_mail().headers, trust.NO_EVIDENCE)
