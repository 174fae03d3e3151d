"""A mail of a siege."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable

#: To whom one is sent.
SITE = "site@agent.example.com"


@dataclasses.dataclass(frozen=True)
class Letter:
    """A mail to be sent, and what is waited for before it is."""

    message_id: str
    raw: bytes
    sender: str
    to: str = SITE
    gate: Callable[[], Awaitable[bool]] | None = None
    lost: str = ""
    """The key of a mail that was taken and whose bytes are gone; nothing else of it is there, and nothing must be sent."""
