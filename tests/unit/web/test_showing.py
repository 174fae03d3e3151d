"""How the page writes times, sizes, money and output."""

from __future__ import annotations

import pytest

from hermes.web import showing


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (-1, "0.0 s"),
        (3.24, "3.2 s"),
        (59.4, "59 s"),
        (59.9, "1 min"),
        (65, "1 min 5 s"),
        (7200, "2 h"),
        (7260, "2 h 1 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_a_span_has_two_units_at_most(seconds: float | None, text: str) -> None:
    assert showing.span(seconds) == text


@pytest.mark.parametrize(
    ("amount", "text"), [(None, "–"), (0, "$0.00"), (0.0012, "$0.0012"), (1234.5, "$1,234.50"), (0.01, "$0.01")]
)
def test_money_has_two_digits_or_four_below_a_cent(amount: float | None, text: str) -> None:
    assert showing.dollars(amount) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(None, "–"), (812, "812 B"), (3400, "3.4 KB"), (12_000_000, "12 MB"), (2_500_000_000_000, "2500 GB")],
)
def test_a_size_is_short(count: int | None, text: str) -> None:
    assert showing.size(count) == text


def test_output_loses_its_colours_and_shows_its_other_control_characters() -> None:
    assert showing.plain("\x1b[31mred\x1b[0m \x1b]0;title\x07x\x1b]8;;http://e\x1b\\y\n\tz\x00\x7f") == "red xy\n\tz␀␀"


def test_a_moment_says_utc_and_the_exact_time() -> None:
    assert str(showing.moment(0)) == '<time datetime="1970-01-01T00:00:00+00:00">1970-01-01 00:00:00 UTC</time>'
    assert str(showing.moment(None)) == "–"


def test_a_reason_is_words() -> None:
    assert showing.words("timed_out") == "timed out"
