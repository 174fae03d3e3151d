"""The envelope recipients of one mail: addresses of one mailbox are one recipient, whatever follows the plus."""

from __future__ import annotations

from collections.abc import Iterable

from hermes.mail.authenticate import token


def one_each(recipients: Iterable[str]) -> tuple[str, ...]:
    """One address of each mailbox, in their order: the first with a token, which leads to a thread, else the first.

    A hundred addresses `site+N@…` in one transaction are one mail to one project, not a hundred to be handled.
    """
    found: dict[str, tuple[str, bool]] = {}
    for recipient in recipients:
        mailbox, given = token.read(recipient)
        if mailbox not in found or (given is not None and not found[mailbox][1]):
            found[mailbox] = (recipient, given is not None)
    return tuple(recipient for recipient, _ in found.values())
