"""What is asked, the policy that the first line chooses, and the line that names a request."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.domain.request import CommandType, Intent, Policy
from hermes.mail.parse import parse
from hermes.mail.read import instruction, newest, reading


def _read(text: str) -> tuple[Intent, str, Policy | None, bool]:
    found = instruction.read(text)
    assert found is not None
    return found.intent, found.text, found.policy, found.lasting


def test_a_policy_is_taken_off_the_first_line() -> None:
    assert _read("/Queue \nMake it blue.") == (Intent.REQUEST, "Make it blue.", Policy.QUEUE, False)
    assert _read("/queueing is slow") == (Intent.REQUEST, "/queueing is slow", None, False)


@pytest.mark.parametrize("line", ["/queue always", "/QUEUE  Always ", "/queue immer"])
def test_a_policy_may_be_for_the_whole_thread_with_a_request_or_alone(line: str) -> None:
    assert _read(f"{line}\n\nMake it blue.") == (Intent.REQUEST, "Make it blue.", Policy.QUEUE, True)
    assert _read(line) == (Intent.POLICY, "", Policy.QUEUE, True)


def test_default_takes_the_threads_policy_back() -> None:
    assert _read("/default") == (Intent.POLICY, "", None, True)
    assert _read("/default\nMake it blue.") == (Intent.REQUEST, "Make it blue.", None, True)


@pytest.mark.parametrize("text", ["/ask\nChange the title?", "/ask Change the title?", "/ASK\n\nChange the title?"])
def test_ask_makes_a_question_of_whatever_is_below(text: str) -> None:
    found = instruction.read(text)
    assert found is not None
    assert (found.intent, found.type, found.text) == (Intent.QUESTION, CommandType.ASK, "Change the title?")


@pytest.mark.parametrize("text", ["/steer\nMake it blue.", "/steer Make it blue."])
def test_steer_interrupts_where_a_running_agent_takes_no_word(text: str) -> None:
    assert _read(text) == (Intent.REQUEST, "Make it blue.", Policy.INTERRUPT, False)


@pytest.mark.parametrize("text", ["", " \n ", "/merge", "/reject\n\n", "/ask", "/steer\n"])
def test_no_text_is_no_instruction(text: str) -> None:
    assert instruction.read(text) is None


@pytest.mark.parametrize(
    ("intent", "kind"),
    [
        ("undo", CommandType.UNDO), ("Rückgängig!", CommandType.UNDO), ("build", CommandType.BUILD), ("commit", CommandType.COMMIT),
        ("push", CommandType.PUSH), ("Vorschau", CommandType.PREVIEW),
        ("Why is it red?", CommandType.ASK), ("Make it red", CommandType.EDIT),
    ],
)  # fmt: skip
def test_an_intent_that_becomes_a_command_has_a_type(intent: str, kind: CommandType) -> None:
    found = instruction.read(intent)
    assert found is not None
    assert found.type is kind


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hallo,\n\nbitte den Titel ändern.\n\nViele Grüße\nAnna", "bitte den Titel ändern."),
        ("Hi Hermes,\nmake it blue\nand larger", "make it blue"),
        ("Bonjour,\n\nChangez le titre.", "Changez le titre."),
        ("[EXT] Make it blue", "Make it blue"),
        ("Hello", "Hello"),
    ],
)
def test_a_request_is_named_by_its_first_line_without_greeting(text: str, title: str) -> None:
    found = instruction.read(text, author="Anna Miller")
    assert found is not None
    assert found.title == title


def _mail(subject: str, body: str = "", more: str = "") -> reading.Reading:
    head = f"From: Anna Miller <anna@client.example>\r\nTo: a@b.c\r\nSubject: {subject}\r\nMessage-ID: <1@x>\r\n"
    return reading.read(f"{head}{more or 'Content-Type: text/plain'}\r\n\r\n{body}".encode())


_FILE = 'Content-Type: multipart/mixed; boundary="b"'
_PICTURE = '--b\r\nContent-Type: image/png; name="logo.png"\r\nContent-Disposition: attachment; filename="logo.png"\r\n\r\nxx\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("subject", "intent"),
    [
        ("STOP!!", Intent.STOP),
        ("Please change the title to Spring", Intent.REQUEST),
        ("How far are you?", Intent.STATUS),
    ],
)
def test_a_mail_without_a_body_is_its_subject(subject: str, intent: Intent) -> None:
    found = _mail(subject)
    assert (found.refusal, found.instruction and found.instruction.intent) == (None, intent)


@pytest.mark.parametrize("subject", ["Re: The site", "AW: Die Seite", "", "Fwd: Prices"])
def test_an_answer_without_a_body_has_no_subject_of_its_own(subject: str) -> None:
    assert _mail(subject).refusal == "no_text"


def test_an_attachment_alone_is_asked_about_unless_the_subject_says_what_for() -> None:
    assert _mail("Logo", _PICTURE, _FILE).instead == "files"
    assert _mail("Re: The site", _PICTURE, _FILE).instead == "files"
    found = _mail("Please put this logo on the page", _PICTURE, _FILE)
    assert (found.refusal, found.instruction and found.instruction.intent) == (None, Intent.REQUEST)


@pytest.mark.parametrize(
    "kind", ["application/pkcs7-mime; smime-type=enveloped-data", 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="b"']
)  # fmt: skip
def test_an_encrypted_mail_is_told_from_one_without_text(kind: str) -> None:
    assert _mail("Re: x", "abc", f"Content-Type: {kind}").instead == "encrypted"


def test_a_forwarded_text_is_material_below_the_request() -> None:
    body = "Please do this\n\n---------- Forwarded message ---------\nFrom: Bob <bob@x.example>\nSubject: Hours\n\nOpen 9 to 17."
    cut = newest.cut(body)
    assert (cut.text, "Open 9 to 17." in cut.forwarded) == ("Please do this", True)


def test_what_a_mail_program_says_for_a_person_comes_before_their_words() -> None:
    raw = b'From: a@b.c\r\nSubject: S\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
    raw += b"--b\r\n\r\nPlease stop\r\n--b\r\nContent-Type: text/vnd.google.email-reaction+json\r\n\r\n{}\r\n--b--\r\n"
    mail = parse.parse(raw)
    found = instruction.of_mail(mail, newest.cut(mail.text or ""))
    assert found is not None
    assert found.intent is Intent.REACTION


@pytest.mark.parametrize("text", ["Yes", "Sure, go ahead", "Ja bitte", "Oui", "Sí"])
def test_a_yes_with_a_file_is_an_answer_and_above_a_forwarded_mail_it_is_a_request(text: str) -> None:
    found = _mail("Logo", f"--b\r\n\r\n{text}\r\n{_PICTURE}", _FILE)
    assert (found.refusal, found.instruction and found.instruction.intent) == (None, Intent.APPROVE)
    forwarded = f"{text}\r\n\r\n---------- Forwarded message ---------\r\nFrom: Bob <bob@x.example>\r\nSubject: Hours\r\n\r\nOpen."
    found = _mail("Hours", forwarded)
    assert (found.refusal, found.instruction and found.instruction.intent) == (None, Intent.REQUEST)


@pytest.mark.parametrize("text", ["Please do this", "Mach das bitte", "Merci de le faire", "Yes, do it"])
def test_words_that_point_at_what_comes_with_them_are_a_request(text: str) -> None:
    forwarded = f"{text}\r\n\r\n---------- Forwarded message ---------\r\nFrom: Bob <bob@x.example>\r\nSubject: Hours\r\n\r\nOpen."
    for found in (_mail("Hours", forwarded), _mail("Logo", f"--b\r\n\r\n{text}\r\n{_PICTURE}", _FILE)):
        assert (found.refusal, found.instruction and found.instruction.intent) == (None, Intent.REQUEST), text


def test_a_greeting_above_an_attachment_is_asked_about() -> None:
    for text in ("Hello,\r\n\r\nAnna", "Hello", "Anna"):
        found = _mail("Logo", f"--b\r\n\r\n{text}\r\n{_PICTURE}", _FILE)
        assert (found.instruction, found.refusal, found.instead) == (None, errors.Refusal.NO_TEXT, "files")


def test_a_name_above_a_forwarded_mail_is_asked_about() -> None:
    forwarded = (
        "Anna\r\n\r\n---------- Forwarded message ---------\r\nFrom: Bob <bob@x.example>\r\nSubject: Hours\r\n\r\nOpen."
    )
    found = _mail("Hours", forwarded).instruction
    assert found is not None
    assert found.intent is Intent.UNCLEAR
