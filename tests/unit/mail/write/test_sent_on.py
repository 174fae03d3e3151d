"""The mail that brings a mail to the postmaster to the operator."""

from __future__ import annotations

import dataclasses
import email
import email.message
import email.policy

from hermes.mail.write import sent_on

ONE = sent_on.SentOn(
    message_id="<1@mx.hermes.test>",
    date=1772366400.0,
    sender_name="Hermes",
    postmaster="postmaster@hermes.test",
    recipient="operator@people.test",
    author="eve@elsewhere.test",
    subject="Your server is listed",
    beginning=b"From: eve@elsewhere.test\r\n\r\nPlease \xc3\xbc \xff look.\r\n",
    size=52,
    key="mails/1.eml",
    loop="hermes",
)


def parsed(**changes: object) -> email.message.EmailMessage:
    raw = sent_on.compose(dataclasses.replace(ONE, **changes))  # type: ignore[arg-type]
    assert raw.isascii()
    return email.message_from_bytes(raw, policy=email.policy.default)


def text_of(made: email.message.EmailMessage) -> str:
    body = made.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_the_mail_is_attached_byte_for_byte_and_the_words_say_where_it_is_kept() -> None:
    made = parsed(size=len(ONE.beginning))
    (attached,) = made.iter_attachments()

    assert attached.get_content() == ONE.beginning
    assert made["Subject"] == "Mail for postmaster@hermes.test: Your server is listed"
    assert (made["To"], made["Message-ID"], made["X-Hermes-Loop"]) == (ONE.recipient, ONE.message_id, "hermes")
    assert "eve@elsewhere.test wrote to postmaster@hermes.test" in text_of(made)
    assert "It is attached; all of it is kept as mails/1.eml" in text_of(made)


def test_of_a_long_mail_the_beginning_is_attached() -> None:
    assert f"Its first {len(ONE.beginning)} bytes are attached" in text_of(parsed(size=10_000_000))


def test_a_hostile_subject_and_author_add_no_header() -> None:
    made = parsed(
        subject="x\r\nBcc: all@people.test\r\n", author="", sender_name="Her\nmes", message_id="1@mx.hermes.test"
    )

    assert made["Bcc"] is None
    assert made["Message-ID"] == "<1@mx.hermes.test>"
    assert "Somebody wrote" in text_of(made)


def test_a_mail_without_a_subject() -> None:
    assert parsed(subject="")["Subject"] == "Mail for postmaster@hermes.test"
