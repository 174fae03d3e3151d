"""Forms: exact bytes, in both encodings, within bounds."""

from __future__ import annotations

import time
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import errors
from hermes.ingress.http import form

_MULTIPART = "multipart/form-data; boundary=cut"
_URLENCODED = "application/x-www-form-urlencoded"


class Bytes:
    """A form in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)

    def read(self, start: int, count: int) -> bytes:
        return self._content[start : start + count]


def fields_of(body: bytes, content_type: str) -> dict[str, bytes]:
    return {name: b"".join(field.pieces()) for name, field in form.fields(Bytes(body), content_type).items()}


def multipart(fields: dict[str, bytes], boundary: str = "cut") -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n"
        for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


@given(st.dictionaries(st.text("abc-é", min_size=1, max_size=9), st.binary(max_size=300), max_size=9))
def test_every_byte_of_a_urlencoded_form_comes_through(fields: dict[str, bytes]) -> None:
    body = urllib.parse.urlencode(fields).encode()

    found = fields_of(body, f"{_URLENCODED}; charset=utf-8")

    assert {name: value for name, value in found.items() if name} == fields


@given(st.dictionaries(st.text("abc-", min_size=1, max_size=9), st.binary(max_size=300), min_size=1, max_size=9))
def test_every_byte_of_a_multipart_form_comes_through(fields: dict[str, bytes]) -> None:
    if any(b"\r\n--cut" in b"\r\n" + value for value in fields.values()):
        return
    assert fields_of(multipart(fields), _MULTIPART) == fields
    assert fields_of(b"preamble\r\n" + multipart(fields), 'Multipart/Form-Data; boundary="cut"') == fields


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=b", ""),
        (b"{}", "application/json"),
        (multipart({"a": b"b"}), "multipart/form-data"),
        (multipart({"a": b"b"})[:-6], _MULTIPART),
        (b"", _MULTIPART),
        (b"--cut\r\nno header\r\n--cut--\r\n", _MULTIPART),
        (b"--cut\r\nX: " + b"x" * form.FORM_HEADER_BYTES + b"\r\n\r\nv\r\n--cut--\r\n", _MULTIPART),
        (b"&" * (form.FORM_PARTS + 5), _URLENCODED),
        (multipart({str(n): b"" for n in range(form.FORM_PARTS + 5)}), _MULTIPART),
    ],
)
def test_what_is_no_form_is_unreadable(body: bytes, content_type: str) -> None:
    with pytest.raises(errors.Unreadable):
        fields_of(body, content_type)


def test_the_first_of_a_name_counts() -> None:
    assert fields_of(b"a=1&a=2", _URLENCODED) == {"a": b"1"}


@pytest.mark.parametrize("fill", [b"\r\n--cu", b"\r\n--cut\r\n", b"&", b"%", b"=", b"+"])
def test_hostile_forms_cost_their_length(fill: bytes) -> None:
    body = fill * (2_000_000 // len(fill))
    started = time.process_time()
    for content_type in (_MULTIPART, _URLENCODED):
        try:
            fields_of(body, content_type)
        except errors.Unreadable:
            continue
    assert time.process_time() - started < 2


@pytest.mark.parametrize("size", [1, 2, 3, 5])
@given(fields=st.dictionaries(st.text("ab", min_size=1, max_size=2), st.binary(max_size=30), min_size=1, max_size=4))
def test_it_is_the_same_whatever_chunks_it_is_read_in(size: int, fields: dict[str, bytes]) -> None:
    if any(b"--cut" in value for value in fields.values()):
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(form, "_CHUNK_BYTES", size + 2)
        assert fields_of(multipart(fields), _MULTIPART) == fields
        assert fields_of(urllib.parse.urlencode(fields).encode(), _URLENCODED) == fields
