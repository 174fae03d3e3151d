"""Mail by standard input: for the pipe transport of a mail server, whose exit codes it speaks."""

from __future__ import annotations

import asyncio
import enum
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

from hermes import errors, limits
from hermes.ingress.deposit import Depositor


class Exit(enum.IntEnum):
    """The exit codes that mail servers read (BSD `sysexits.h`)."""

    OK = 0
    """Stored: it is ours now."""
    USAGE = 64
    """No recipient was named."""
    DATAERR = 65
    """Empty, or larger than Hermes takes: the mail server sends it back."""
    NOUSER = 67
    """No project has one of the addresses."""
    TEMPFAIL = 75
    """Not stored: the mail server keeps it and tries again."""


class PipeIngress:
    """Takes one mail from a stream."""

    def __init__(self, *, depositor: Depositor, accepts: Callable[[str], bool]) -> None:
        self._depositor = depositor
        self._accepts = accepts

    async def take(
        self, stream: BinaryIO | None = None, *, recipients: Sequence[str], sender: str | None = None
    ) -> tuple[Exit, str]:
        """Read a mail to its end and store it. Returns the exit code, and the sentence that goes with it."""
        if not recipients:
            return Exit.USAGE, "no recipient was named"
        unknown = [recipient for recipient in recipients if not self._accepts(recipient)]
        if unknown:
            return Exit.NOUSER, f"no project has the address {unknown[0]}"
        source = stream or sys.stdin.buffer
        raw = await asyncio.to_thread(source.read, limits.MAIL_BYTES + 1)
        if raw.startswith(b"From "):  # the separator of an mbox, which some mail servers put before a piped mail
            raw = raw.partition(b"\n")[2]
        if not raw.strip():
            return Exit.DATAERR, "the mail is empty"
        try:
            key = await self._depositor.deposit(raw, recipients=recipients, sender=sender, ingress="pipe")
        except errors.Refused:
            return Exit.DATAERR, f"the mail is larger than {limits.MAIL_BYTES} bytes"
        except errors.HermesError as error:
            return Exit.TEMPFAIL, f"the mail was not stored: {error}"
        return Exit.OK, f"stored as {key}"
