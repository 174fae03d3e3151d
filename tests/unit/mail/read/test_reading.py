"""The whole reading and its refusals."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from hermes import errors, limits
from hermes.mail.read import newest, reading

HEAD = b"From: Ida <ida@example.org>\r\nSubject: x\r\n"


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (HEAD + b"\r\nMake it blue.", None),
        (b"From: a@x.example, b@y.example\r\n\r\nMake it blue.", errors.Refusal.FROM_UNUSABLE),
        (HEAD + b"\r\n\r\n", None),
        (HEAD.replace(b"Subject: ", b"Subject: Re: ") + b"\r\n\r\n", errors.Refusal.NO_TEXT),
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


def test_the_head_of_a_mail_tells_who_wrote_it_or_which_machine() -> None:
    person = reading.read_head(HEAD)
    assert person.author is not None
    assert (person.author.address, person.machine, person.refusal) == ("ida@example.org", None, None)
    away = reading.read_head(HEAD + b"Auto-Submitted: auto-replied\r\n")
    assert away.machine is not None
    assert away.author is not None
    two = reading.read_head(b"From: a@x.example, b@y.example\r\n")
    assert (two.author, two.refusal) == (None, errors.Refusal.FROM_UNUSABLE)
    bounced = reading.read_head(HEAD, envelope_sender="")
    assert bounced.machine is not None


def test_a_head_over_the_limit_is_refused() -> None:
    found = reading.read_head(b"X: " + b"a" * 300_000)
    assert (found.mail, found.refusal) == (None, errors.Refusal.HEADERS_TOO_LARGE)


def test_whatever_a_sender_thought_of_ends_in_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = reading.read(HEAD + b"\r\nMake it blue.")

    def broken(*_: object, **__: object) -> None:
        raise RecursionError("too deep " + "x" * 9000)

    monkeypatch.setattr("hermes.mail.parse.parse.parse", broken)
    for found in (reading.read(HEAD), reading.read_head(HEAD), reading.again(before, [HEAD])):
        assert found.refusal is errors.Refusal.UNREADABLE
        assert found.refusal_detail.startswith("reading failed: RecursionError: too deep")
        assert len(found.refusal_detail) <= limits.DETAIL_CHARS


def test_only_a_persons_mail_is_read_again() -> None:
    for raw in (
        HEAD + b"Auto-Submitted: auto-replied\r\n\r\nAway.",
        b"From: a@x, b@y\r\n\r\nHi.",
        b"X: " + b"a" * 300_000,
    ):
        found = reading.read(raw)
        assert reading.again(found, [HEAD + b"\r\nHi."]) is found


def test_a_body_alone_is_read_like_the_one_of_a_mail() -> None:
    plain = reading.read_body("Make it blue.\r\n\r\nOn 4 Mar 2024, Ida wrote:\r> old\r\n")
    markup = reading.read_html("<p>Make it blue.</p><blockquote>old</blockquote>")
    for found in (plain, markup):
        assert found.instruction is not None
        assert found.instruction.text == "Make it blue."
        assert found.refusal is None
    assert reading.read_body("> only a quote").refusal is errors.Refusal.UNSURE
    assert reading.read_body("  ").refusal is errors.Refusal.NO_TEXT
    assert reading.read_body("Blue.\n\nIt is green.", sent_texts=["It is green."]).instruction is not None


def test_a_body_in_an_unknown_charset_is_decoded() -> None:
    assert reading.decoded("Grüße".encode()) == reading.decoded("Grüße".encode("latin-1")) == "Grüße"


def test_html_tells_the_newest_text_where_the_text_part_holds_only_a_quote() -> None:
    body = (
        b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n\r\nOn 4 Mar 2024, Ida wrote:\r\n> old\r\n--b\r\n'
        b"Content-Type: text/html\r\n\r\n<p>Blue.</p><blockquote>old</blockquote>\r\n--b--\r\n"
    )
    found = reading.read(HEAD + body)
    assert found.newest is not None
    assert found.newest.text == "Blue."


def test_a_report_is_nobodys_newest_text() -> None:
    found = reading.read(HEAD + b"X-Failed-Recipients: bob@example.com\r\n\r\n> It did not arrive.\r\n")
    assert found.newest is not None
    assert (found.newest.text, found.newest.confidence) == ("> It did not arrive.", 0.0)
    page = HEAD + b"X-Failed-Recipients: b@example.com\r\nContent-Type: text/html\r\n\r\n<p>It did not arrive.</p>"
    shown = reading.read(page)
    assert shown.newest is not None
    assert shown.newest.text == "It did not arrive."


def test_a_patch_without_a_word_is_no_mail_without_text() -> None:
    answered = HEAD.replace(b"Subject: ", b"Subject: Re: ")
    found = reading.read(answered + b"Content-Type: text/x-patch; name=a.patch\r\n\r\n--- a\n+++ b\n")
    assert (found.instruction, found.refusal) == (None, None)


def test_the_rule_above_our_quoted_words_is_ours_too() -> None:
    ours = "The title of the homepage is changed now, and the footer names the new street."
    assert newest.cut(f"-----\n{ours}\n\nMake it shorter.", [ours]).text == "Make it shorter."
