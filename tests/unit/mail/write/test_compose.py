"""Composing: one thread in every client, and nothing that somebody else wrote can break a header."""

from __future__ import annotations

import base64
import dataclasses
import email
import email.header
import email.message
import email.utils
import json

import pytest
from hypothesis import given, settings

from hermes import errors
from hermes.mail.read import machine, reading
from hermes.mail.write import compose, folding, outlook
from tests.score import composing

_DRAFT = composing.DRAFT


def _composed(**changes: object) -> email.message.Message:
    return email.message_from_bytes(compose.compose(dataclasses.replace(_DRAFT, **changes)))  # type: ignore[arg-type]


def _decoded(value: str | None) -> str:
    return str(email.header.make_header(email.header.decode_header(value or "")))


def _body(message: email.message.Message, at: int) -> str:
    part = message.get_payload()[at]  # type: ignore[index]
    assert isinstance(part, email.message.Message)
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content.decode("utf-8").replace("\r\n", "\n")


def test_a_reply_has_every_header_that_threads_it_and_keeps_machines_quiet() -> None:
    message = _composed()
    assert dict(message.items()) == {
        "Date": "Mon, 21 Sep 2026 14:13:20 +0000",
        "From": "Hermes <site@acme.example>",
        "To": "anna@example.org",
        "Subject": "Re: Homepage title",
        "Message-ID": "<hermes.abc@acme.example>",
        "In-Reply-To": "<b@example.org>",
        "References": "<a@example.org> <b@example.org>",
        "Reply-To": "Hermes <site+t0ken@acme.example>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "X-Hermes-Loop": "acme",
        "Content-Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert _body(message, 0) == "Done.\n"
    assert _body(message, 1) == "<p>Done.</p>\n"


def test_the_same_draft_gives_the_same_bytes_and_another_message_id_another_boundary() -> None:
    assert compose.compose(_DRAFT) == compose.compose(dataclasses.replace(_DRAFT))
    assert _composed().get_boundary() != _composed(message_id="<hermes.xyz@acme.example>").get_boundary()


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Title", "Re: Title"),
        ("Re: Title", "Re: Title"),
        ("RE: AW: Antw: SV: Title", "Re: Title"),
        ("Re[4]: Re(2): Title", "Re: Title"),
        ("Re : Title", "Re: Title"),
        ("回复：标题", "Re: 标题"),
        ("ОТВ: Заголовок", "Re: Заголовок"),
        ("Fwd: Re: Title", "Re: Fwd: Re: Title"),
        ("Release: notes", "Re: Release: notes"),
        ("", "Re:"),
        ("Re:", "Re:"),
    ],
)
def test_the_reply_prefix_stands_once_whatever_the_language(subject: str, answer: str) -> None:
    assert compose.reply_subject(subject) == answer
    assert _decoded(_composed(subject=subject)["Subject"]).strip() == answer


def test_a_subject_in_another_script_keeps_its_prefix_readable_in_the_raw_header() -> None:
    assert _composed(subject="Größe ändern")["Subject"].startswith("Re: =?utf-8?")


@pytest.mark.parametrize(
    "hostile", ["a\r\nBcc: x@evil.example", "a\n\nbody", "a\x0bFrom: x", "a\x85b", "a\u2028X: y", "\ud800x", "\x00"]
)
def test_no_control_of_a_subject_name_or_topic_ends_the_header_block(hostile: str) -> None:
    message = _composed(subject=hostile, sender_name=hostile, thread_topic=hostile, loop=hostile, language=hostile)
    assert message["Bcc"] is None
    assert message["X"] is None
    assert message.defects == []
    assert _body(message, 0) == "Done.\n"


@pytest.mark.parametrize(
    "name",
    [
        'Anna "A." Bee',
        "Bee, Anna",
        "Bcc: x@y" + "x" * 90,
        "x@y.example, " * 9,
        "a\\",
        '"',
        "Bee (Anna",
        "=?utf-8?q?x?=",
    ],
)
def test_a_name_is_never_taken_for_an_address(name: str) -> None:
    shown, address = email.utils.parseaddr(_composed(sender_name=name)["From"])
    assert address == "site@acme.example"
    assert _decoded(shown) == name.strip()


