"""What signatures promise where somebody else has checked them, and what is left of ARC headers that are damaged."""

from __future__ import annotations

import pytest

from hermes import limits
from hermes.mail.authenticate import signatures

MAIL = b"From: Anna <anna@acme.example>\r\nTo: site@agent.example\r\nSubject: Title\r\n\r\nPlease update it.\r\n"


def signed(domain: str = "acme.example", names: str = "from:to", more: str = "") -> bytes:
    value = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1; h={names}; bh=aaaa; b=aaaa{more}"
    return f"DKIM-Signature: {value}\r\n".encode()


def test_a_mail_without_a_signature_promises_nothing_at_all() -> None:
    assert signatures.promises(MAIL, "acme.example") is None


def test_each_aligned_signature_promises_what_it_covers() -> None:
    raw = signed() + signed("evil.example") + signed("mail.acme.example", "From : Subject", "; t=12; x=34") + MAIL
    found = signatures.promises(raw, "acme.example")
    assert found is not None
    assert [(one.headers, one.stamp, one.expires) for one in found] == [
        (frozenset({"from", "to"}), None, None),
        (frozenset({"from", "subject"}), 12, 34),
    ]
    assert found[0].mark != found[1].mark


@pytest.mark.parametrize(
    "unfit", [signed(names="to:subject"), signed(more="; l=5"), signed().replace(b"rsa-sha256", b"rsa-sha1")]
)
def test_a_signature_that_leaves_something_open_covers_no_header(unfit: bytes) -> None:
    found = signatures.promises(unfit + MAIL, "acme.example")
    assert found is not None
    assert [one.headers for one in found] == [frozenset()]


def test_a_signature_that_only_others_can_read_may_be_the_one_that_holds() -> None:
    assert signatures.promises(signed() + signed("no domain") + MAIL, "acme.example") == ()
    assert signatures.promises(signed() + b"DKIM-Signature: nonsense\r\n" + MAIL, "acme.example") == ()


def test_more_signatures_than_anybody_writes_promise_nothing() -> None:
    most = limits.SIGNATURES
    assert len(signatures.promises(signed() * most + MAIL, "acme.example") or ()) == most
    assert signatures.promises(signed() * (most + 1) + MAIL, "acme.example") == ()


def test_the_mark_is_of_what_is_signed_and_not_of_the_signature() -> None:
    (one,) = signatures.promises(signed() + MAIL, "acme.example") or ()
    (folded,) = signatures.promises(signed().replace(b"b=aaaa", b"b=bbbb") + MAIL, "acme.example") or ()
    (other,) = signatures.promises(signed() + MAIL.replace(b"site@", b"shop@"), "acme.example") or ()
    assert one.mark == folded.mark != other.mark


@pytest.mark.parametrize(("stamp", "read"), [("9" * 12, 999_999_999_999), ("9" * 13, None), ("-1", None), ("٣", None)])
def test_a_time_is_a_number_of_up_to_twelve_digits(stamp: str, read: int | None) -> None:
    (one,) = signatures.promises(signed(more=f"; t={stamp}") + MAIL, "acme.example") or ()
    assert one.stamp == read


SEAL = "ARC-Seal: i=%s; a=rsa-sha256; d=sealer.example; s=s1; cv=none; b=aaaa%s\r\n"
MESSAGE = "ARC-Message-Signature: i=%s; a=rsa-sha256; c=relaxed/simple; d=sealer.example; s=s2; h=from:to; bh=aaaa; b=aaaa\r\n"


def arc(instance: str = "1", more: str = "") -> bytes:
    return (SEAL % (instance, more) + MESSAGE % instance).encode() + MAIL


def test_the_keys_of_a_chain_are_asked_for_where_its_last_sealer_is_named() -> None:
    named = frozenset({"sealer.example"})
    assert signatures.arc_key_names(arc(), named) == (
        "s1._domainkey.sealer.example",
        "s2._domainkey.sealer.example",
    )
    assert signatures.arc_key_names(arc(), frozenset({"other.example"})) == ()
    assert signatures.arc_key_names(MAIL, named) == ()
    assert signatures.arc_canonical(arc()) == "simple"
    promise = signatures.arc_promise(arc())
    assert promise is not None
    assert promise.headers == {"from", "to"}
    assert signatures.arc_promise(MAIL) is None


@pytest.mark.parametrize("sets", [signatures.ARC_SETS, signatures.ARC_SETS + 1])
def test_a_chain_longer_than_real_ones_is_left_alone(sets: int) -> None:
    raw = b"".join((SEAL % (number + 1, "") + MESSAGE % (number + 1)).encode() for number in range(sets)) + MAIL
    names = signatures.arc_key_names(raw, frozenset({"sealer.example"}))
    assert bool(names) is (sets <= signatures.ARC_SETS)


@pytest.mark.parametrize(
    "raw",
    [
        arc("1", " \r\n" * 60 + " aaaa"),
        arc("1", "a" * signatures.ARC_HEADER_BYTES),
        arc("none"),
        arc("1").replace(b"i=1;", b""),
    ],
    ids=["spaces", "long", "no number", "no instance"],
)
def test_a_damaged_or_endless_set_is_no_set(raw: bytes) -> None:
    assert signatures.arc_key_names(raw, frozenset({"sealer.example"})) == ()
    assert signatures.arc_promise(raw) is None
