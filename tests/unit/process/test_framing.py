"""Lines out of chunks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hermes.process.framing import Framer, Line


@given(
    st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line and not line.endswith(b"\r"))),
    st.integers(1, 7),
)
def test_lines_come_out_whole_however_they_are_cut(lines: list[bytes], size: int) -> None:
    framer = Framer()
    stream = b"".join(line + b"\n" for line in lines)
    found = [line for start in range(0, len(stream), size) for line in framer.feed(stream[start : start + size])]
    assert [line.data for line in found] == lines
    assert framer.end() == []


def test_a_line_over_the_limit_is_cut_and_counted() -> None:
    framer = Framer(line_bytes=4)
    assert framer.feed(b"abc") == []
    assert framer.feed(b"defg") == []
    assert framer.feed(b"h\nok\n") == [Line(b"abcd", 4), Line(b"ok")]


def test_what_has_no_line_end_comes_at_the_end() -> None:
    framer = Framer()
    assert framer.feed(b"rest") == []
    assert framer.end() == [Line(b"rest")]
    assert framer.end() == []