def test_an_encoded_line_feed_stays_letters() -> None:
    raw = compose.compose(dataclasses.replace(_DRAFT, subject="=?utf-8?q?a=0D=0ABcc:_x@evil.example?="))
    message = email.message_from_bytes(raw)
    assert message["Bcc"] is None
    assert _decoded(message["Subject"]) == "Re: =?utf-8?q?a=0D=0ABcc:_x@evil.example?="


def test_references_keep_the_first_and_the_last_within_the_limit() -> None:
    known = tuple(f"<{number:04}.{'x' * 40}@mail.example.org>" for number in range(400))
    kept = compose.reply_references(known, "<answered@example.org>")
    assert kept[0] == known[0]
    assert kept[-2:] == (known[-1], "<answered@example.org>")
    header = next(line for line in _header_fields(references=known) if line.startswith(b"References:"))
    assert 1200 < len(header) <= compose.REFERENCES_HEADER_CHARS


def test_the_answered_id_stands_last_and_once() -> None:
    assert compose.reply_references(("<a@x>", "<b@x>", "<a@x>"), "<a@x>") == ("<b@x>", "<a@x>")


def test_ids_that_no_header_can_carry_are_left_out() -> None:
    assert compose.reply_references(("<a b@x>", "<é@x>", "<>", "x" * 5000, "<[x@y]>"), None) == ("<[x@y]>",)
    message = _composed(in_reply_to="<a\r\nb>")
    assert message["In-Reply-To"] is None


def _header_fields(**changes: object) -> list[bytes]:
    raw = compose.compose(dataclasses.replace(_DRAFT, **changes))  # type: ignore[arg-type]
    return raw.split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b"\x00 ").split(b"\r\n")


def test_lines_are_short_and_the_header_block_passes_relays_that_allow_4096() -> None:
    raw = compose.compose(
        dataclasses.replace(
            _DRAFT,
            subject="Sehr lange Überschrift mit Umlauten äöü " * 6,
            sender_name="Hermes für die Größe " * 3,
            references=tuple(f"<{number}.{'y' * 70}@example.org>" for number in range(60)),
            thread_index=base64.b64encode(b"\x01" + bytes(range(1, 22)) + bytes(5 * 20)).decode(),
        )
    )
    head = raw.split(b"\r\n\r\n", 1)[0]
    assert len(head) < 4096
    assert max(len(line) for line in raw.split(b"\r\n")) <= 98
    assert sum(len(line) > 78 for line in head.split(b"\r\n")) <= 20


def test_outlooks_index_is_continued_by_five_bytes_and_its_topic_copied() -> None:
    parent = bytes.fromhex("01dc5a3bc2d4") + bytes(range(16))
    message = _composed(thread_index=base64.b64encode(parent).decode(), thread_topic="Homepage title")
    child = base64.b64decode("".join(message["Thread-Index"].split()))
    assert child[:22] == parent
    assert len(child) == 27
    assert message["Thread-Topic"] == "Homepage title"
    again = base64.b64decode("".join(_composed(thread_index=base64.b64encode(child).decode())["Thread-Index"].split()))
    assert again[:27] == child
    assert len(again) == 32


@pytest.mark.parametrize("index", ["", "!!!", "AAAA", base64.b64encode(bytes(24)).decode(), "é"])
def test_an_index_that_cannot_be_read_is_not_continued(index: str) -> None:
    assert _composed(thread_index=index)["Thread-Index"] is None


def test_an_index_without_end_is_passed_on_no_longer() -> None:
    parent = base64.b64encode(bytes(22) + bytes(5 * 4000)).decode()
    assert (
        len(base64.b64decode("".join(_composed(thread_index=parent)["Thread-Index"].split())))
        == outlook.THREAD_INDEX_BYTES
    )


def test_a_recipient_that_only_8_bit_headers_could_name_is_named_in_the_envelope_alone() -> None:
    assert _composed(recipient="anna@bücher.example")["To"] == "anna@xn--bcher-kva.example"
    assert _composed(recipient="änna@example.org")["To"] == "undisclosed-recipients:;"


