"""Machine mail."""

# ruff: noqa: E501
from __future__ import annotations

import pytest

from hermes.mail.parse import parse
from hermes.mail.read import machine
from tests.score import corpora, figures

HEAD = "From: Ida <ida@example.org>\r\nSubject: The title\r\n"


def kind(headers: str, body: str = "hi", sender: str | None = None) -> str | None:
    found = machine.classify(parse.parse(f"{headers}\r\n{body}".encode()), envelope_sender=sender)
    return found.kind.value if found else None


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ("Auto-Submitted: auto-replied\r\n", "auto-reply"),
        ("Auto-Submitted: auto-generated\r\n", "auto-reply"),
        ("Auto-Submitted: no\r\n", None),
        ("Precedence: auto_reply\r\n", "auto-reply"),
        ("Precedence: bulk\r\n", "list"),
        ("X-Auto-Response-Suppress: All\r\n", "auto-reply"),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply\r\n", None),
        ("X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n", "auto-reply"),
        ("X-MS-Exchange-Inbox-Rules-Loop: ida@example.org\r\n", "auto-reply"),
        ("X-MS-Exchange-Inbox-Rules-Loop: 1\r\nIn-Reply-To: <a@b>\r\n", "auto-reply"),
        ("X-MS-Exchange-Inbox-Rules-Loop: office@example.org\r\nIn-Reply-To: <a@b>\r\n", None),
        ("X-MS-Exchange-Inbox-Rules-Loop: 1\r\n", None),
        ("X-Autoreply: yes\r\n", "auto-reply"),
        ("List-Id: <x.example.org>\r\n", "list"),
        ("List-Unsubscribe: <mailto:x@example.org>\r\n", "list"),
        ("X-Loop: x@example.org\r\n", "list"),
        ("X-Hermes-Loop: 1\r\n", "loop"),
        ("X-Failed-Recipients: bob@example.com\r\n", "bounce"),
        ("Return-Path: <>\r\n", "bounce"),
        ("Return-Path: <ida@example.org>\r\n", None),
        ('Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n', "bounce"),
        ('Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n', "feedback"),
        ('Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\r\n', "auto-reply"),
        ("In-Reply-To: <a@b>\r\n", None),
        ("Importance: high\r\nX-Mailer: Outlook\r\nFeedback-ID: 1.eu-west-1.x:AmazonSES\r\n", None),
    ],
)
def test_headers_tell_machines(headers: str, wanted: str | None) -> None:
    assert kind(HEAD + headers) == wanted


@pytest.mark.parametrize(
    ("subject", "wanted"),
    [
        ("Out of office: Re: The title", "auto-reply"),
        ("Out of office: The title", None),
        ("Abwesenheitsnotiz", None),
        ("Vacation: please add the dates", None),
        ("Automatic response | new text", None),
        ("Automatinis svetainės atsakymas: Re: The site", "auto-reply"),
        ("Automatische Antwort: Seite", "auto-reply"),
        ("Réponse automatique : page", "auto-reply"),
        ("自動返信: ページ", "auto-reply"),
        ("Re: Out of office page", None),
        ("Out of office page is broken", None),
        ("Undeliverable goods: new page", None),
        ("Away", None),
        ("Failure notice on the home page", None),
    ],
)
def test_a_subject_alone_tells_only_what_is_surely_automatic(subject: str, wanted: str | None) -> None:
    assert kind(f"From: Ida <ida@example.org>\r\nSubject: {subject}\r\n") == wanted


@pytest.mark.parametrize(
    ("subject", "body", "wanted"),
    [
        ("Abwesenheitsnotiz", "Ich bin ab dem 18. März wieder im Büro.", "auto-reply"),
        ("Out of office: The title", "I am out of the office until Monday.", "auto-reply"),
        ("Absence", "Je suis absent jusqu'au 18 mars, de retour le 19.", "auto-reply"),
        ("Automatic reply: The form", "Please change its words.", None),
        ("Automatic reply: The form", "We got it.", "auto-reply"),
        ("Fuera de la oficina", "Estoy fuera de la oficina hasta el lunes.", "auto-reply"),
    ],
)
def test_a_subject_that_people_write_too_needs_the_text_of_a_notice(
    subject: str, body: str, wanted: str | None
) -> None:
    assert kind(f"From: Ida <ida@example.org>\r\nSubject: {subject}\r\n", body=body) == wanted


