"""What a mail program sends for a person who wrote nothing, and what a person writes of such things."""

from __future__ import annotations

import pytest

from hermes.domain.request import Intent
from hermes.mail.parse import parse
from hermes.mail.read import placeholder, signals

_CALENDAR = "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nEND:VCALENDAR\r\n"


def _said(text: str, subject: str = "Re: The site", head: str = "") -> Intent | None:
    mail = parse.parse(f"From: Anna Miller <a@b.c>\r\nSubject: {subject}\r\n{head}\r\n{text}".encode())
    found = signals.read(mail, text, author="Anna Miller")
    return found.intent if found is not None else None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Bob Stone reacted to your message:\n🎉", Intent.REACTION),
        ("👍\n\nAnna Miller reacted via Gmail", Intent.REACTION),
        ("Anna Miller a réagi à votre message :\n👍", Intent.REACTION),
        ("Nobody's tongue, three words:\n👍", Intent.REACTION),
        ("Liked “Done: the title is changed”", Intent.REACTION),
        ("Max reagierte auf Ihre Nachricht 👍", Intent.REACTION),
        ("Anna Miller has accepted this invitation.", Intent.CALENDAR),
        ("Anna Müller hat diese Einladung angenommen.", Intent.CALENDAR),
        ("Please make it blue", None),
        ("👍", None),
        ("👍 please go on", None),
        ("a\nb\nc\nd\ne", None),
        ("", None),
    ],
)
def test_a_programs_sentence_is_told_from_a_persons(text: str, wanted: Intent | None) -> None:
    assert _said(text) is wanted


@pytest.mark.parametrize("method", ["REQUEST", "REPLY", "CANCEL"])
def test_an_invitation_is_calendar_mail_and_a_file_that_a_person_attaches_is_not(method: str) -> None:
    invited = 'Content-Type: multipart/alternative; boundary="b"\r\n'
    part = f"--b\r\nContent-Type: text/calendar; method={method}\r\n\r\n{_CALENDAR.format(method=method)}--b--\r\n"
    assert _said(part, head=invited) is Intent.CALENDAR
    attached = 'Content-Type: multipart/mixed; boundary="b"\r\n'
    named = part.replace("\r\n\r\nBEGIN", '\r\nContent-Disposition: attachment; filename="e.ics"\r\n\r\nBEGIN')
    assert _said(f"--b\r\n\r\nPut this on the page\r\n{named}", head=attached) is None
    assert _said(part.replace(f"METHOD:{method}", "METHOD:PUBLISH"), head=attached) is None


@pytest.mark.parametrize(
    ("subject", "text", "head", "wanted"),
    [
        ("Recall: The site", 'Miller, Anna would like to recall the message, "The site".', "", Intent.RECALL),
        ("Rappel : Le site", "Miller, Anna souhaite rappeler le message « Le site ».", "", Intent.RECALL),
        ("Recall: bread machine", "Please put the recall of the bread machine on the page.", "", None),
        ("Recall: bread", 'Put "bread" on the page.', "", None),
        ("x", "y", "X-Message-Class: IPM.Outlook.Recall\r\n", Intent.RECALL),
    ],
)
def test_a_recall_is_told_from_a_recalled_product(subject: str, text: str, head: str, wanted: Intent | None) -> None:
    assert _said(text, subject, head) is wanted


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("Your email client does not support HTML messages.", True),
        ("[cid:logo.png]", True),
        ("This message is in HTML format", True),
        ("Please fix the HTML code of the page, it does not display.", False),
        ("Make it blue", False),
        ("This message is in HTML. " * 40, False),
    ],
)
def test_a_text_part_that_only_points_at_the_html_is_known(text: str, stands: bool) -> None:
    assert placeholder.stands_for_html(text) is stands
