"""The id of what a mail says: no stamp on its way changes it, every word of its writer does."""

from __future__ import annotations

import pytest

from hermes.mail.parse import content, parse

RAW = (
    b"Message-ID: <1@example.org>\r\nFrom: Anna <anna@example.org>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\n"
    b"Subject: The site\r\n\r\nChange the title.\r\n"
)


def _id(raw: bytes) -> str:
    return content.digest(parse.parse(raw), raw)


@pytest.mark.parametrize(
    "copy",
    [
        b"Received: from a by b; Fri, 20 Nov 2026 10:00:01 +0000\r\nDelivered-To: x@example.com\r\n" + RAW,
        RAW.replace(b"<1@example.org>", b"<0100-abc@eu-west-1.amazonses.com>"),
        RAW.replace(b"Message-ID: <1@example.org>\r\n", b""),
        RAW.replace(b"\r\n", b"\n"),
        RAW.replace(b"Subject: The site", b"Subject: The\r\n site"),
        RAW + b"\r\n",
    ],
)
def test_a_copy_that_came_another_way_says_the_same(copy: bytes) -> None:
    assert _id(copy) == _id(RAW)


@pytest.mark.parametrize(
    "other",
    [
        RAW.replace(b"title", b"footer"),
        RAW.replace(b"10:00:00", b"10:00:01"),
        RAW.replace(b"anna@", b"eve@"),
        RAW.replace(b"The site", b"The shop"),
        RAW.replace(b"Subject", b"In-Reply-To: <0@x>\r\nSubject"),
        RAW.replace(b"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n", b""),
    ],
)
def test_another_word_or_moment_is_another_mail(other: bytes) -> None:
    assert _id(other) != _id(RAW)


def test_a_mail_without_date_is_known_by_all_its_bytes() -> None:
    bare = RAW.replace(b"Date: Fri, 20 Nov 2026 10:00:00 +0000\r\n", b"")

    assert _id(bare) == _id(bare)
    assert _id(bare) != _id(b"Received: from a by b\r\n" + bare)


def test_what_cannot_be_parsed_has_an_id_too() -> None:
    assert content.digest(None, RAW) != content.digest(None, RAW + b"x")


@pytest.mark.parametrize(
    ("message_id", "named"),
    [
        (None, False),
        ("<1@mail.example.org>", True),
        ("<0100@eu-west-1.amazonses.com>", False),
        ("<0100@email.AMAZONSES.com>", False),
        ("<0100@amazonses.com.example.org>", True),
    ],
)
def test_an_id_that_a_relay_put_in_its_place_is_not_the_writers(message_id: str | None, named: bool) -> None:
    assert content.is_named(message_id) is named
