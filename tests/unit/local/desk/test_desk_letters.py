"""The mails that a developer wants to try, and what the reading makes of each."""

from __future__ import annotations

import email
import email.policy

import pytest

from hermes import errors
from hermes.local.desk import letters
from hermes.local.desk.letters import MailDraft, Manner, Upload
from hermes.mail.read import reading


def draft(**changes: object) -> MailDraft:
    given = {"sender": "Anna <anna@people.test>", "to": "site@hermes.test", "subject": "Our website", "text": "Hello"}
    return MailDraft(**{**given, **changes})  # type: ignore[arg-type]


def test_a_person_writes_and_answers_with_html_and_files() -> None:
    files = [Upload(name="größe.png", content_type="image/png", data=b"\x89PNG\r\n\x1a\n\x00")]
    raw = letters.write(
        draft(
            html="<p>Hello</p>",
            attachments=files,
            answers="<b@h>",
            references=("<a@h>",),
            subject="Re: x\r\nBcc: eve@e",
        )
    )
    found = email.message_from_bytes(raw, policy=email.policy.default)

    assert found["References"] == "<a@h> <b@h>"
    assert found["In-Reply-To"] == "<b@h>"
    assert found["Bcc"] is None
    assert [part.get_content_type() for part in found.walk() if not part.is_multipart()] == [
        "text/plain", "text/html", "image/png",
    ]  # fmt: skip
    (file,) = found.iter_attachments()
    assert (file.get_filename(), file.get_payload(decode=True)) == ("größe.png", files[0].data)


def test_a_stranger_is_nobody_that_a_project_knows() -> None:
    found = reading.read(letters.write(draft(manner=Manner.STRANGER)))

    assert found.author is not None
    assert found.author.address == "sam@elsewhere.test"


def test_an_absence_program_and_a_thumb_are_read_as_what_they_are() -> None:
    absent = reading.read(letters.write(draft(manner=Manner.ABSENT, text="")))
    thumb = reading.read(letters.write(draft(manner=Manner.THUMB, text="")))

    assert absent.machine is not None
    assert thumb.instruction is not None
    assert thumb.instruction.intent.value == "reaction"


@pytest.mark.parametrize("sender", ["", "anna", "Anna <>"])
def test_a_sender_that_is_none_is_said(sender: str) -> None:
    with pytest.raises(errors.ConfigError, match="no address"):
        letters.write(draft(sender=sender))
