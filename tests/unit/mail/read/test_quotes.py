"""Quote headers alone: where one can begin, and how far it goes on."""

from __future__ import annotations

import pytest

from hermes.mail.read import quotes


@pytest.mark.parametrize(
    ("lines", "may"),
    [
        (["On 4 Mar"], True),
        (["plain"], False),
        (["plain", "plain"], False),
        (["a" * 89, "x:"], True),
        (["a" * 90, "x:"], False),
        (["a" * 90, "<x"], True),
        (["a", "x" * 89 + ":"], True),
        (["a", "x" * 90 + ":"], False),
    ],
)
def test_the_cheap_question_looks_at_this_line_and_the_beginning_of_the_next(lines: list[str], may: bool) -> None:
    assert quotes.may_begin(lines, 0) is may


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["On 4 Mar 2024, Ida <ida@example.org", "> wrote:", "> old"], 2),
        (["Ida Storm <ida@example.org", "> wrote:", "> old"], 2),
        (["On 4 Mar 2024, Ida", "> wrote:", "> old"], 0),
        (["On 4 Mar 2024, Ida <ida@example.org> wrote:"], 1),
        (["On 4 Mar 2024, Ida"], 0),
        (["Ida wrote --", "> old"], 0),
        # Over an empty line only to an address, and only from a date.
        (["On 4 Mar 2024, Ida", "", "<ida@example.org> wrote:"], 3),
        (["On Monday, Ida", "", "<ida@example.org> wrote:"], 0),
        (["On 4 Mar 2024, Ida", "", "Ida wrote:"], 0),
        # A name has nine words at the most.
        ([f"{'Ida ' * 9}<ida@example.org> wrote:"], 1),
        ([f"{'Ida ' * 10}<ida@example.org> wrote:"], 0),
    ],
)
def test_a_header_goes_on_in_a_quoted_line_only_while_a_bracket_is_open(lines: list[str], count: int) -> None:
    assert quotes.attribution(lines, 0) == count
