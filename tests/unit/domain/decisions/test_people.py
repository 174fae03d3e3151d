"""Which addresses are one person, and what a role allows."""

from __future__ import annotations

import pytest

from hermes.domain.decisions.people import OwnerRole, People, bare

ANNA = ("anna@acme.example", "anna@home.example")


def test_a_person_is_named_by_the_first_of_their_addresses() -> None:
    people = People([ANNA])

    assert people.person("anna@home.example") == "anna@acme.example"
    assert people.person("bob@acme.example") == "bob@acme.example"
    assert people.same("ANNA@home.example", "anna@acme.example")
    assert not people.same("anna@acme.example", "bob@acme.example")


def test_everybody_has_at_least_one_address() -> None:
    people = People([ANNA])

    assert people.addresses("anna@home.example") == ANNA
    assert people.addresses("Bob+phone@acme.example") == ("bob@acme.example",)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Anna+News@acme.example", "anna@acme.example"),
        ("anna+a+b@acme.example", "anna@acme.example"),
        ("+anna@acme.example", "+anna@acme.example"),
        ('"anna+x"@acme.example', '"anna+x"@acme.example'),
        (" anna@acme.example ", "anna@acme.example"),
    ],
)
def test_a_detail_behind_a_plus_is_of_the_same_person(address: str, expected: str) -> None:
    assert bare(address) == expected


def test_a_sub_address_of_a_listed_address_is_of_the_listed_person() -> None:
    assert People([ANNA]).person("anna+phone@home.example") == "anna@acme.example"


def test_only_a_reader_has_nothing_changed() -> None:
    assert [role for role in OwnerRole if not role.commands] == [OwnerRole.READER]
