"""Asks the gateways to look at the IMAP mailbox anew, and waits until one has."""

from __future__ import annotations

import asyncio
import datetime
import time
from typing import Final

from hermes import errors, ids
from hermes.app.records import Records
from hermes.config.loading import Config
from hermes.domain.mailboxes import Rescan

#: A day of a date that has no time.
_DAY: Final = datetime.timedelta(days=1)
_LOOK_SECONDS: Final = 1.0


def moment(text: str, *, end: bool = False) -> float:
    """A date or a time of the terminal's zone, in epoch seconds; with `end` the end of a date. Raises `errors.ConfigError`."""
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise errors.ConfigError(
            f"{text!r} is no date; write one like 2026-01-31, or a time like 2026-01-31T08:30"
        ) from error
    if end and len(text.strip()) == len("2026-01-31"):
        found += _DAY
    return (found if found.tzinfo else found.astimezone()).timestamp()


def asked(*, since: str | None, until: str | None, now: float) -> Rescan:
    """The request. Raises `errors.ConfigError` for a time that makes no sense."""
    if until is not None and since is None:
        raise errors.ConfigError("--until needs --since: between the two, unseen mail is taken however old it is")
    begin = moment(since) if since is not None else None
    end = moment(until, end=True) if until is not None else (now if begin is not None else None)
    if begin is not None and end is not None and begin >= end:
        raise errors.ConfigError(f"--since {since} is not before {f'--until {until}' if until else 'now'}")
    return Rescan(rescan_id=ids.new_id(), asked_at=now, since=begin, until=end)


async def rescan(config: Config, held: Records, request: Rescan, *, seconds: float) -> Rescan:
    """Ask, and wait for so long; the request, as far as it was done. Raises `errors.ConfigError` where no mailbox is read."""
    settings = config.imap_ingress
    if not settings.enabled:
        raise errors.ConfigError("no mailbox is read: imap_ingress.enabled is false")
    await held.mailboxes.ask(settings.mailbox, request)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        row = await held.mailboxes.get(settings.mailbox)
        found = row.rescan if row is not None else None
        if found is None or found.rescan_id != request.rescan_id:
            raise errors.Permanent("somebody else has just asked for another look, which takes the place of yours")
        if found.done_at is not None:
            return found
        await asyncio.sleep(_LOOK_SECONDS)
    return request
