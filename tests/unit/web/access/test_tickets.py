"""What a browser keeps of a sign-in."""

from __future__ import annotations

import base64
import dataclasses
import json

import pytest

from hermes.web.access import tickets
from hermes.web.access.tickets import Ticket

KEY = b"k" * 32


def test_a_ticket_is_read_until_it_is_over() -> None:
    ticket = Ticket(name="olga", way="password", until=100.0, proof="p")

    assert tickets.read(ticket.signed(KEY), KEY, now=99.9) == ticket
    assert tickets.read(ticket.signed(KEY), KEY, now=100.0) is None


def test_a_ticket_of_another_key_is_none() -> None:
    assert tickets.read(Ticket(name="olga", way="link", until=100.0).signed(b"x" * 32), KEY, now=1) is None


@pytest.mark.parametrize("value", ["", ".", "a.b", "…", "e30.", "\udcff.\udcff"])
def test_what_is_no_ticket_is_none(value: str) -> None:
    assert tickets.read(value, KEY, now=1) is None


def test_a_ticket_whose_name_was_changed_is_none() -> None:
    body, _, mac = Ticket(name="olga", way="link", until=100.0).signed(KEY).partition(".")
    facts = json.loads(base64.urlsafe_b64decode(body)) | {"name": "operator"}
    forged = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode()

    assert tickets.read(f"{forged}.{mac}", KEY, now=1) is None


def test_the_token_of_a_form_is_of_one_sign_in_and_signs_nothing_else() -> None:
    one, other = Ticket(name="olga", way="link", until=9.0), Ticket(name="olga", way="link", until=9.0)

    assert one.form_token(KEY) != other.form_token(KEY)
    assert one.form_token(KEY) == dataclasses.replace(one, until=10.0).form_token(KEY)
    assert one.form_token(KEY) not in one.signed(KEY)
