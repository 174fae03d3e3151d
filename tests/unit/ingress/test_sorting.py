"""Which queue a mail waits in: that of owners for whoever says that they are one, of this very project."""

from __future__ import annotations

import pytest

from hermes.config import loading as config
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
    assert await Sorter(_CONFIG).claims_an_owner(head, recipient) is claims
