"""What signatures promise where somebody else has checked them, and what is left of ARC headers that are damaged."""

from __future__ import annotations

import pytest

from hermes.mail.authenticate import signatures

MAIL = b"From: Anna <anna@acme.example>\r\nTo: site@agent.example\r\nSubject: Title\r\n\r\nPlease update it.\r\n"


def signed(domain: str = "acme.example", names: str = "from:to", more: str = "") -> bytes:
    value = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1; h={names}; bh=aaaa; b=aaaa{more}"
    return f"DKIM-Signature: {value}\r\n".encode()


def test_a_mail_without_a_signature_promises_nothing_at_all() -> None:
    assert signatures.promises(MAIL) is None


def test_each_signature_promises_what_it_covers() -> None:
    raw = signed() + signed("evil.example") + signed("mail.acme.example", "From : Subject", "; t=12; x=34") + MAIL
    found = signatures.promises(raw)
    assert found is not None
    assert [(domain, one.headers, one.stamp, one.expires) for domain, one in found] == [
        ("acme.example", frozenset({"from", "to"}), None, None),
        ("evil.example", frozenset({"from", "to"}), None, None),
        ("mail.acme.example", frozenset({"from", "subject"}), 12, 34),
    ]
    assert found[0][1].mark != found[2][1].mark


@pytest.mark.parametrize(
    "unfit", [signed(names="to:subject"), signed(more="; l=5"), signed().replace(b"rsa-sha256", b"rsa-sha1")]
)
def test_a_signature_that_leaves_something_open_covers_no_header(unfit: bytes) -> None:
    found = signatures.promises(unfit + MAIL)
    assert found is not None
    assert [one.headers for _, one in found] == [frozenset()]


def test_a_signature_that_only_others_can_read_may_be_the_one_that_holds() -> None:
    assert signatures.promises(signed() + signed("no domain") + MAIL) == ()
    assert signatures.promises(signed() + b"DKIM-Signature: nonsense\r\n" + MAIL) == ()


def test_the_mark_is_of_what_is_signed_and_not_of_the_signature() -> None:
    ((_, one),) = signatures.promises(signed() + MAIL) or ()
    ((_, folded),) = signatures.promises(signed().replace(b"b=aaaa", b"b=bbbb") + MAIL) or ()
    ((_, other),) = signatures.promises(signed() + MAIL.replace(b"site@", b"shop@")) or ()
    assert one.mark == folded.mark != other.mark


@pytest.mark.parametrize(("stamp", "read"), [("9" * 12, 999_999_999_999), ("9" * 13, None), ("-1", None), ("٣", None)])
def test_a_time_is_a_number_of_up_to_twelve_digits(stamp: str, read: int | None) -> None:
    ((_, one),) = signatures.promises(signed(more=f"; t={stamp}") + MAIL) or ()
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
