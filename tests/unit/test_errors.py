"""What an error says can be recorded, logged and mailed, whatever it quotes."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import errors
from hermes.aws import items


@given(st.text(alphabet=st.characters(), min_size=1))
def test_a_sentence_is_always_text_that_utf_8_carries(foreign: str) -> None:
    said = errors.MailDeferred(foreign).message

    said.encode("utf-8")
    if foreign.isascii():
        assert said == foreign


def test_bytes_that_are_no_utf_8_are_seen_in_the_sentence() -> None:
    foreign = b"550 5.1.1 Bo\xeete inconnue".decode("utf-8", "surrogateescape")

    assert errors.AwsRefused(foreign).message == r"550 5.1.1 Bo\udceete inconnue"


def test_an_error_without_a_sentence_says_what_it_is() -> None:
    assert errors.MailUnanswered().message == "The mail server has the mail, and did not say what became of it."


@pytest.mark.parametrize("foreign", ["Bo\udceete", "\ud800", "a\ufffe", {"deep": ["Bo\udceete"]}])
def test_no_record_fails_on_what_it_quotes(foreign: object) -> None:
    def texts(value: object) -> list[str]:
        if isinstance(value, dict):
            return [text for held in value.values() for text in texts(held)]
        if isinstance(value, list):
            return [text for held in value for text in texts(held)]
        return [str(value)]

    for text in texts(items.attribute(foreign)):
        text.encode("utf-8")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 9)"), "Connection refused"),
        (OSError(errno.ENETUNREACH, "whatever"), "Network is unreachable"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "wrong version number"),
        (ConnectionResetError("Connection lost"), "Connection lost"),
        (ConnectionResetError(), "ConnectionResetError"),
        (ValueError("no number"), "no number"),
    ],
)
def test_a_reason_is_in_the_systems_words(error: Exception, words: str) -> None:
    assert errors.reason(error).endswith(words)
    assert "Errno" not in errors.reason(error)
