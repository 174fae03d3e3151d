"""One IMAP connection with one folder selected, over imap-tools. Its methods block: each is called in a thread, one at a time.

Two functions of imap-tools are not used: its `flag` also expunges mails that others marked as deleted, and its `fetch` parses
every mail. Source: RFC 3501, RFC 2177.
"""

from __future__ import annotations

import contextlib
import functools
import imaplib
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar

import imap_tools

from hermes import errors, limits
from hermes.config.ingress_settings import ImapSettings
from hermes.ingress.imap_client import Box, Sink, TooLarge

#: Silence of an IMAP server in the middle of an answer.
IMAP_SILENCE_SECONDS: Final = 30.0

_P = ParamSpec("_P")
_R = TypeVar("_R")

_BUILT_IN = (OSError, ValueError, IndexError, KeyError, MemoryError, RecursionError)


def _mapped(call: Callable[_P, _R]) -> Callable[_P, _R]:
    """Map the errors of imap-tools, imaplib and the network to one: the connection cannot be used any more."""

    @functools.wraps(call)
    def inner(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return call(*args, **kwargs)
        except (imap_tools.ImapToolsError, imaplib.IMAP4.error, TooLarge, *_BUILT_IN) as error:
            text = " ".join(str(error).split())[: limits.DETAIL_CHARS]
            raise errors.MailboxUnavailable(f"IMAP: {type(error).__name__}: {text}") from error

    return inner


class ImapFolder:
    """Every method raises `errors.MailboxUnavailable` if the connection is broken."""

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings
        self._box: Any = None
        self._handle: socket.socket | None = None
        """The connection, from its beginning, whatever becomes of it."""
        # Sockets, not bare file numbers: one that is closed cannot be mistaken for what got its number next.
        self._wake_end, self._poke_end = socket.socketpair()
        self.uidvalidity = ""
        self.can_idle = False
        self._told: list[bytes] | None = None
        """How many mails there were when an `idle` was left out."""
        self._skipped = False

    @_mapped
    def open(self) -> None:
        """Connect, log in, select the folder."""
        wanted = self._settings
        self._box = Box(wanted, seconds=IMAP_SILENCE_SECONDS, opened=self._opened)
        self._box.client.budget()
        plain = (wanted.username + wanted.password).isascii()
        (self._box.login if plain else self._box.login_utf8)(wanted.username, wanted.password, initial_folder=None)
        self._box.folder.set(wanted.folder)
        client = self._box.client
        self.uidvalidity = (client.response("UIDVALIDITY")[1] or [b""])[0].decode("ascii", "replace")
        # Asked for again: many servers name IDLE only to who has logged in.
        capabilities = (client.capability()[1] or [b""])[0]
        self.can_idle = b"IDLE" in capabilities.upper().split()

    @_mapped
    def unseen(self) -> list[int]:
        """The mails that nobody has seen, oldest first."""
        self._box.client.budget()
        self._box.client.response("EXISTS")  # told until now: this look sees it
        return sorted(int(uid) for uid in self._box.uids("UNSEEN UNDELETED", charset=None))

    @_mapped
    def size(self, uid: int) -> int | None:
        """The size of a mail in bytes; None if it is gone. Raises `errors.Unreadable` where the server will not say."""
        for item in self._fetch(uid, "(RFC822.SIZE)"):
            text = item[0] if isinstance(item, tuple) else item
            _, found, after = (text or b"").upper().partition(b"RFC822.SIZE ")
            digits = after.partition(b")")[0].split(b" ")[0]
            if found and digits.isdigit():
                return int(digits)
        return None

    @_mapped
    def raw(self, uid: int, sink: Sink) -> bool:
        """Stream the bytes of a mail to the sink and leave it unseen; False if it is gone.

        Raises `errors.Unreadable` where the server will not give it, `errors.Refused` (too_large) where it announces more than a mail
        may have, whatever it said the size was; and what the sink raises. After the last two the connection is of no use any more.
        """
        try:
            found = self._fetch(uid, "(BODY.PEEK[])", sink=sink, literal_bytes=limits.MAIL_BYTES)
        except TooLarge as error:
            self.abort()
            raise errors.Refused(errors.Refusal.TOO_LARGE, str(error)) from error
        except errors.HermesError:
            self.abort()
            raise
        return any(isinstance(item, tuple) and b"BODY[]" in item[0].upper() for item in found)

    @_mapped
    def mark_seen(self, uid: int) -> None:
        """Set the flag "seen", by which Hermes recognises a handled mail after a restart."""
        self._box.client.budget()
        answer, data = self._box.client.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")
        if answer != "OK":
            raise errors.MailboxUnavailable(f"IMAP: the server will not mark a mail as seen: {data!r}")

    @_mapped
    def idle(self, seconds: float) -> None:
        """Wait until the server says something, `wake` is called or the time is over.

        At once if mail came since the last `unseen`: the server told that with its answer to another command, and tells it once.
        """
        told = self._box.client.untagged_responses.get("EXISTS")
        # A server that tells the same with every answer would have us look without end.
        if told and (told != self._told or not self._skipped):
            self._told, self._skipped = told, True
            return
        self._skipped = False
        self._box.client.budget()
        try:
            self._box.idle.start()
        except imap_tools.MailboxTaggedResponseError:
            # News came before the server's "go on": end the IDLE and look.
            self._box.idle.stop()
            return
        deadline = time.monotonic() + seconds
        while not self._spoke() and (left := deadline - time.monotonic()) > 0:
            ready = self._ready(left)
            if self._wake_end in ready or (ready and not isinstance(self._box.client.sock, ssl.SSLSocket)):
                break
            if ready and self._ended():
                break
        self._box.idle.stop()

    def _ready(self, seconds: float) -> list[Any]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._box.client.sock, selectors.EVENT_READ)
            selector.register(self._wake_end, selectors.EVENT_READ)
            return [key.fileobj for key, _ in selector.select(seconds)]

    def wake(self) -> None:
        """End an `idle` that another thread is in, now or when it begins."""
        with contextlib.suppress(OSError):
            self._poke_end.send(b".")

    def _opened(self, handle: socket.socket) -> None:
        self._handle = handle

    def abort(self) -> None:
        """Cut the connection, at whatever stage, so that a thread that waits for the server gets an error."""
        if self._handle is not None:
            with contextlib.suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Log out as politely as the connection allows; never raises."""
        if self._box is not None:
            # A connection that is broken already cannot be left politely, and that is no news.
            with contextlib.suppress(imaplib.IMAP4.error, OSError, ValueError):
                self._box.client.budget()
                self._box.client.logout()
            with contextlib.suppress(OSError):
                self._box.client.shutdown()
            self._box = None
        if self._handle is not None:
            self._handle.close()
        self._wake_end.close()
        self._poke_end.close()

    def _fetch(self, uid: int, parts: str, **budget: Any) -> list[Any]:
        self._box.client.budget(**budget)
        answer, data = self._box.client.uid("FETCH", str(uid), parts)
        if answer != "OK":
            raise errors.Unreadable(f"the IMAP server does not give mail {uid}: {data!r}"[: limits.DETAIL_CHARS])
        return data or []

    def _spoke(self) -> bool:
        """Is there something of the server's that the socket no longer shows, because it was read with the line before?"""
        return bool(self._peek())

    def _ended(self) -> bool:
        """Has the server hung up? TLS shows that, and records without content, as readable."""
        return self._peek() == b""

    def _peek(self) -> bytes | None:
        """What was read ahead; empty at the end of the stream; None: nothing, or a kind of buffer that cannot be looked into."""
        client = self._box.client
        peek = getattr(client.file, "peek", None)
        if peek is None:
            return None
        before = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            found: bytes = peek(1)
        except (ssl.SSLWantReadError, BlockingIOError):
            return None
        finally:
            client.sock.settimeout(before)
        return found
