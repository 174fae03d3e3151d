"""Header blocks of the usual form are read in one go; what comes out is what reading them line by line gives."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hermes.mail.parse import headers

_PIECES = st.sampled_from(
    [
        b"A",
        b"Received",
        b":",
        b" ",
        b"\t",
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n ",
        b"\n\t",
        b"x",
        b"\xe9",
        b"\r\r\n",
        b"\n\n",
        b"From ",
    ]
)


@given(st.lists(_PIECES, max_size=30).map(b"".join))
@example(b"A: 1\r\nB : 2 \r\n\tmore \r\n\r\nbody")
@example(b"A: 1\n  \n\nbody")
@example(b"A:\r x\r\n\r\n")
@example(b"A: x\r \r\n y\rz\n\r\n")
def test_both_ways_of_reading_a_block_give_the_same(block: bytes) -> None:
    found = headers.parse(block)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headers, "_usual_fields", lambda _: None)
        slow = headers.parse(block)

    assert (list(found[0]._fields), found[1:]) == (list(slow[0]._fields), slow[1:])


def test_a_block_of_the_usual_form_is_read_in_one_go() -> None:
    assert headers._usual_fields(b"From: a@b.c\r\nReceived: by x\r\n\tfor y; \r\n z\r\nSubject:\r\n\r\nbody") == (
        [("From", b"a@b.c"), ("Received", b"by x\tfor y;  z"), ("Subject", b"")],
        55,
    )


@pytest.mark.parametrize(
    "block", [b"", b"A: 1", b"A: 1\n", b"From a\nA: 1\n\n", b" A: 1\n\n", b"A: 1\nno header\n\n", b"A: 1\r\n\r\r\n"]
)
def test_any_other_block_is_read_line_by_line(block: bytes) -> None:
    assert headers._usual_fields(block) is None


def test_what_is_remembered_of_a_content_type_is_nobodys_to_change() -> None:
    _, first = headers.parameters("text/plain; charset=utf-8")
    first["charset"] = "evil"

    assert headers.parameters("text/plain; charset=utf-8") == ("text/plain", {"charset": "utf-8"})


def test_a_field_is_there_by_any_spelling_of_its_name() -> None:
    found, _, _ = headers.parse(b"Subject: Hello\r\n\r\n")

    assert "SUBJECT" in found
    assert "From" not in found


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('x; name="a;b"; y=z', "a;b"),
        (r'x; name="a\"b"; y=z', 'a"b'),
        (r'x; name="a\\"; y=z', "a\\"),
        ('x; name="never closed', "never closed"),
        ("x; name=a b ; y=z", "a b"),
    ],
)
def test_a_parameter_ends_where_its_quotes_do(value: str, name: str) -> None:
    assert headers.parameters(value)[1]["name"] == name
