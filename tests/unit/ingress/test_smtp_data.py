"""Where a mail ends, whatever pieces its bytes come in; and what ends nothing."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hermes.ingress.smtp_data import SmtpData

#: Every pair of these meets at some boundary.
TOKENS = st.sampled_from(
    [b"\r\n", b"\r", b"\n", b".", b"..", b"x", b"\r\n.", b"\n.\n", b"\r.\r", b"\x00", b"\xff", b" "]
)
LINE = 12


def reference(come: bytes) -> tuple[bytes, bytes]:
    """RFC 5321, 4.5.2, line by line."""
    lines: list[bytes] = []
    left = come
    while True:
        line, _, left = left.partition(b"\r\n")
        if line == b".":
            return b"".join(lines), left
        lines.append(line.removeprefix(b".") + b"\r\n")


def fed(pieces: list[bytes], line_bytes: int = 1000) -> tuple[bytes, bytes, SmtpData]:
    data, found = SmtpData(line_bytes=line_bytes), b""
    for number, piece in enumerate(pieces):
        content, rest = data.feed(piece)
        found += content
        if rest is not None:
            return found, rest + b"".join(pieces[number + 1 :]), data
    raise AssertionError("the mail did not end")


@given(st.lists(TOKENS), st.lists(st.integers(1, 7)))
@example([b".", b"\r\n", b"x"], [1])
def test_every_mail_in_every_piecing_is_read_as_the_standard_says(tokens: list[bytes], cuts: list[int]) -> None:
    sent = b"".join(tokens) + b"\r\n.\r\nQUIT\r\n"
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(sent[at : at + cut])
        at += cut
    pieces.append(sent[at:])

    content, rest, data = fed(pieces)

    assert (content, rest) == reference(sent)
    assert data.size == len(sent) - len(rest) - 3


@given(st.lists(TOKENS))
def test_every_boundary_between_two_pieces_is_the_same_to_it(tokens: list[bytes]) -> None:
    sent = b"".join(tokens) + b"\r\n.\r\n"
    expected = reference(sent)

    for cut in range(len(sent) + 1):
        content, rest, _ = fed([sent[:cut], sent[cut:]])
        assert (content, rest) == expected


@given(st.lists(TOKENS), st.integers(1, 40))
def test_a_line_is_too_long_wherever_it_is_cut(tokens: list[bytes], step: int) -> None:
    sent = b"".join(tokens) + b"\r\n.\r\n"
    content_lines = sent[: len(sent) - len(reference(sent)[1]) - 3].split(b"\r\n")

    _, _, data = fed([sent[at : at + step] for at in range(0, len(sent), step)], LINE)

    assert data.too_long == any(len(line) + 2 > LINE for line in content_lines[:-1])


@pytest.mark.parametrize(
    "ending",
    [
        b"\n.\n",
        b"\r.\r",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\n.\r",
        b"\r.\n",
        b"\r\n\x00.\r\n",
        b"\r\n.\x00\r\n",
        b"\r\n. \r\n",
        b"\r\n..\r\n",
    ],
)
def test_no_other_ending_ends_a_mail(ending: bytes) -> None:
    smuggled = b"first" + ending + b"MAIL FROM:<owner@people.test>\r\nDATA\r\nsecond\r\n"

    content, rest, _ = fed([smuggled + b".\r\n"])

    assert rest == b""
    assert b"MAIL FROM" in content
    assert content == smuggled.replace(b"\r\n.", b"\r\n")


def test_an_endless_line_is_told_before_its_end_and_holds_nothing() -> None:
    data = SmtpData(line_bytes=1000)

    for _ in range(11):
        data.feed(b"x" * 100)

    assert data.too_long
    assert len(data._held) <= 4
