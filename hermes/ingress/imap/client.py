"""imaplib's client with limits on the memory and time that a faulty or hostile server can cost.

imaplib accepts everything that a server sends before the answer to a command: literals of any size, any number of lines. Here
each call has a budget, and a mail is streamed to its sink. It overrides imaplib's documented `read` and `readline`.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Callable
from typing import Any

import imap_tools

from hermes.config.ingress_settings import ImapSettings

#: Lines of the answers to one call: what a mailbox that is in use tells on the way, many times over.
_LINES = 20_000
#: And their bytes together; 250,000 unseen mails are named in 2 MB.
_LINES_BYTES = 2 * 1024 * 1024
#: Literals of a call that fetches no mail: names of folders, never more.
_LITERAL_BYTES = 64 * 1024
_CHUNK_BYTES = 64 * 1024
#: How an answer begins: who it is for, and its name.
_BEGIN = re.compile(rb"(?P<before>(?:\*|[A-Z]+\d+) (?:\d+ )?)(?P<name>[A-Za-z]+)(?= |\Z)")
_LITERAL_AT_END = re.compile(rb"(?:<\d+>)?\s*~?\{\d+\+?\}\s*\Z")
_UID = re.compile(rb"[( ]UID (\d+)", re.IGNORECASE)
_STATUSES = frozenset({b"OK", b"NO", b"BAD"})

Sink = Callable[[bytes], None]
"""Takes the next bytes of a mail."""


class TooLarge(Exception):
    """The server announces a mail over the limit; the connection cannot be used any more."""


class PlainClient(imaplib.IMAP4):
    """Without TLS, or before STARTTLS."""

    def __init__(self, host: str, port: int, *, seconds: float, opened: Callable[[socket.socket], None]) -> None:
        """`opened` is given a second handle of the connection, by which it can be cut, before anything is waited for."""
        self._opened = opened
        self.budget()
        super().__init__(host, port, seconds)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        made: socket.socket = super()._create_socket(timeout)  # type: ignore[misc]
        self._opened(made.dup())
        return made

    def budget(
        self, *, sink: Sink | None = None, literal_bytes: int = _LITERAL_BYTES, uid: int = 0, part: str = ""
    ) -> None:
        """A new call begins. A `sink` gets the literal that is this part of the mail of this UID; others are read and left."""
        self._lines = _LINES
        self._lines_bytes = _LINES_BYTES
        self._literal_bytes = literal_bytes
        self._sink = sink
        self._uid = b"%d" % uid
        self._part = b"BODY[%s]" % part.encode("ascii")
        self._text = b""
        """Of the answer that is being read, without the bytes of its literals."""
        self._goes_on = False
        self.bodies = 0
        """Literals that went to the sink since."""

    def readline(self) -> bytes:
        """One line. imap-tools raises imaplib's own bound to 20 MiB; a line end of one byte is taken for one of two."""
        line: bytes = self.file.readline(self._lines_bytes + 1)  # type: ignore[assignment]
        self._lines -= 1
        self._lines_bytes -= len(line)
        if self._lines < 0 or self._lines_bytes < 0:
            raise self.abort("the server sends lines without end")
        return line[:-1] + b"\r\n" if line.endswith(b"\n") and not line.endswith(b"\r\n") else line

    def _get_line(self) -> bytes:
        # Servers send empty lines between answers, OK without a word after it, and names of answers in lower case.
        line = b""
        while not line:
            line = super()._get_line()  # type: ignore[misc]
        if self._goes_on:
            self._text, self._goes_on = self._text + line, False
            return line
        self._text = line
        begin = _BEGIN.match(line)
        if begin is None:
            return line
        name = begin["name"].upper()
        bare = begin.end() == len(line) and name in _STATUSES
        return begin["before"] + name + (b" " if bare else line[begin.end() :])

    def read(self, size: int) -> bytes:
        """A literal. The mail that was asked for goes to the sink, and nothing of it comes back; others come back, or are dropped."""
        self._goes_on = True
        if size > self._literal_bytes:
            raise TooLarge(f"the server announces {size} bytes where no more than {self._literal_bytes} are left")
        self._literal_bytes -= size
        sink = self._sink
        if sink is None or (not self._is_asked_for() and size <= _LITERAL_BYTES):
            return super().read(size)
        if self._is_asked_for():
            self.bodies += 1
        else:
            sink = _dropped
        while size:
            chunk = super().read(min(size, _CHUNK_BYTES))
            if not chunk:
                raise self.abort("the server hung up in the middle of a mail")
            sink(chunk)
            size -= len(chunk)
        return b""

    def _is_asked_for(self) -> bool:
        """Whether the literal that begins is the part that was asked for; an answer without a UID so far may be the right one."""
        before = _LITERAL_AT_END.sub(b"", self._text).rstrip()
        of_other = (found := _UID.search(self._text)) is not None and found[1] != self._uid
        return before.upper().endswith(self._part) and not of_other


def _dropped(_: bytes) -> None: ...


class TlsClient(PlainClient):
    """TLS from the first byte."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        context: ssl.SSLContext,
        seconds: float,
        opened: Callable[[socket.socket], None],
    ) -> None:
        self._context = context
        super().__init__(host, port, seconds=seconds, opened=opened)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._context.wrap_socket(super()._create_socket(timeout), server_hostname=self.host)


class Box(imap_tools.MailBoxUnencrypted):
    """imap-tools over one of these clients."""

    def __init__(self, settings: ImapSettings, *, seconds: float, opened: Callable[[socket.socket], None]) -> None:
        self._settings = settings
        self._opened = opened
        super().__init__(settings.host, settings.port, timeout=seconds)

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        wanted = self._settings
        more: dict[str, Any] = {"seconds": self._timeout, "opened": self._opened}
        if wanted.security == "none":
            return PlainClient(wanted.host, wanted.port, **more)
        context = ssl.create_default_context(cafile=str(wanted.ca_file) if wanted.ca_file else None)
        if wanted.security == "tls":
            return TlsClient(wanted.host, wanted.port, context=context, **more)
        client = PlainClient(wanted.host, wanted.port, **more)
        answer, detail = client.starttls(context)
        if answer != "OK":
            raise client.error(f"STARTTLS is refused: {detail!r}")
        return client