@pytest.mark.parametrize(
    ("subject", "body", "wanted"),
    [
        ("Delivery report: the page", "The report does not exist any more. Please link the new one.", None),
        ("Bounce rate on the start page", "It is too high; please say there that the mailbox is full in May.", None),
        ("Undelivered Mail", "<bob@example.org>: 550 5.1.1 user unknown", "bounce"),
        ("Mail delivery failed", "could not be delivered to bob@example.org", "bounce"),
        # Of the pages of a mail system, with the address in the signature.
        (
            "Failure notice design",
            "The failure notice must be red, and 'User unknown' bold.\n\nIda\nIda@example.org",
            None,
        ),
        ("Failure notice texts", "Please write 'User unknown' in bold.\n\nIda Example\ninfo@example.org", None),
    ],
)
def test_a_report_of_a_failure_says_whom_it_is_about(subject: str, body: str, wanted: str | None) -> None:
    assert kind(f"From: Ida <ida@example.org>\r\nSubject: {subject}\r\n", body=body) == wanted


def test_a_null_envelope_sender_is_a_bounce_and_an_unknown_one_is_not() -> None:
    assert (kind(HEAD, sender=""), kind(HEAD), kind(HEAD, sender="ida@example.org")) == ("bounce", None, None)


def test_daemons_and_addresses_without_readers_are_machines() -> None:
    assert kind("From: MAILER-DAEMON@example.org\r\nSubject: x\r\n") == "bounce"
    assert kind("From: no-reply@example.org\r\nSubject: x\r\n") == "auto-reply"


def test_a_bounce_names_whom_and_what_it_is_about() -> None:
    raw = (
        "From: MAILER-DAEMON@example.org\r\nSubject: Undelivered Mail\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n\r\nSorry.\r\n--b\r\n'
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; bob@example.com\r\nAction: failed\r\n--b\r\n"
        "Content-Type: message/rfc822\r\n\r\nMessage-ID: <hermes.abc@example.org>\r\nSubject: Re: x\r\n\r\nold\r\n--b--\r\n"
    )
    found = machine.classify(parse.parse(raw.encode()), envelope_sender="")
    assert found is not None
    assert (found.kind, found.failed_recipients, found.original_ids) == (
        "bounce",
        ("bob@example.com",),
        ("<hermes.abc@example.org>",),
    )


def test_real_machine_mail_is_told_and_people_are_not() -> None:
    machines, mime, malformed = corpora.folder("machine_mail"), corpora.folder("mime"), corpora.folder("malformed")
    if machines is None or mime is None or malformed is None:
        pytest.skip(corpora.ABSENT)
    recall, kinds = figures.machine_mail(machines)
    assert recall.right / recall.total >= 0.995
    assert kinds.right / kinds.total >= 0.995
    assert figures.human_mail([*mime.glob("*.msg"), *malformed.glob("*.eml")]).wrong == []


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ('Content-Type: multipart/report; boundary="b"\r\n', "bounce"),
        ('Content-Type: multipart/report; report-type=x-unheard-of; boundary="b"\r\n', "bounce"),
        ("Delivered-To: Autoresponder\r\n", "auto-reply"),
        ("Delivered-To: ida@example.org\r\n", None),
        ("X-POST-MessageClass: 9; Autoresponder\r\n", "auto-reply"),
        ("X-POST-MessageClass: 1\r\n", None),
    ],
)
def test_rarer_headers_tell_machines_too(headers: str, wanted: str | None) -> None:
    assert kind(HEAD + headers) == wanted


@pytest.mark.parametrize(
    "subject", ["The title", "Report: the title", "Re: The title", "AW: x", "Fw: x", "Fwd: x", "SV: x", "WG: x"]
)
def test_a_mail_that_returns_another_is_a_bounce_unless_it_is_an_answer_or_sent_on(subject: str) -> None:
    body = (
        "--b\r\n\r\nIt could not be delivered to bob@example.com: user unknown\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nhi\r\n--b--\r\n"
    )
    headers = f'From: Ida <ida@example.org>\r\nSubject: {subject}\r\nContent-Type: multipart/mixed; boundary="b"\r\n'
    assert kind(headers, body) == (None if subject[:4].rstrip().endswith(":") else "bounce")


def test_a_report_from_an_address_that_takes_no_answers_returns_the_mail() -> None:
    headers = (
        "From: Mail <no-reply@example.org>\r\nSubject: Undelivered Mail\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n'
    )
    body = "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nhi\r\n--b--\r\n"
    assert kind(headers, body) == "bounce"
    assert kind(headers.replace("no-reply", "ida"), body) is None
