"""Characters that act on a terminal or forge a line are shown, not sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.domain import controls


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain ümlaut 日本 👩‍💻", "plain ümlaut 日本 👩‍💻"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31m\x9b", "\\u001b[31m\\u009b"),
        ("\u202eevil", "\\u202eevil"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\udb40\\udc41"),
    ],
)
def test_each_such_character_is_written_as_json_writes_it(raw: str, shown: str) -> None:
    assert controls.escaped(raw) == shown


def test_characters_to_keep_are_kept_and_no_others() -> None:
    assert controls.escaped("a\nb\tc\x1b", keep="\n") == "a\nb\\tc\\u001b"


@given(st.text())
def test_a_json_document_means_the_same_after_it(text: str) -> None:
    assert json.loads(controls.escaped(json.dumps({"a": text}, ensure_ascii=False))) == {"a": text}
