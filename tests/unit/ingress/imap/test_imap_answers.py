"""FETCH answers as imaplib collects them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.ingress.imap import answers
from hermes.ingress.imap.answers import Literal, MailFacts


def test_attributes_come_in_any_order_and_around_literals() -> None:
    data = [(b"1 (FLAGS (\\Seen) BODY[] {10}", b""), b' UID 7 INTERNALDATE "17-Jul-1996 02:44:25 -0700")']

    (found,) = answers.of_uid(data, 7)

    assert answers.body([found]) == Literal(10)
    assert answers.facts([found]) == MailFacts(None, 837596665.0)


@pytest.mark.parametrize(
    ("text", "size", "arrived_at"),
    [
        (b'1 (UID 7 RFC822.SIZE 10 INTERNALDATE " 1-Mar-2026 12:00:00 +0000")', 10, 1772366400.0),
        (b'1 (uid 7 rfc822.size 10 internaldate "01-mar-2026 12:00:00 +0000")', 10, 1772366400.0),
        (b'1 (UID 7 RFC822.SIZE 10 INTERNALDATE "never")', 10, None),
        (b"1 (UID 7 RFC822.SIZE 10 INTERNALDATE NIL)", 10, None),
        (b'1 (UID 7 RFC822.SIZE -1 INTERNALDATE "01-Mar-2026 12:00:00 +0000")', None, 1772366400.0),
    ],
)
def test_facts(text: bytes, size: int | None, arrived_at: float | None) -> None:
    assert answers.facts(answers.of_uid([text], 7)) == MailFacts(size, arrived_at)


@pytest.mark.parametrize(
    "text", [b"", b"1", b"1 (UID 7", b"(UID 7)", b"x (UID 7)", b'1 (UID 7 X "', b"1 (" + b"(" * 5000, b"1 (UID {7} 8)"]
)
def test_what_cannot_be_read_is_no_answer(text: bytes) -> None:
    assert answers.facts(answers.of_uid([text, None, 5], 7)) is None
    assert answers.body(answers.of_uid([text], 7)) is None


def test_an_answer_about_another_mail_is_not_about_this_one() -> None:
    assert answers.of_uid([b"1 (UID 77 RFC822.SIZE 1)", b"1 (RFC822.SIZE 1)", b'1 (X "UID 7")'], 7) == []


@given(st.lists(st.one_of(st.binary(max_size=60), st.tuples(st.binary(max_size=60), st.just(b""))), max_size=5))
def test_nothing_that_a_server_says_raises(data: list[object]) -> None:
    answers.facts(answers.of_uid(data, 7))
    answers.body(answers.messages(data))
