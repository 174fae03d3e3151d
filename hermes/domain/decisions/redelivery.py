"""When a reply that a mail server did not take is offered again, and when it is given up. Pure.

What passes by itself is tried soon and for a day. What an operator has to mend is tried more slowly, for it does harm to be refused often,
and over a weekend. A reply that the server has, and of which it said nothing, has most likely arrived: each further try may be a copy in
somebody's mailbox, so there are few of them, far apart.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


class Trouble(enum.StrEnum):
    """Why a reply is not through."""

    MOMENT = "moment"
    """4xx, silence, a cut, nobody there."""
    OPERATOR = "operator"
    """Our account, address, host, settings or code: somebody has to mend it."""
    UNANSWERED = "unanswered"
    """A server has the mail, or may have it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, and how fast. All in seconds."""

    lasts: float
    first: float
    """The first pause."""
    share: float
    """Later pauses are this share of the time that it has been tried for,"""
    most: float
    """and at most this."""


PATIENCE: Final[Mapping[Trouble, Patience]] = {
    Trouble.MOMENT: Patience(lasts=24 * 3600.0, first=5.0, share=0.1, most=1800.0),
    Trouble.OPERATOR: Patience(lasts=72 * 3600.0, first=60.0, share=0.25, most=3600.0),
}
#: Pauses after a reply that was handed over without an answer; there is no further try.
UNANSWERED_SECONDS: Final = (15 * 60.0, 2 * 3600.0, 6 * 3600.0)
#: So a server gets the same reply this often at most.
HANDED_OVER_MOST: Final = len(UNANSWERED_SECONDS) + 1


def next_try(trouble: Trouble, *, unanswered: int, since: float, now: float, jitter: float) -> float | None:
    """Epoch seconds of the next try; None: it is given up.

    `unanswered` counts how often a server had it or may have had it, `since` is when one first did not take it; `jitter` is from 0 to 1.
    """
    if trouble is Trouble.UNANSWERED:
        if unanswered >= HANDED_OVER_MOST:
            return None
        return now + UNANSWERED_SECONDS[max(unanswered, 1) - 1] * (1.0 + 0.2 * jitter)
    patience = PATIENCE[trouble]
    if now - since > patience.lasts:
        return None
    return now + min(patience.most, max(patience.first, (now - since) * patience.share)) * (0.8 + 0.4 * jitter)
