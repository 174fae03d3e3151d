"""Chooses the queue of a mail: mail that claims to be an owner's waits only behind mail of the same kind.

A claim costs nothing, so it is worth little: of one domain and one network only a few mails wait among the owners' before one of them was
proven (`hermes.ingress.unproven`). A mail that waits elsewhere is handled all the same, and at once where no flood is under way.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

from hermes.config.current import ConfigSource
from hermes.domain.pointer import Pointer
from hermes.ingress.peer import Peers
from hermes.ingress.unproven import Unproven
from hermes.mail.authenticate import token
from hermes.mail.parse import address, head, headers


class Sorter:
    """Reads what a mail claims. Whether it is true is decided by admission, which reports it to `proven`."""

    def __init__(self, config: ConfigSource, *, unproven: Unproven | None = None) -> None:
        self._config = config
        self._unproven = unproven or Unproven()
        self._peers = Peers()

    async def among_owners(self, beginning: bytes, pointer: Pointer) -> bool:
        """Whether one of the authors in From is an owner of the project that the mail is addressed to, and not one claim too many."""
        project = self._config.current.project_of(token.read(pointer.recipient)[0])
        if project is None:
            return False
        claimed = await asyncio.to_thread(_owner_among, head.of(beginning), project.owners)
        return claimed is not None and self._has_room(claimed, pointer)

    def notified(self, pointers: Sequence[Pointer]) -> bool:
        """The same of a mail that SES took in, by what its notification says of the header, for the pointers of one message."""
        for pointer in pointers:
            project = self._config.current.project_of(token.read(pointer.recipient)[0])
            if pointer.claimed is None:
                return True  # a notification without the header's fields is no reason to put the mail behind all others
            if project is None or (pointer.ses is not None and pointer.ses.dmarc == "FAIL"):
                continue
            claimed = _owner_in(pointer.claimed, project.owners)
            if claimed is not None:
                return self._has_room(claimed, pointer)
        return False

    def proven(self, author: str, pointer: Pointer) -> None:
        """A mail was shown to be its author's."""
        self._unproven.proven(_domain(author), self._network(pointer))

    def _has_room(self, author: str, pointer: Pointer) -> bool:
        if pointer.trusted or (pointer.ses is not None and pointer.ses.dmarc == "PASS"):
            return True
        return self._unproven.take(_domain(author), self._network(pointer))

    def _network(self, pointer: Pointer) -> str:
        """The network that it came from; where that is not known, its way in."""
        try:
            ipaddress.ip_address((pointer.client_address or "").split("%")[0])
        except ValueError:
            return pointer.ingress
        return self._peers.of((pointer.client_address, 0)).network


def _owner_among(block: bytes, owners: tuple[str, ...]) -> str | None:
    found, _, _ = headers.parse(block)
    return _owner_in(found.raw("From"), owners)


def _owner_in(values: Sequence[str], owners: tuple[str, ...]) -> str | None:
    authors = (mailbox for value in values for mailbox in address.mailboxes_of(value)[0])
    return next((one.spec for one in authors if address.is_owner(one.spec, owners)), None)


def _domain(author: str) -> str:
    return author.rpartition("@")[2].lower()