@pytest.mark.parametrize("address", ["", "x", "a@b\r\nBcc: c@d", "a b@c", "ä@b", f"{'a' * 400}@b"])
def test_a_sender_that_no_header_can_carry_is_a_mistake_of_the_settings(address: str) -> None:
    with pytest.raises(errors.ConfigError):
        compose.compose(dataclasses.replace(_DRAFT, sender_address=address))


def test_body_lines_that_mailboxes_and_smtp_change_are_encoded() -> None:
    text = "From here on\n.\n..dots\n" + "x" * 75 + ".From\n" + "x" * 300 + "\ntrailing \n= é \t\n"
    raw = compose.compose(dataclasses.replace(_DRAFT, text=text))
    assert _body(email.message_from_bytes(raw), 0) == text
    body = raw.split(b"\r\n\r\n", 1)[1]
    assert not any(line.startswith((b".", b"From ")) for line in body.split(b"\r\n"))
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert raw.isascii()


@pytest.mark.parametrize("column", range(68, 80))
def test_a_letter_beyond_ascii_is_whole_wherever_its_line_is_broken(column: int) -> None:
    text = "x" * column + "é" + "y" * 200 + ".\n"
    raw = compose.compose(dataclasses.replace(_DRAFT, text=text))
    assert b"quoted-printable" in raw
    assert _body(email.message_from_bytes(raw), 0) == text
    assert max(len(line) for line in raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n")) <= 76


def test_a_body_in_another_script_is_whole() -> None:
    text = "标题已更改。\n" * 50
    assert _body(_composed(text=text), 0) == text


def test_hermes_reads_its_own_reply_as_a_machines_and_in_its_thread() -> None:
    raw = compose.compose(dataclasses.replace(_DRAFT, subject="Größe: ändern", text="Please go on.\n"))
    found = reading.read(raw, envelope_sender="site@acme.example")
    assert found.machine is not None
    assert found.machine.kind is machine.MachineKind.LOOP
    assert found.mail is not None
    assert found.mail.subject == "Re: Größe: ändern"
    assert found.thread_keys == ("<b@example.org>", "<a@example.org>")
    assert found.mail.defects == ()


@settings(max_examples=400, deadline=None)
@given(composing.DRAFTS)
def test_no_hostile_value_breaks_the_header_block(draft: compose.Draft) -> None:
    assert composing.wrong(draft) == ""


def test_a_reply_to_a_mail_without_usable_ids_begins_a_thread_of_its_own() -> None:
    message = _composed(in_reply_to=None, references=(), message_id="<two words>", reply_to="")
    assert [message[name] for name in ("In-Reply-To", "References", "Reply-To")] == [None, None, None]
    assert message["Message-ID"] == _composed(in_reply_to=None, references=(), message_id="<two words>")["Message-ID"]
    assert str(message["Message-ID"]).endswith("@acme.example>")


def test_an_address_whose_domain_no_name_server_knows_is_left_as_it_is() -> None:
    assert folding.ascii_address(f" ida@{'ü' * 80}.example ") == f"ida@{'ü' * 80}.example"


def test_others_who_get_it_are_named_in_cc_and_nowhere_else() -> None:
    message = _composed(copies=("bob@acme.example", "carl@bücher.example", "no address"))

    assert (message["To"], message["Cc"]) == ("anna@example.org", "bob@acme.example, carl@xn--bcher-kva.example")
    assert message["Reply-To"] == "Hermes <site+t0ken@acme.example>"


def test_many_others_are_folded() -> None:
    people = tuple(f"person.number.{number}@acme.example" for number in range(20))
    raw = compose.compose(dataclasses.replace(_DRAFT, copies=people))
    field = raw[raw.index(b"Cc:") : raw.index(b"Subject:")]

    assert max(map(len, field.split(b"\r\n"))) <= folding.HEADER_LINE_CHARS
    addresses = email.utils.getaddresses([email.message_from_bytes(raw)["Cc"]])
    assert tuple(address for _, address in addresses) == people


def test_a_reaction_stands_between_the_words_in_gmails_form() -> None:
    reaction = "text/vnd.google.email-reaction+json"
    message = _composed(reaction="👍")
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", reaction, "text/html"]
    assert json.loads(_body(message, 1)) == {"version": 1, "emoji": "👍"}
    assert [part.get_content_type() for part in _composed().walk()][1:] == ["text/plain", "text/html"]
