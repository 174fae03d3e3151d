"""The time of day by which records are written and compared: this machine's, or AWS's where this machine's is wrong.

Gateways and workers read times that other machines wrote: leases, due times, ends of windows. AWS's clock is one that all of them can
see, in the Date header of answers that come anyway. It is carried on by the steady clock, so a time of day that is set, an hour off or
ten minutes behind changes nothing here. The header has whole seconds, so a clock that is right to some seconds is better than it.

AWS refuses requests that were signed five minutes off. They are signed by this time, too, as other SDKs of AWS do and botocore does not.
"""

from __future__ import annotations

import datetime
import email.utils
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore import auth

from hermes.aws.clients import Clients

#: A clock that is further from AWS's than this is wrong: it is not used, and the operator is told.
CLOCK_SECONDS: Final = 5.0
#: The earliest answer counts, since one may have been long under way; after this another takes its place, for AWS's clock may be set too.
_KEPT_SECONDS = 60.0
#: A refusal for one of these is about the time if this machine's clock is that far off; else about the key.
_REFUSED_SECONDS = 60.0
_REFUSED_FOR_TIME = frozenset(
    {
        "AuthFailure",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)


class AwsTime:
    """The time of day, checked against AWS's answers to this process."""

    def __init__(self, *, now: Callable[[], float] = time.time, clock: Callable[[], float] = time.monotonic) -> None:
        """`now` is this machine's time of day in epoch seconds, `clock` its steady clock."""
        self._now = now
        self._clock = clock
        self._header = ""
        self._ahead: float | None = None
        """What AWS's time of day is ahead of our steady clock."""
        self._taken_at = 0.0

    def listen(self, clients: Clients) -> None:
        """Look at the answers from now on."""
        for client, service in (
            (clients.dynamodb, "dynamodb"),
            (clients.sqs, "sqs"),
            (clients.polls, "sqs"),
            (clients.s3, "s3"),
        ):
            client.meta.events.register(f"needs-retry.{service}", self._answered)

    def sign(self) -> None:
        """Let every request of this process be signed by this time; botocore asks a function of its own for it."""

        def utc(remove_tzinfo: bool = True) -> datetime.datetime:
            moment = datetime.datetime.fromtimestamp(self.now(), datetime.UTC)
            return moment.replace(tzinfo=None) if remove_tzinfo else moment

        auth.get_current_datetime = utc

    def now(self) -> float:
        """Epoch seconds."""
        here = self._now()
        if self._ahead is None:
            return here
        there = self._clock() + self._ahead
        return here if abs(here - there) <= CLOCK_SECONDS else there

    def offset(self) -> float | None:
        """Seconds that this machine's clock is ahead of AWS's; None before the first answer."""
        return None if self._ahead is None else self._now() - self._clock() - self._ahead

    def _answered(self, *, response: tuple[object, Mapping[str, Any]] | None, attempts: int, **more: Any) -> int | None:
        """Called by the SDK after each answer, or failure, of a call; a number has it called once more, after so many seconds."""
        if response is None:
            return None
        parsed = response[1]
        self._read(parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", self._header))
        refused = parsed.get("Error", {}).get("Code") in _REFUSED_FOR_TIME
        again = refused and attempts == 1 and abs(self.offset() or 0.0) > _REFUSED_SECONDS
        return 0 if again else None

    def _read(self, header: str) -> None:
        if header == self._header:
            return
        self._header = header
        try:
            at = email.utils.parsedate_to_datetime(header).timestamp()
        except (TypeError, ValueError):
            return
        moment = self._clock()
        ahead = at - moment
        if self._ahead is None or ahead > self._ahead or moment - self._taken_at > _KEPT_SECONDS:
            self._ahead, self._taken_at = ahead, moment
