"""Blocks of mail headers in a language of no table are known by their form, and a person's own list is not one."""

from __future__ import annotations

import pytest

from hermes.mail.read import newest

TEXT = "Please make the title blue."
BLOCK = "Skribis: Ida Storm <ida@example.org>\nTempo: 4 Marto 2024 09:15\nAl: Ola <ola@example.org>\nTemo: Re: Paĝo"


@pytest.mark.parametrize(
    "block",
    [
        BLOCK,
        BLOCK.replace("Skribis", "From"),
        BLOCK.replace("Skribis: Ida Storm <ida@example.org>", "From: Ida Storm"),
        BLOCK.replace("Skribis", "From").replace("Re: ", ""),
        BLOCK.replace("Al: Ola <ola@example.org>\n", "Al: Ola\nKopie: Bob\n"),
    ],
)
def test_a_block_of_unknown_labels_ends_the_text(block: str) -> None:
    assert newest.cut(f"{TEXT}\n\n{block}\n\nMake it green.").text == TEXT


@pytest.mark.parametrize(
    "listed",
    [
        "Gast: Ida Storm <ida@example.org>\nTempo: 4 Marto 2024 09:15\nLoko: Oslo\nTemo: Printempo",
        "Gast: Ida Storm\nTempo: 4 Marto 2024 09:15\nLoko: Oslo\nTemo: Re: Paĝo",
        "Gast: Ida Storm <ida@example.org>\nTempo: morgaŭ\nLoko: Oslo\nTemo: Re: Paĝo",
        "Gast: Ida Storm <ida@example.org>\nTempo: 4 Marto 2024 09:15\nloko: Oslo\nTemo: Re: Paĝo",
        "Gast: Ida Storm <ida@example.org>\nTempo: 4 Marto 2024 09:15\nTemo: Re: Paĝo",
    ],
)
def test_a_list_that_a_person_writes_is_kept(listed: str) -> None:
    body = f"{TEXT}\n\n{listed}\n\nThese are for the page."
    assert newest.cut(body).text == body


def test_a_quote_in_a_quote_is_answered_below_both_headers() -> None:
    found = newest.cut(f"On 4 Mar 2024, Ida wrote:\nOn 3 Mar 2024, Ola wrote:\n> old\n\n{TEXT}")
    assert found.text == TEXT
    assert found.confidence < 0.5
