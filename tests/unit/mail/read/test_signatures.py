"""Lines that programs add under a text, and rules that begin a signature or only underline a heading."""

from __future__ import annotations

import pytest

from hermes.mail.read import signatures


@pytest.mark.parametrize(
    ("line", "added"),
    [
        ("Sent from my iPhone", True),
        ("Sent from my iPhone " + "x" * 140, True),
        ("Sent from my iPhone " + "x" * 141, False),
        ("Sent from my iPhone " + "x" * 400, False),
        ("Sent from my iPhone <https://" + "x" * 330 + ">", True),
        ("Sent from my iPhone <https://" + "x" * 331 + ">", False),
        ("https://bakery.example Sent from my iPhone", False),
        ("Sent from my phone, and please make it blue", False),
        ("Get Outlook for iOS<https://aka.ms/o0ukef>", True),
        ("<sent from my iPad>", True),
        ("Outlook", False),
        ("Sent", False),
        ("[[outlook]]", False),
        ("<outlook>", False),
    ],
)
def test_what_a_device_adds_is_short_and_says_so(line: str, added: bool) -> None:
    assert signatures.is_sent_from(line) is added


@pytest.mark.parametrize(
    ("lines", "begins"),
    [
        # A heading, underlined; and the same line under a text of another length.
        (["Opening hours", "=============", "We open at nine."], False),
        (["Opening hours", "----------------", "Ida Storm"], False),
        (["Opening hours", "-----------------", "Ida Storm"], True),
        (["", "--", "We open at nine."], True),
        # A rule right under a text, and a sentence under it: Markdown's, between two requests.
        (["Please.", "--", "We open at nine."], False),
        (["Please.", "—", "We open at nine."], False),
        (["Home", "--", "Shop", "--", "Contact"], False),
        (["Please.", "******", "1. Fix the footer"], False),
        (["Please.", "___________", "Fix the footer on all pages"], False),
        (["Please.", "--", "Ida Storm"], True),
        (["Please.", "________________________", "We open at nine."], True),
        (["Please.", "-----------------", "Ida Storm", "Acme"], True),
        (["Please.", "-----------------", "We open at nine."], False),
        (["Please.", "-----------------", "Closed today!"], False),
        (["Please.", "-----------------", "Call me.", "ida@example.org"], True),
        (["Please.", "-----------------", *["a line of text."] * 11], False),
        (["Please.", "-----------------", "ida@example.org", *["Acme"] * 9], True),
        (["Please.", "-----------------", "ida@example.org", *["Acme"] * 10], False),
        (["Please.", "-----------------", "ida@example.org", "x" * 101], False),
        (["Please.", "-----------------", "ida@example.org", "x" * 100], True),
        # What is further below than forty lines is no part of it.
        (["Please.", "-----------------", "acme", *[""] * 37, "ida@example.org"], True),
        (["Please.", "-----------------", "acme", *[""] * 38, "ida@example.org"], False),
        (["Please.", "-----------------"], True),
    ],
)
def test_a_rule_begins_a_signature_where_what_follows_looks_like_one(lines: list[str], begins: bool) -> None:
    assert signatures.is_rule(lines[1])
    assert signatures.begins_signature(lines, 1, len(lines)) is begins
