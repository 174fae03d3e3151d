"""Header blocks, encoded words and parameters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.mail.parse import headers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?B?R3LDvMOfZQ==?= again", "Grüße again"),
        ("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=", "Grüße"),
        ("=?iso-8859-1?q?a?=  =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
        ("=?utf-8?q?a?= and =?iso-8859-1?q?b?=", "a and b"),
        ("=?utf-8*de?q?hallo?=", "hallo"),
        ("=?utf-8?q?a_b?= c", "a b c"),
        ("=?utf-8?q?a=0D=0ABcc:_evil@example.org?=", "a Bcc: evil@example.org"),
        ("=?nonsense?q?caf=C3=A9?=", "café"),
        ("=?utf-8?x?no?=", "=?utf-8?x?no?="),
        ("=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        ("plain =? text", "plain =? text"),
        ("tab\there \u2028 there\x85", "tab here there"),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
def test_encoded_words_are_decoded_and_cleaned(value: str, text: str) -> None:
    assert headers.decode_words(value) == text


def test_raw_8_bit_headers_are_read() -> None:
    assert headers.decode_words("Grüße".encode()) == "Grüße"
    assert headers.decode_words("Grüße".encode("latin-1")) == "Grüße"


def test_a_block_is_unfolded_and_ends_at_the_empty_line() -> None:
    found, length, defects = headers.parse(b"Subject: a\r\n b\r\nTo: x\r\n\r\nbody: no\r\n")
    assert list(found) == [("Subject", "a b"), ("To", "x")]
    assert length == len(b"Subject: a\r\n b\r\nTo: x\r\n\r\n")
    assert defects == ()


def test_a_line_that_is_no_header_is_skipped_where_headers_go_on() -> None:
    found, _, defects = headers.parse(b"Subject: a\nbroken line\nTo: x\n\nbody")
    assert (found.get("subject"), found.get("to")) == ("a", "x")
    assert defects == ("a line in the header block that is no header",)


def test_text_without_an_empty_line_is_body() -> None:
    found, length, defects = headers.parse(b"Subject: a\nThis is text.\nAnd more: of it text.\nEnd\n")
    assert [name for name, _ in found] == ["Subject"]
    assert length == len(b"Subject: a\n")
    assert defects


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        ('text/plain; name="a b.txt"', "name", "a b.txt"),
        ("text/plain; name=plain.txt ; x=y", "name", "plain.txt"),
        ('x; filename="a\\"b"', "filename", 'a"b'),
        ("x; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt", "filename", "Grüße.txt"),
        ("x; filename*0*=utf-8''Gr%C3%BC; filename*1*=%C3%9Fe; filename*2=.txt", "filename", "Grüße.txt"),
        ("x; filename*1=b; filename*0=a", "filename", "ab"),
        ('x; filename="=?utf-8?q?Gr=C3=BC=C3=9Fe.txt?="', "filename", "Grüße.txt"),
        ("x; filename*=iso-8859-1'de'Gr%FC%DFe", "filename", "Grüße"),
        ('x; boundary="a  b"', "boundary", "a  b"),
        ('x; name="never closed', "name", "never closed"),
    ],
)
def test_parameters_are_read_in_every_form(value: str, name: str, text: str) -> None:
    assert headers.parameters(value)[1][name] == text


@given(st.text(max_size=300))
def test_decoding_never_raises_and_gives_one_clean_line(value: str) -> None:
    text = headers.decode_words(value)
    assert not any(
        ord(character) < 32 or 0x7F <= ord(character) < 0xA0 or character in "\u2028\u2029" for character in text
    )
    headers.parameters(value)


@given(st.binary(max_size=300))
def test_any_block_is_read(block: bytes) -> None:
    _, length, _ = headers.parse(block)
    assert 0 <= length <= len(block)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"attachment; filename*=plain%20name.txt", "plain name.txt"),
        (b"attachment; filename*=utf-8''gr%C3%BCn.txt", "grün.txt"),
        (b"attachment; filename*0*=utf-8''gr%C3; filename*1*=%BCn; filename*2=.txt", "grün.txt"),
        (b"attachment; filename*0=a; filename*1=b.txt", "ab.txt"),
        (b'attachment; filename="a\\"b.txt"', 'a"b.txt'),
        (b'attachment; filename="never closed', "never closed"),
        (b'attachment; filename="a\\"b\\', 'a"b\\'),
    ],
)
def test_a_parameter_is_read_in_each_of_its_forms(value: bytes, name: str) -> None:
    assert headers.parameters(value.decode())[1]["filename"] == name


@pytest.mark.parametrize(
    ("block", "names", "length"),
    [
        (b"Subject: a", ["Subject"], 10),
        (b"Subject: a\r\n", ["Subject"], 12),
        (b"Subject: a\nTo: b\n c", ["Subject", "To"], 19),
        (b"From x y\nSubject: a", ["Subject"], 19),
        (b"\nSubject: a", [], 1),
        (b" \nSubject: a", ["Subject"], 12),
        (b"", [], 0),
    ],
)
def test_a_block_that_ends_anywhere_is_read_to_its_end(block: bytes, names: list[str], length: int) -> None:
    found, end, _ = headers.parse(block)
    assert ([name for name, _ in found], end) == (names, length)


@pytest.mark.parametrize(
    ("block", "names"),
    [
        # What is no header amid the block is skipped where the next line is one, or is empty; else the body begins there.
        (b"Subject: a\nno header\n\nbody", ["Subject"]),
        (b"Subject: a\nno header\nTo: b\n\nbody", ["Subject", "To"]),
        (b"Subject: a\nno header\nTo: b", ["Subject"]),
        (b"Subject: a\nno header", ["Subject"]),
    ],
)
def test_a_line_that_is_no_header_ends_the_block_unless_it_goes_on(block: bytes, names: list[str]) -> None:
    found, _, defects = headers.parse(block)
    assert [name for name, _ in found] == names
    assert len(defects) == 1
