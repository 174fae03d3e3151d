"""Whole mails of people, read as a careful reader would."""

from __future__ import annotations

import pytest

from hermes.domain.request import Intent
from hermes.mail.read import reading
from tests.unit.mail.sayings import SAYINGS

_HEAD = (
    "From: Anna Miller <anna@example.org>\r\nTo: site@agent.example.com\r\nSubject: Re: The site\r\nMessage-ID: <1@x>\r\n"
    "In-Reply-To: <0@agent.example.com>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
)


@pytest.mark.parametrize("wanted", list(SAYINGS), ids=lambda one: one.value)
def test_what_people_write_is_taken_as_a_careful_reader_would(wanted: Intent) -> None:
    wrong = []
    for text in SAYINGS[wanted]:
        body = text.replace("\n", "\r\n")
        found = reading.read(f"{_HEAD}{body}\r\n".encode()).instruction
        if found is None or found.intent is not wanted:
            wrong.append((text, found and found.intent.value))
    assert wrong == []
