"""Mail by standard input, for the pipe transport of a mail server and its exit codes."""

from __future__ import annotations

import asyncio
import enum
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

from hermes import errors, limits
from hermes.ingress.mail_store import MailStore
from hermes.ingress.spool import CHUNK_BYTES, Body, Spool


class PipeExit(enum.IntEnum):
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

    def __init__(self, *, depositor: MailStore, accepts: Callable[[str], bool], spool: Spool | None = None) -> None:
        self._depositor = depositor
        self._accepts = accepts
        self._spool = spool or Spool()

    async def take(
        self,
        stream: BinaryIO | None = None,
        *,
        recipients: Sequence[str],
        sender: str | None = None,
        client_address: str | None = None,
    ) -> tuple[PipeExit, str]:
        """Read a mail to its end and store it. Returns the exit code and its sentence."""
        if not recipients:
            return PipeExit.USAGE, "no recipient was named"
        unknown = [recipient for recipient in recipients if not self._accepts(recipient)]
        if unknown:
            return PipeExit.NOUSER, f"no project has the address {unknown[0]}"
        source = stream or sys.stdin.buffer
        body = self._spool.body()
        try:
            await self._read(source, body)
            if not body.head(limits.HEADER_BYTES).strip():
                return PipeExit.DATAERR, "the mail is empty"
            key = await self._depositor.deposit(
                body, recipients=recipients, sender=sender, ingress="pipe", client_address=client_address
            )
        except errors.Refused:
            return PipeExit.DATAERR, f"the mail is larger than {limits.MAIL_BYTES} bytes"
        except errors.HermesError as error:
            return PipeExit.TEMPFAIL, f"the mail was not stored: {error}"
        finally:
            body.discard()
        return PipeExit.OK, f"stored as {key}"

    async def _read(self, source: BinaryIO, body: Body) -> None:
        chunk = await asyncio.to_thread(source.read, CHUNK_BYTES)
        if chunk.startswith(b"From "):  # the separator of an mbox, which some mail servers put before a piped mail
            while b"\n" not in chunk and (more := await asyncio.to_thread(source.read, CHUNK_BYTES)):
                chunk = more  # of a separator only its end counts
            chunk = chunk.partition(b"\n")[2] or await asyncio.to_thread(source.read, CHUNK_BYTES)
        while chunk:
            if len(body) + len(chunk) > limits.MAIL_BYTES:
                raise errors.Refused(errors.Refusal.TOO_LARGE, f"{len(body) + len(chunk)} bytes")
            await body.write(chunk)
            chunk = await asyncio.to_thread(source.read, CHUNK_BYTES)
        body.finish()
