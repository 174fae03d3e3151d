"""One escape for what is no text."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.domain import escape


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"caf\xe9.txt", "caf\\xe9.txt"),
        ("café.txt".encode(), "café.txt"),
        (b"a\nb", "a\\nb"),
        (b"a\\xe9", "a\\\\xe9"),
        ("x\u202ey".encode(), "x\\u202ey"),
        ("\x85".encode(), "\\u0085"),
        (b"--option", "--option"),
        (b"\x1b[31m", "\\u001b[31m"),
    ],
)
def test_a_name_is_shown_on_one_line(raw: bytes, shown: str) -> None:
    assert escape.name(escape.decoded(raw)) == shown


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_two_names_never_look_alike(one: bytes, other: bytes) -> None:
    shown = [escape.name(escape.decoded(raw)) for raw in (one, other)]
    assert (shown[0] == shown[1]) == (one == other)


@given(st.binary(max_size=200))
def test_bytes_come_back_as_they_were_and_what_is_shown_is_plain(raw: bytes) -> None:
    held = escape.decoded(raw)
    assert escape.encoded(held) == raw
    for shown in (escape.name(held), escape.text(held)):
        shown.encode()
        json.loads(json.dumps(shown, ensure_ascii=False))
    assert "\n" not in escape.name(held)


@given(st.text(st.characters()))
def test_no_string_of_python_breaks_it(text: str) -> None:
    escape.encoded(text)
    for shown in (escape.name(text), escape.text(text), escape.deep({text: [text]})):
        json.dumps(shown, ensure_ascii=False).encode()


def test_a_long_name_keeps_both_its_ends() -> None:
    shown = escape.name("a" * 5000 + ".txt")
    assert len(shown) < 500
    assert shown.endswith(".txt")


def test_the_lines_and_the_joined_emoji_of_a_text_stay() -> None:
    said = "one\r\ntwo\t\N{MAN}\u200d\N{WOMAN}\x1b[0m"
    assert escape.text(said) == "one\ntwo\t\N{MAN}\u200d\N{WOMAN}\\u001b[0m"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("one\r\ntwo", "one\ntwo"),
        ("\x1b[31mred", "\\u001b[31mred"),
        ("\x1b", "\\u001b"),
        ("grün", "grün"),
        ("\udcff", "\\xff"),
        ("\udd00", "\\udd00"),
        ("\udc7f", "\\udc7f"),
        ("\udc80", "\\x80"),
    ],
)
def test_words_of_a_program_keep_their_lines_and_nothing_that_acts(raw: str, shown: str) -> None:
    assert escape.text(raw) == shown


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain ümlaut 日本 👩‍💻", "plain ümlaut 日本 👩‍💻"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31m\x9b", "\\u001b[31m\\u009b"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("caf\udce9", "caf\\xe9"),
        ("\U000e0041", "\\udb40\\udc41"),
    ],
)
def test_each_such_character_is_written_as_json_writes_it(raw: str, shown: str) -> None:
    assert escape.line(raw) == shown


def test_characters_to_keep_are_kept_and_no_others() -> None:
    assert escape.line("a\nb\tc\x1b", keep="\n") == "a\nb\\tc\\u001b"


@given(st.text())
def test_a_json_document_means_the_same_after_it(text: str) -> None:
    assert json.loads(escape.document({"a": text})) == {"a": text}


def test_a_json_document_holds_what_is_no_text_and_what_is_no_json() -> None:
    shown = escape.document({"path": "caf\udce9", "other": [PurePosixPath("a\udce9"), "\u202e", "\n"]})

    assert shown == '{"path": "caf\\\\xe9", "other": ["a\\\\xe9", "\\u202e", "\\n"]}'
    assert json.loads(shown) == {"path": "caf\\xe9", "other": ["a\\xe9", "\u202e", "\n"]}


@given(st.text(st.characters(), max_size=40))
def test_the_same_character_has_the_same_form_everywhere(text: str) -> None:
    """What a name, a text and a line all escape, they write alike."""
    for one in text.replace("\\", ""):
        forms = {made(one) for made in (escape.name, escape.text, escape.line, escape.deep)} - {one}
        assert len(forms) <= 1
