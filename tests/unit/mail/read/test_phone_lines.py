"""What a telephone or a mail program puts under a text is no part of it."""

from __future__ import annotations

import pytest

from hermes.mail.read import newest
from tests.unit.mail import phone_lines


@pytest.mark.parametrize("line", phone_lines.ADDED)
def test_the_line_of_a_device_below_a_text_is_not_read(line: str) -> None:
    assert newest.cut(f"Stop\n\n{line}").text == "Stop"
    assert newest.cut(f"Please change the title.\n{line}\n").text == "Please change the title."


@pytest.mark.parametrize("line", phone_lines.WRITTEN)
def test_what_a_person_writes_of_a_device_is_kept(line: str) -> None:
    assert newest.cut(line).text == line
    assert newest.cut(f"Please change the title.\n\n{line}\n").text == f"Please change the title.\n\n{line}"
