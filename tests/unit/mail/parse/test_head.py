"""Where a header ends: at the first empty line, as dkimpy and our own parser see it."""

from __future__ import annotations

import re

import dkim
from hypothesis import given
from hypothesis import strategies as st

from hermes import limits
from hermes.mail.parse import head, headers


@given(
    st.lists(st.sampled_from([b"a: b\n", b"a: b\r\n"]), min_size=1, max_size=4),
    st.sampled_from([b"\n", b"\r\n"]),
    st.lists(st.sampled_from([b"\n", b"\r\n", b"x", b"\r", b" "]), max_size=6),
)
def test_three_readers_see_the_body_begin_at_the_same_byte(
    fields: list[bytes], empty: bytes, rest: list[bytes]
) -> None:
    body = b"".join(rest)
    raw = b"".join(fields) + empty + body
    assert raw[head.end(raw) :] == body
    assert head.of(raw) + body == raw
    assert headers.parse(raw)[1] == head.end(raw)
    assert dkim.DKIM(raw).body == re.sub(b"\r?\n", b"\r\n", body)


def test_a_header_that_never_ends_is_looked_at_no_further_than_its_limit() -> None:
    raw = b"a: b\n" * 1_000_000
    assert head.end(raw) == limits.HEADER_BYTES + 4
    assert head.end(b"") == 0
    assert head.end(b"\r\nbody") == 2
    assert head.end(b"xx\n\nyy\n\n", 4) == 8


def test_a_mail_without_a_header_begins_with_its_body() -> None:
    assert head.end(b"\nbody") == 1
    assert head.end(b"\n\nbody") == 1
    assert head.end(b"\r\nbody") == 2
    assert head.end(b"xx\nbody", 2) == 3
    assert head.end(b"xx\r\nbody", 2) == 4
    assert head.end(b"a: b\r\n\r\nbody\n\n", 0, 5) == 5
