"""Reads each large mail in a separate process with limits of memory and time. A process that exceeds them is killed and not waited for.

A mail of 30 MB can take ten times its size in memory, and each step of reading it would delay the gateway's other mails. What a small
mail can cost is bounded by its size.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, NamedTuple

from hermes import errors, limits
from hermes.gateway.intake.raw_mail import RawMail
from hermes.mail.read import reading

#: Memory of the process that reads a large mail, beyond what Python needs; a mail that needs more is refused as unreadable.
READER_BYTES: Final = 512 * 1024 * 1024
#: Processes at once, each for as long as its mail is being handled.
READERS: Final = 1
#: Largest answer of such a process: the texts of a mail, cut to their limits, and all about its attachments except their bytes.
READER_ANSWER_BYTES: Final = 32 * 1024 * 1024

#: Variables that the process gets of our environment: what Python needs to start, and no secret.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
#: Until a killed process is gone.
_END_SECONDS = 5.0
#: Modules whose types an answer may be made of; a pickle that names anything else is refused.
_MODULES = ("hermes.mail.", "hermes.domain.", "hermes.errors")
_BUILT_IN = frozenset({("builtins", "frozenset"), ("builtins", "getattr"), ("datetime", "datetime")})
_ZONES = frozenset({("datetime", "timezone"), ("datetime", "timedelta")})


class MailReading(NamedTuple):
    """The reading of a mail with its digests."""

    reading: reading.Reading
    raw_digest: bytes
    """SHA-256 of the whole mail; empty if it could not be read."""
    content: str
    """The id of its content (`hermes.mail.parse.content`); empty if it could not be read."""


class MailReader:
    """Reads at most `READERS` large mails at a time; others wait."""

    def __init__(
        self,
        *,
        memory_bytes: int = READER_BYTES,
        seconds: float = limits.READ_SECONDS,
        folder: Path | None = None,
    ) -> None:
        self._memory_bytes = memory_bytes
        self._seconds = seconds
        self._folder = folder
        self._turn = asyncio.Semaphore(READERS)

    @contextlib.asynccontextmanager
    async def read(self, mail: RawMail, *, sender: str | None) -> AsyncIterator[MailReading]:
        """The reading of a mail; the files of its attachments exist while the context is open.

        Raises nothing for the mail's content: a mail that cannot be read within the limits is refused as unreadable.
        """
        async with self._turn:
            with tempfile.TemporaryDirectory(prefix="hermes-mail-", dir=self._folder) as folder:
                path = Path(folder, "mail")
                await mail.save(path)
                yield await self._answer(path, Path(folder), sender)

    async def _answer(self, path: Path, folder: Path, sender: str | None) -> MailReading:
        asked = {
            "mail": str(path),
            "folder": str(folder),
            "sender": sender,
            "memory_bytes": self._memory_bytes,
            "seconds": int(self._seconds) + 1,
        }
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hermes.gateway.intake.mail_reader_child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self._seconds):
                raw = await _answered(child, json.dumps(asked).encode())
            return await asyncio.to_thread(_unpickled, raw)
        except TimeoutError:
            return _unreadable(f"reading took longer than {self._seconds:g} s")
        except (OSError, EOFError, ValueError, TypeError, AttributeError, pickle.UnpicklingError) as error:
            return _unreadable(
                f"its reader gave no answer ({type(error).__name__}): it passed its limit of memory or time"
            )
        finally:
            # It is killed and not waited for; what it left in its pipe is dropped.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_SECONDS):
                    await child.communicate()


async def _answered(child: asyncio.subprocess.Process, asked: bytes) -> bytes:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(asked)
    await child.stdin.drain()
    child.stdin.close()
    raw = bytearray()
    while piece := await child.stdout.read(limits.PIECE_BYTES):
        raw += piece
        if len(raw) > READER_ANSWER_BYTES:
            raise ValueError(f"its answer has more than {READER_ANSWER_BYTES} bytes")
    return bytes(raw)


def _unreadable(detail: str) -> MailReading:
    return MailReading(reading.Reading(refusal=errors.Refusal.UNREADABLE, refusal_detail=detail), b"", "")


class _Answers(pickle.Unpickler):
    """Unpickles only the types of an answer."""

    def find_class(self, module: str, name: str) -> object:
        """The type of this name, if it is allowed."""
        if (module, name) in _BUILT_IN | _ZONES or module.startswith(_MODULES):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of an answer")


def _unpickled(raw: bytes) -> MailReading:
    found = MailReading(*_Answers(io.BytesIO(raw)).load())
    if not isinstance(found.reading, reading.Reading):
        raise TypeError("the answer is no reading")
    return found
