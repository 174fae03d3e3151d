"""How long to wait before the next login: longer after each failure, much longer after a refused one, and never too many in an hour. Pure.

Providers lock accounts that log in too often, and count refused logins as attacks.
"""

from __future__ import annotations

import collections
from typing import Final

from hermes.domain.decisions import logins

#: The first pause after a lost connection; it doubles with each, up to the next limit.
IMAP_PAUSE_FIRST_SECONDS: Final = 1.0
IMAP_PAUSE_SECONDS: Final = 300.0
#: The same after a refused login: a wrong password becomes right only by hand.
IMAP_REFUSED_FIRST_SECONDS: Final = 60.0
IMAP_REFUSED_SECONDS: Final = 900.0
#: A connection that lasted this long was a good one; any shorter one is part of a series.
IMAP_LASTED_SECONDS: Final = 60.0


class Reconnects:
    """The pauses of one mailbox. Times are seconds of a clock that only goes forward."""

    def __init__(self, *, first_seconds: float = IMAP_PAUSE_FIRST_SECONDS) -> None:
        self._first = self._pause = first_seconds
        self._refused = IMAP_REFUSED_FIRST_SECONDS
        self._logins: collections.deque[float] = collections.deque(maxlen=logins.LOGINS_MOST)

    def login(self, now: float) -> None:
        """A login is sent."""
        self._logins.append(now)

    def lasted(self, seconds: float) -> None:
        """A connection is over that was open, with its folder, for so long."""
        self._refused = IMAP_REFUSED_FIRST_SECONDS
        if seconds >= IMAP_LASTED_SECONDS:
            self._pause = self._first

    def after(self, *, refused: bool, jitter: float, now: float) -> float:
        """Seconds to wait now; `jitter` is from 0 up to 1."""
        if refused:
            pause, self._refused = self._refused, min(self._refused * 2, IMAP_REFUSED_SECONDS)
            pause *= 1 + jitter / 2
        else:
            pause, self._pause = self._pause, min(self._pause * 2, IMAP_PAUSE_SECONDS)
            pause *= 0.5 + jitter
        if len(self._logins) == logins.LOGINS_MOST:
            pause = max(pause, self._logins[0] + logins.HOUR_SECONDS - now)
        return pause
