"""What the clock of a mail's author is ahead of UTC."""

from __future__ import annotations

import pytest

from hermes.mail.parse import clock


@pytest.mark.parametrize(
    ("date", "minutes"),
    [
        ("Thu, 26 Nov 2026 09:22:41 +0100", 60),
        ("Thu, 26 Nov 2026 09:22:41 -0330 (NST)", -210),
        ("26 Nov 2026 09:22 +0545", 345),
        ("Thu, 26 Nov 2026 09:22:41.123 +1400", 840),
        ("Thu, 26 Nov 2026 09:22:41 +0000", None),
        ("Thu, 26 Nov 2026 09:22:41 -0000", None),
        ("Thu, 26 Nov 2026 09:22:41 GMT", None),
        ("Thu, 26 Nov 2026 09:22:41 +9900", None),
        ("Thu, 26 Nov 2026 09:22:41 +1530", None),
        ("Thu, 26 Nov 2026 09:22:41 +01000", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_offset_is_that_of_the_date_header_where_it_tells_one(date: str, minutes: int | None) -> None:
    assert clock.utc_offset(date) == minutes
