"""Strings of a JSON object that is read in pieces are the same as if it was read whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes import errors
from hermes.ingress.http import json_text


class Source:
    """A body that knows how much of it was asked for at once."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.size = len(raw)
        self.most = 0

    def read(self, start: int, count: int) -> bytes:
        piece = self.raw[start : start + count]
        self.most = max(self.most, len(piece))
        return piece


@pytest.fixture(params=[16, 17, 64 * 1024])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Chunks so small that everything is cut somewhere; an escaped pair has twelve bytes."""
    monkeypatch.setattr(json_text, "_CHUNK_BYTES", request.param)
    return int(request.param)


def _read(raw: bytes, *names: str) -> dict[str, bytes]:
    return {name: b"".join(value.pieces()) for name, value in json_text.strings(Source(raw), *names).items()}


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    text=st.text(st.characters(), max_size=60),
    beside=st.dictionaries(st.text(max_size=4), _VALUES, max_size=4),
    plain=st.booleans(),
    indent=st.sampled_from([None, 1]),
    size=st.integers(14, 40),
)
def test_a_string_is_read_as_json_reads_it(
    text: str, beside: dict[str, Any], plain: bool, indent: int | None, size: int
) -> None:
    document = {**beside, "RawEmail": text, "End": beside}
    raw = json.dumps(document, ensure_ascii=plain, indent=indent).encode("utf-8", "replace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_CHUNK_BYTES", size)
        found = _read(raw, "RawEmail")

    assert found == {"RawEmail": json.loads(raw)["RawEmail"].encode("utf-8", "replace")}


@pytest.mark.parametrize("text", ["\\", "\\ud83d" * 5, "\U0001f600" * 5, 'é\\é"' * 9, "\ud83d" * 4, "a\r\n" * 30, ""])
@pytest.mark.parametrize("lead", range(12))
def test_no_cut_falls_into_a_character(chunk: int, text: str, lead: int) -> None:
    raw = json.dumps({"x": "y" * lead, "RawEmail": "z" * lead + text}).encode()

    assert _read(raw, "RawEmail") == {"RawEmail": ("z" * lead + text).encode("utf-8", "replace")}


def test_the_last_of_two_members_counts_and_what_is_no_string_is_none(chunk: int) -> None:
    assert _read(b'{"a": "1", "a": "2", "b": "3", "b": [1, {"b": "4"}], "c": null}', "a", "b", "c") == {"a": b"2"}
    assert _read(b" { } ", "a") == {}


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"[]", b'"a"', b"{", b'{"a"', b'{"a":', b'{"a":"', b'{"a":"b', b'{"a":"b\\', b'{"a":"b"', b'{"a":"b",', b'{"a":"b"]',
        b'{"a":"b"} x', b'{"a":[1}', b'{a:"b"}', b'{"a" "b"}', b'{"a":"\\q"}', b'{"a":"\\u12"}', b'{"a":"\xff"}', b'{"a":"x\ny"}',
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(chunk: int, raw: bytes) -> None:
    with pytest.raises(errors.Unreadable, match="not JSON"):
        _read(raw, "a")


def test_a_name_may_not_be_long_nor_the_values_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(errors.Unreadable, match="a name is too long"):
        _read(json.dumps({"n" * 5000: "1"}).encode(), "a")
    monkeypatch.setattr(json_text, "_MARKS", 100)
    with pytest.raises(errors.Unreadable, match="too many values"):
        _read(json.dumps({"a": "1", "b": [0] * 200}).encode(), "a")


def test_a_large_mail_is_never_whole_in_memory() -> None:
    source = Source(
        json.dumps({"Attachments": [{"Content": "QUJD" * 500_000}], "RawEmail": "a line\r\n" * 300_000}).encode()
    )

    value = json_text.strings(source, "RawEmail")["RawEmail"]

    assert max(len(piece) for piece in value.pieces()) <= 64 * 1024
    assert sum(len(piece) for piece in value.pieces()) == 8 * 300_000
    assert len(value.head(1000)) < 64 * 1024 + 1000
    assert source.most <= 64 * 1024
