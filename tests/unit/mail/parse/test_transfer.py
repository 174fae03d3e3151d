"""Transfer encodings, and what is made of damaged ones."""

from __future__ import annotations

import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.mail.parse import headers, transfer

TEXT = "Grüße, please make the title blue.\n".encode() * 3
UU = b"begin 644 x\n" + b"".join(binascii.b2a_uu(TEXT[at : at + 45]) for at in range(0, len(TEXT), 45))


@pytest.mark.parametrize(
    ("raw", "encoding", "found"),
    [
        (b"a=20b=\nc", "Quoted-Printable", b"a bc"),
        (b"SGVsbG8=", " BASE64 ", b"Hello"),
        (UU + b"`\nend\nwhat follows the end is no part of it\n", "x-uuencode", TEXT),
        (b"a line before\n\n" + UU.replace(b"\n", b"\n\n"), "uue", TEXT),
        (UU.replace(b"\n", b"   \n"), "uuencode", TEXT),
        (UU.replace(b"\n", b"##\n"), "uuencode", TEXT),
        (b"as it is", "", b"as it is"),
        (b"as it is", "8bit", b"as it is"),
    ],
)
def test_each_encoding_is_taken_off(raw: bytes, encoding: str, found: bytes) -> None:
    assert transfer.decode(raw, encoding) == (found, "")


@pytest.mark.parametrize(
    ("raw", "encoding", "words"),
    [
        (b"no beginning\n", "uuencode", "uuencoded text that cannot be decoded"),
        (b"begin 644 x\n\xff\xff\xff\n", "uuencode", "uuencoded text that cannot be decoded"),
        (b"x", "rot13" * 20, "transfer encoding not known: " + "rot13" * 8),
    ],
)
def test_what_cannot_be_decoded_is_left_alone_and_named(raw: bytes, encoding: str, words: str) -> None:
    assert transfer.decode(raw, encoding) == (raw, words)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"SGVsbG8", b"Hello"),
        (b"SGVs bG8\r\n=", b"Hello"),
        (b"SGVsbG8hIQ", b"Hello!!"),
        (b"SGVsbA", b"Hell"),
        (b"SGVsS", b"Hel" + b"\x48"),
        (b"", b""),
        (b"=", b""),
        (b"!", b""),
    ],
)
def test_base64_without_its_padding_is_completed(raw: bytes, found: bytes) -> None:
    assert headers.base64_bytes(raw) == found


@given(st.binary(max_size=60) | st.text(alphabet="Az+/=\n!", max_size=12).map(str.encode))
def test_something_is_made_of_any_base64(raw: bytes) -> None:
    assert isinstance(headers.base64_bytes(raw), bytes)


@given(st.binary(max_size=60))
def test_whole_base64_comes_back(raw: bytes) -> None:
    assert headers.base64_bytes(base64.encodebytes(raw)) == raw
