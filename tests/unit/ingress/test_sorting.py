"""Which queue a mail waits in: that of owners for whoever says that they are one, of this very project."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.config import loading as config
from hermes.domain.pointer import Pointer, SesVerdicts
from hermes.ingress import unproven
from hermes.ingress.sorting import Sorter

_PROJECT = {
    "client": "acme",
    "project": "site",
    "repository": "r",
    "addresses": ["site@agent.example.com"],
    "owners": ["anna@example.org", "@acme.example"],
    "agent": {"kind": "patch"},
}
_CONFIG = config.parse(
    {
        "projects": [
            _PROJECT,
            {**_PROJECT, "project": "shop", "addresses": ["shop@agent.example.com"], "owners": ["o@x.example"]},
        ]
    }
)


def _pointer(recipient: str = "site@agent.example.com", *, address: str = "198.51.100.1", **more: Any) -> Pointer:
    given = {"ingress": "smtp", "client_address": address} | more
    return Pointer(key="k", recipient=recipient, received_at=0.0, **given)


@pytest.mark.parametrize(
    ("head", "recipient", "claims"),
    [
        (b"From: Anna <Anna@Example.ORG>\r\n\r\n", "site@agent.example.com", True),
        (b"From: bob@acme.example\n\nFrom: eve@evil.example", "SITE+x@agent.example.com", True),
        (b"From: eve@evil.example\r\nFrom: anna@example.org\r\n\r\n", "site@agent.example.com", True),
        (b"From: anna@example.org\r\n\r\n", "shop@agent.example.com", False),
        (b"From: eve@evil.example\r\n\r\nFrom: anna@example.org", "site@agent.example.com", False),
        (b"From: anna@example.org <eve@evil.example>\r\n\r\n", "site@agent.example.com", False),
        (b"From: anna@example.org\r\n\r\n", "nobody@agent.example.com", False),
        (b"\xff" * 300_000, "site@agent.example.com", False),
        (b"", "site@agent.example.com", False),
    ],
)
async def test_a_mail_that_names_an_owner_of_its_project_waits_among_owners(
    head: bytes, recipient: str, claims: bool
) -> None:
    assert await Sorter(_CONFIG).among_owners(head, _pointer(recipient)) is claims


_BOB = b"From: bob@acme.example\r\n\r\n"


async def test_claims_of_one_domain_from_one_network_are_few_until_one_is_proven() -> None:
    sorter = Sorter(_CONFIG, unproven=unproven.Unproven(now=lambda: 0.0))

    async def first(address: str = "198.51.100.1", head: bytes = _BOB) -> bool:
        return await sorter.among_owners(head, _pointer(address=address))

    got = [await first(f"198.51.100.{number}") for number in range(unproven.UNPROVEN_OF_A_NETWORK + 5)]

    assert got.count(True) == unproven.UNPROVEN_OF_A_NETWORK
    assert await first("203.0.113.1")
    assert await first(head=b"From: anna@example.org\r\n\r\n")
    assert await sorter.among_owners(_BOB, _pointer(trusted=True))
    sorter.proven("Bob@ACME.example", _pointer(address="198.51.100.200"))
    assert await first()


async def test_claims_of_one_domain_from_many_networks_leave_room_for_a_proven_one() -> None:
    sorter = Sorter(_CONFIG, unproven=unproven.Unproven(now=lambda: 0.0))
    home, flood = _pointer(address="203.0.113.9"), [_pointer(address=f"10.{number}.0.1") for number in range(150)]
    sorter.proven("bob@acme.example", home)

    got = [await sorter.among_owners(_BOB, one) for one in flood]

    assert got.count(True) == unproven.UNPROVEN_OF_A_DOMAIN
    assert await sorter.among_owners(_BOB, home)


async def test_room_comes_back_in_a_minute() -> None:
    time = 0.0
    sorter = Sorter(_CONFIG, unproven=unproven.Unproven(now=lambda: time))
    while await sorter.among_owners(_BOB, _pointer()):
        pass

    time = 4.0

    assert await sorter.among_owners(_BOB, _pointer())
    assert not await sorter.among_owners(_BOB, _pointer())


def _from_ses(*claimed: str, dmarc: str = "GRAY", **more: Any) -> Pointer:
    return _pointer(ingress="ses", client_address=None, claimed=claimed, ses=SesVerdicts(dmarc=dmarc), **more)


def test_a_mail_from_ses_is_sorted_by_its_notification() -> None:
    sorter = Sorter(_CONFIG, unproven=unproven.Unproven(now=lambda: 0.0))

    assert sorter.notified([_from_ses("Anna <anna@example.org>")])
    assert sorter.notified([_pointer(ingress="ses", client_address=None)])
    assert not sorter.notified([_from_ses()])
    assert not sorter.notified([_from_ses("eve@evil.example")])
    assert not sorter.notified([_from_ses("anna@example.org", recipient="shop@agent.example.com")])
    assert not sorter.notified([_from_ses("anna@example.org", dmarc="FAIL")])
    assert sorter.notified(
        [_from_ses("eve@evil.example"), _from_ses("o@x.example", recipient="shop@agent.example.com")]
    )
    got = [sorter.notified([_from_ses("bob@acme.example")]) for _ in range(30)]
    assert got.count(True) == unproven.UNPROVEN_OF_A_NETWORK
    assert sorter.notified([_from_ses("bob@acme.example", dmarc="PASS")])
