"""Whom a mail was for, by what is left of its envelope."""

from __future__ import annotations

import pytest

from hermes.ingress import envelope


def accepts(recipient: str) -> bool:
    return recipient.lower().endswith("@hermes.test")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ("default@hermes.test",)),
        ("To: anna@people.test\r\n", ("default@hermes.test",)),
        ("To: site@hermes.test\r\n", ("site@hermes.test",)),
        ("To: Site <site+token@hermes.test>, ben@people.test\r\n", ("site+token@hermes.test",)),
        ("To: ben@people.test\r\nCc: site@hermes.test\r\n", ("site@hermes.test",)),
        (
            "To: site@hermes.test\r\nCc: shop@hermes.test, site@hermes.test\r\n",
            ("site@hermes.test", "shop@hermes.test"),
        ),
        ("To: site@hermes.test\r\nDelivered-To: shop@hermes.test\r\n", ("shop@hermes.test",)),
        ("Delivered-To: mailbox@host.test\r\nX-Original-To: shop@hermes.test\r\n", ("shop@hermes.test",)),
        ("Delivered-To: mailbox@host.test\r\nTo: shop@hermes.test\r\n", ("shop@hermes.test",)),
        ("Delivered-To: shop@hermes.test\r\nDelivered-To: site@hermes.test\r\n", ("shop@hermes.test",)),
        ("Envelope-To: <SHOP@Hermes.test>\r\n", ("SHOP@Hermes.test",)),
        ("To: undisclosed-recipients:;\r\n", ("default@hermes.test",)),
        ('To: "site@hermes.test" <ben@people.test>\r\n', ("default@hermes.test",)),
    ],
)
def test_the_recipient(header: str, expected: tuple[str, ...]) -> None:
    found = envelope.of(f"{header}Subject: x\r\n\r\nTo: site@hermes.test\r\n".encode())

    assert envelope.recipients(found, accepts=accepts, default="default@hermes.test") == expected


def test_nobody_without_a_default() -> None:
    assert envelope.recipients(envelope.of(b"To: x@y.test\r\n\r\n"), accepts=accepts) == ()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", None),
        ("Return-Path: <>\r\n", ""),
        ("Return-Path: <anna@people.test>\r\n", "anna@people.test"),
        ("Return-Path: anna@people.test\r\n", "anna@people.test"),
        ("Return-Path: <anna@people.test>\r\nReturn-Path: <>\r\n", "anna@people.test"),
        ("Return-Path: nonsense\r\n", None),
    ],
)
def test_the_sender(header: str, expected: str | None) -> None:
    assert envelope.sender(envelope.of(f"{header}Subject: x\r\n\r\n".encode())) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0",
        b"\xff" * 1000,
        b"To: " + b"(" * 50_000,
        b"To: " + b"(\\" * 50_000,
        b"To: " + b'"\\"' * 30_000 + b'"',
        b"To: " + b'("' * 50_000,
        b"Delivered-To: " + b"," * 50_000,
    ],
)
def test_no_header_breaks_it(raw: bytes) -> None:
    assert envelope.recipients(envelope.of(raw), accepts=accepts, default="d@hermes.test") == ("d@hermes.test",)
