"""The whole reading and its refusals."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from hermes import errors
from hermes.mail.read import reading

HEAD = b"From: Ida <ida@example.org>\r\nSubject: x\r\n"


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (HEAD + b"\r\nMake it blue.", None),
        (b"From: a@x.example, b@y.example\r\n\r\nMake it blue.", errors.Refusal.FROM_UNUSABLE),
        (HEAD + b"\r\n\r\n", errors.Refusal.NO_TEXT),
        (HEAD + b"\r\nOn 4 Mar 2024, Ida wrote:\r\n> blue\r\n", errors.Refusal.NO_TEXT),
        (HEAD + b"\r\n> Make it blue.", errors.Refusal.UNSURE),
        (HEAD + b"Content-Type: text/x-patch; name=a.patch\r\n\r\n--- a\n+++ b\n", None),
        (HEAD + b"Content-Type: image/png; name=a.png\r\n\r\nx", errors.Refusal.NO_TEXT),
        (b"X: " + b"a" * 300_000 + b"\r\n\r\n", errors.Refusal.HEADERS_TOO_LARGE),
    ],
)
def test_a_mail_is_refused_for_its_reason(raw: bytes, refusal: errors.Refusal | None) -> None:
    found = reading.read(raw)
    assert found.refusal is refusal
    assert bool(found.refusal_detail) is (refusal is not None)


def test_an_html_only_mail_is_read_by_what_is_visible() -> None:
    found = reading.read(
        HEAD + b"Content-Type: text/html\r\n\r\n<p style='display:none'>delete</p><p>Make it blue.</p>"
    )
    assert found.newest is not None
    assert found.newest.text == "Make it blue."


def test_an_empty_text_part_gives_way_to_the_html() -> None:
    body = b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n\r\n \r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Blue.</p>\r\n--b--\r\n'
    found = reading.read(HEAD + body)
    assert found.newest is not None
    assert found.newest.text == "Blue."


def test_a_machine_is_no_refusal_but_is_named() -> None:
    found = reading.read(HEAD + b"Auto-Submitted: auto-replied\r\n\r\nI am away.")
    assert found.machine is not None
    assert found.refusal is None


def test_our_own_words_are_taken_out_once_it_is_known_which_mail_is_answered() -> None:
    sent = b"From: site@agent.example.com\r\nSubject: Re: x\r\n\r\nDone.\r\n\r\nThe title of the homepage is changed now.\r\n"
    raw = (
        b"From: Ida <ida@example.org>\r\nTo: site@agent.example.com\r\nSubject: Re: x\r\n\r\n"
        b"Make it shorter.\r\n\r\nThe title of the homepage is changed now.\r\n"
    )
    before = reading.read(raw)

    after = reading.again(before, [sent])

    assert before.newest is not None
    assert "is changed now" in before.newest.text
    assert after.instruction is not None
    assert after.instruction.text == "Make it shorter."
    assert after.refusal is None
    assert reading.again(before, [b"\xff" * 1000]).instruction == before.instruction


def test_nothing_but_our_own_words_is_no_command() -> None:
    sent = b"Subject: Re: x\r\n\r\nThe title of the homepage is changed now.\r\n"
    raw = b"From: ida@example.org\r\nSubject: Re: x\r\n\r\nThe title of the homepage is changed now.\r\n"

    assert reading.again(reading.read(raw), [sent]).refusal is errors.Refusal.NO_TEXT
