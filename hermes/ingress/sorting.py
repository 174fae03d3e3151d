"""Which queue a mail waits in: those that say they are an owner's wait for each other alone, however many strangers write."""

from __future__ import annotations

import asyncio

from hermes.config.loading import Config
from hermes.mail.authenticate import token
from hermes.mail.parse import address, head, headers


class Sorter:
    """Looks at the header of a mail that comes in. What it finds is a claim: only admission tells whether it is true."""

    def __init__(self, config: Config) -> None:
        self._config = config

    async def claims_an_owner(self, beginning: bytes, recipient: str) -> bool:
        """Whether one of the authors in From is an owner of the project that the mail is addressed to."""
        project = self._config.project_of(token.read(recipient)[0])
        if project is None:
            return False
        return await asyncio.to_thread(_names_one, head.of(beginning), project.owners)


def _names_one(block: bytes, owners: tuple[str, ...]) -> bool:
    found, _, _ = headers.parse(block)
    authors = (mailbox for value in found.raw("From") for mailbox in address.mailboxes_of(value)[0])
    return any(address.is_owner(one.spec, owners) for one in authors)
