"""Soft line breaks of RFC 3676."""

from __future__ import annotations

import pytest

from hermes.mail.parse import flowed


@pytest.mark.parametrize(
    ("text", "delsp", "joined"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("one \ntwo", True, "onetwo"),
        # A soft break before another depth breaks nothing.
        ("one \n> two", False, "one\n> two"),
        ("> one \n>> two \n>> three", False, "> one\n>> two three"),
        ("one\n> two", False, "one\n> two"),
        # A line that begins with a space was stuffed; a signature flows nowhere.
        (" >no quote", False, ">no quote"),
        ("one \n-- \nIda", False, "one\n-- \nIda"),
        ("-- \nIda", False, "-- \nIda"),
        ("", False, ""),
    ],
)
def test_flowed_lines_are_joined_within_their_depth(text: str, delsp: bool, joined: str) -> None:
    assert flowed.unflow(text, delsp=delsp) == joined
