"""Which mails of a mailbox are Hermes' to take, by the day on which the server received them. Pure.

A mailbox has a past: what was unseen before Hermes read it is nobody's request today. And a migration may lose the marks of a whole
mailbox.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import Final

from hermes.domain.mailboxes import Rescan

#: The clocks of the mail server and of Hermes may differ, and people who set Hermes up send the first mail a little too early.
IMAP_FIRST_START_SECONDS: Final = 3600.0
#: SEARCH compares days in the server's own zone.
_DAYS = datetime.timedelta(days=1)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclasses.dataclass(frozen=True, slots=True)
class MailWindow:
    """From when on mails are taken; times are epoch seconds."""

    since: float
    max_age_seconds: float
    rescan: Rescan | None = None
    """What an operator has asked for besides."""

    def begin(self, now: float) -> float:
        """The oldest mail that is taken came at this time."""
        return max(self.since, now - self.max_age_seconds)

    def is_too_old(self, arrived_at: float | None, now: float) -> bool:
        """Whether a mail came before that. Where the server does not tell, the mail's own date decides when it is read."""
        return self._is_past(arrived_at, now) and not (self.rescan is not None and self.rescan.wants(arrived_at))

    def asked_for(self, arrived_at: float | None, now: float) -> bool:
        """Whether a mail is taken only because an operator asks for it."""
        return self._is_past(arrived_at, now) and not self.is_too_old(arrived_at, now)

    def _is_past(self, arrived_at: float | None, now: float) -> bool:
        return arrived_at is not None and arrived_at < self.begin(now)

    def why(self, arrived_at: float | None) -> str:
        """Why a mail that is too old is left alone."""
        if arrived_at is not None and arrived_at < self.since:
            return "it came before Hermes began to read the mailbox (imap_ingress.since)"
        return f"it came more than {self.max_age_seconds / 86400:g} days ago (imap_ingress.max_age_days)"

    def criteria(self, now: float) -> str:
        """The criteria of SEARCH for what may be in the window."""
        return f"SINCE {_date(self.begin(now), -_DAYS)}"

    def rescanned(self) -> str | None:
        """The criteria of SEARCH for what an operator asks for; None where that is no old mail."""
        if self.rescan is None or self.rescan.since is None or self.rescan.until is None:
            return None
        return f"SINCE {_date(self.rescan.since, -_DAYS)} BEFORE {_date(self.rescan.until, 2 * _DAYS)}"

    def missed(self, now: float) -> str | None:
        """The criteria of SEARCH for what came since the first start and is too old by now; None where that is nothing."""
        begin = self.begin(now)
        return f"SINCE {_date(self.since, -_DAYS)} BEFORE {_date(begin, 2 * _DAYS)}" if begin > self.since else None


def _date(at: float, more: datetime.timedelta) -> str:
    # By hand: strftime has the months of the process's language.
    day = datetime.datetime.fromtimestamp(max(at, 2 * 86400.0), datetime.UTC) + more
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"
