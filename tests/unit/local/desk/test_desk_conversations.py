"""Mails that were written and came, as conversations."""

from __future__ import annotations

import email.message
import mailbox
import os
from pathlib import Path

from hermes.local.desk import letters
from hermes.local.desk.conversations import Conversations
from hermes.local.desk.letters import MailDraft


def answer(received: Path, to: str, *, answers: str, at: float) -> str:
    message = email.message.EmailMessage()
    message["Message-ID"] = f"<reply-{at}@hermes.test>"
    message["From"], message["To"], message["Subject"] = "site@hermes.test", to, "Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?="
    message["In-Reply-To"] = answers
    message.set_content("Done.")
    message.add_alternative("<b>Done.</b>", subtype="html")
    key = mailbox.Maildir(received, create=True).add(message)
    os.utime(received / "new" / key, (at, at))
    return key


def test_answers_are_in_the_conversation_of_what_they_answer(tmp_path: Path) -> None:
    desk = Conversations(sent=tmp_path / "sent", received=tmp_path / "received")
    keys = []
    for number, subject in enumerate(("One", "Two")):
        raw = letters.write(MailDraft(sender="anna@people.test", to="site@hermes.test", subject=subject, text="Hi"))
        keys.append(desk.keep(raw, to="site@hermes.test", manner="person"))
        os.utime(tmp_path / "sent" / "new" / keys[-1], (number, number))
    first = desk.of(keys[0])
    assert first is not None
    came = answer(tmp_path / "received", "anna@people.test", answers=first.last.message_id, at=10)

    newest, other = desk.all()

    assert [mail.key for mail in newest.mails] == [keys[0], came]
    assert [mail.ours for mail in newest.mails] == [True, False]
    assert newest.subject == "One"
    assert newest.last.subject == "Re: Grüße"
    assert (newest.last.text.strip(), newest.last.html.strip()) == ("Done.", "<b>Done.</b>")
    assert [mail.key for mail in other.mails] == [keys[1]]
    assert desk.of(came) == newest
    assert desk.of("nothing") is None


def test_what_somebody_pastes_is_shown_whatever_it_is(tmp_path: Path) -> None:
    desk = Conversations(sent=tmp_path / "sent", received=tmp_path / "received")
    for raw in (
        b"",
        b"no mail at all",
        b"Subject: =?x-unknown?q?=FF?=\r\nContent-Type: text/plain; charset=nothing\r\n\r\n\xff\x00",
    ):
        desk.keep(raw, to="site@hermes.test", manner="forged")

    assert len(desk.all()) == 3
