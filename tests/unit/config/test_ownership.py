"""Who owns a project, in which role, and which addresses are one person: what is read, and what is refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.config import loading
from hermes.config.current import CurrentConfig, CurrentPeople
from hermes.domain.decisions.participation import Audience, Threads
from hermes.domain.decisions.people import OwnerRole

ANNA, BOB, HOME = "anna@acme.example", "bob@acme.example", "anna@home.example"


def read(people: Any = (), **project: Any) -> loading.Config:
    """A configuration of one project."""
    given = {
        "client": "acme",
        "project": "site",
        "repository": "https://git.example.com/site.git",
        "addresses": ["site@agent.example"],
        "owners": [HOME, "@acme.example"],
        "agent": {"kind": "patch"},
        **project,
    }
    return loading.parse({"people": people, "projects": [given]})


def role(config: loading.Config, author: str) -> OwnerRole:
    return config.role_of(config.projects[0], author)


def test_without_a_word_everybody_is_a_requester_and_threads_are_of_those_addressed() -> None:
    project = read().projects[0]

    assert project.role_of(ANNA) is OwnerRole.REQUESTER
    assert (project.threads, project.answer) == (Threads.ADDRESSED, Audience.THREAD)


def test_a_role_of_an_address_goes_before_that_of_its_domain() -> None:
    config = read(roles={"@ACME.example": "reader", "Anna@acme.example": "approver"})

    assert role(config, ANNA) is OwnerRole.APPROVER
    assert role(config, BOB) is OwnerRole.READER
    assert role(config, HOME) is OwnerRole.REQUESTER
    assert config.projects[0].role_of("@acme.example") is OwnerRole.READER


def test_the_role_of_one_address_is_that_of_the_person() -> None:
    config = read([[ANNA, HOME]], roles={HOME: "reader"})

    assert role(config, ANNA) is OwnerRole.READER
    assert role(config, "anna+phone@acme.example") is OwnerRole.READER
    assert role(config, BOB) is OwnerRole.REQUESTER


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"roles": {"eve@evil.example": "reader"}}, "roles: 'eve@evil.example' is no owner; add it to owners"),
        ({"roles": {"@evil.example": "reader"}}, "roles: '@evil.example' is no owner"),
        ({"roles": {ANNA: "king"}}, "roles.anna@acme.example: Input should be 'requester', 'approver' or 'reader'"),
        ({"roles": {HOME: "reader", "@acme.example": "reader"}}, "every owner is a reader"),
        ({"roles": {"nobody": "reader"}}, "is no mail address"),
        ({"threads": "all"}, "threads: Input should be 'addressed' or 'project'"),
        ({"answer": "all"}, "answer: Input should be 'thread' or 'author'"),
        ({"people": [[ANNA]]}, "people.0: a person's list has two addresses or more"),
        ({"people": [[ANNA, "anna+x@acme.example"]]}, "people.0: a person's list has two addresses or more"),
        ({"people": [[ANNA, "anna@evil.example"]]}, "people.0: 'anna@evil.example' owns no project"),
        ({"people": [[ANNA, HOME], [BOB, HOME]]}, "people.1: 'anna@home.example' is in the list of another person"),
        ({"people": [["anna", HOME]]}, "people.0.0: 'anna' is no mail address"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(given: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.ConfigError) as raised:
        read(**given)
    assert said in raised.value.message


def test_a_role_of_a_domain_counts_for_an_owner_of_that_domain() -> None:
    config = read(owners=[ANNA, HOME], roles={"@acme.example": "reader"})

    assert role(config, ANNA) is OwnerRole.READER


def test_who_is_one_person_follows_the_current_configuration() -> None:
    source = CurrentConfig(read())
    people = CurrentPeople(source)
    assert not people.same(ANNA, HOME)

    source.replace(read([[ANNA, HOME]]))

    assert people.same(ANNA, HOME)
    assert people.addresses(HOME) == (ANNA, HOME)
