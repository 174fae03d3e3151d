"""Addresses of one mailbox are one recipient."""

from __future__ import annotations

from hermes.mail.authenticate import token
from hermes.mail.parse import recipients

_TOKEN = token.mint(b"k" * 32, "acme-site-abcdefgh", "anna@example.org")


def test_a_hundred_addresses_of_one_mailbox_are_one_recipient() -> None:
    assert recipients.one_each(f"site+{n}@agent.example" for n in range(100)) == ("site+0@agent.example",)
    assert recipients.one_each(["Site@agent.example", "site@AGENT.example"]) == ("Site@agent.example",)


def test_the_address_that_leads_to_a_thread_is_the_one_that_counts() -> None:
    answer = token.address("site@agent.example", _TOKEN)
    other = token.address("site@agent.example", _TOKEN, "subdomain")
    assert recipients.one_each(["site@agent.example", "site+x@agent.example", answer, other]) == (answer,)


def test_other_mailboxes_are_other_recipients_in_their_order() -> None:
    given = ["site@agent.example", "shop@agent.example", "site@other.example"]
    assert recipients.one_each(given) == tuple(given)
