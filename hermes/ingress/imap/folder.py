"""One IMAP connection with one folder selected, over imap-tools. Its methods block: each is called in a thread, one at a time.

Of imap-tools only the connection and the folder's name are used: its `flag` also expunges mails that others marked as deleted, its `fetch`
parses every mail, and its IDLE ends at every line of the server. Source: RFC 3501, RFC 2177.
"""

from __future__ import annotations

import contextlib
import functools
import imaplib
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, ParamSpec, TypeVar

from hermes import errors
from hermes.config.ingress_settings import ImapSettings
from hermes.https.access_tokens import AccessTokens
from hermes.ingress.imap import answers, login, words
from hermes.ingress.imap.answers import MailFacts
from hermes.ingress.imap.client import Box, Sink, TooLarge

#: Silence of an IMAP server in the middle of an answer.
IMAP_SILENCE_SECONDS: Final = 30.0
#: Who ends an IDLE sooner than this has no use for it.
IMAP_IDLE_SECONDS: Final = 20.0
#: A server with sizes that are estimates, by its greeting ("Set-ImapSettings -EnableExactRFC822Size" makes them exact).
_ESTIMATES: Final = b"Microsoft Exchange"
#: What a server tells of the mailbox without being asked; anything else during IDLE only shows that it is there.
_NEWS: Final = ("EXISTS", "RECENT", "EXPUNGE", "FETCH", "VANISHED")

_P = ParamSpec("_P")
_R = TypeVar("_R")


def _mapped(call: Callable[_P, _R]) -> Callable[_P, _R]:
    """Map the errors of imap-tools, imaplib and the network to one: the connection is no longer usable."""

    @functools.wraps(call)
    def inner(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return call(*args, **kwargs)
        except errors.HermesError:
            raise
        except Exception as error:  # imaplib raises TypeError and others in the middle of an answer that it cannot read
            raise errors.MailboxUnavailable(f"IMAP: {words.of_error(error)}") from error

    return inner


class ImapFolder:
    """Every method raises `errors.MailboxUnavailable` if the connection is broken."""

    def __init__(self, settings: ImapSettings, tokens: AccessTokens | None = None) -> None:
        """`tokens` are used in place of the password."""
        self._settings = settings
        self._tokens = tokens
        self._box: Any = None
        self._handle: socket.socket | None = None
        """The connection, from its beginning, whatever becomes of it."""
        # Sockets, not bare file numbers: one that is closed cannot be mistaken for what got its number next.
        self._wake_end, self._poke_end = socket.socketpair()
        self.login_sent = False
        """Does the server know of a login?"""
        self.uidvalidity = ""
        self.can_idle = False
        self.keeps_flags = True
        """May the flag "seen" be set for good (PERMANENTFLAGS)?"""
        self.estimates = False
        """Are the server's sizes known not to be exact?"""
        self._told: list[bytes] | None = None
        """How many mails there were when an `idle` was left out."""
        self._skipped = False

    @_mapped
    def open(self) -> None:
        """Connect, log in, select the folder. Raises `errors.MailboxRefused` if the server refuses the login."""
        wanted = self._settings
        token = self._token()
        self._box = Box(wanted, seconds=IMAP_SILENCE_SECONDS, opened=self._opened)
        client = self._box.client
        client.budget()
        self.estimates = _ESTIMATES.lower() in (client.welcome or b"").lower()
        self.login_sent = True
        try:
            login.log_in(client, wanted, token)
        except errors.MailboxRefused:
            if self._tokens:
                self._tokens.forget()
            raise
        self._box.folder.set(wanted.folder)
        self.uidvalidity = (client.response("UIDVALIDITY")[1] or [b""])[0].decode("ascii", "replace")
        permanent = client.response("PERMANENTFLAGS")[1]
        self.keeps_flags = permanent == [None] or not permanent or b"\\seen" in b" ".join(permanent).lower()
        # Asked for again: many servers name IDLE only after the login.
        self.can_idle = b"IDLE" in login.capabilities(client)

    def _token(self) -> str | None:
        try:
            return self._tokens.token() if self._tokens else None
        except errors.TokenRefused as error:
            raise errors.MailboxRefused(error.message) from error
        except errors.NoAnswer as error:
            raise errors.MailboxUnavailable(error.message) from error

    @_mapped
    def unseen(self, criteria: str = "") -> list[int]:
        """The unseen mails, oldest first; `criteria` are further ones of SEARCH.

        Raises `errors.MailWithheld` where the server does not answer that now.
        """
        client = self._box.client
        client.budget()
        before = client.untagged_responses.get("UIDVALIDITY")
        # Told until now, and not asked for: this look sees it.
        client.untagged_responses.clear()
        data = self._asked("UID", "SEARCH", f"UNSEEN UNDELETED {criteria}".strip(), name="SEARCH")
        numbering = client.untagged_responses.get("UIDVALIDITY") or before
        if numbering and numbering[-1].decode("ascii", "replace") != self.uidvalidity:
            raise client.abort("the folder was created again and numbers its mails differently")
        named = b" ".join(line for line in data if isinstance(line, bytes)).split()
        return sorted({int(uid) for uid in named if uid.isdigit()})

    @_mapped
    def newest(self, most: int) -> list[int]:
        """The UIDs of the newest mails, seen or not. Raises as `unseen` does."""
        client = self._box.client
        client.budget()
        data = self._asked("UID", "SEARCH", "ALL", name="SEARCH")
        named = b" ".join(line for line in data if isinstance(line, bytes)).split()
        return sorted({int(uid) for uid in named if uid.isdigit()})[-most:]

    @_mapped
    def facts(self, uid: int) -> MailFacts:
        """The size and the date of a mail. Raises `errors.MailWithheld` where the server does not tell them."""
        found = answers.facts(answers.of_uid(self._fetch(uid, "(RFC822.SIZE INTERNALDATE)"), uid))
        if found is None:
            raise errors.MailWithheld("the server says nothing of it")
        return found

    @_mapped
    def raw(self, uid: int, sink: Sink, *, part: str = "", most: int) -> None:
        """Stream the bytes of a mail, or of a part such as HEADER, to the sink, and leave the mail unseen.

        Raises `errors.MailWithheld` where the server does not give it, `errors.Refused` (too_large) where it announces more than `most`
        bytes, whatever it said the size was; and what the sink raises. After the last two the connection is no longer usable.
        """
        try:
            data = self._fetch(uid, f"(BODY.PEEK[{part}])", sink=sink, literal_bytes=most, part=part)
        except TooLarge as error:
            self.abort()
            raise errors.Refused(errors.Refusal.TOO_LARGE, str(error)) from error
        except errors.MailWithheld:
            raise
        except errors.HermesError:
            self.abort()
            raise
        if self._box.client.bodies > 1:
            raise errors.MailWithheld("the server gives several mails where one was asked for")
        about = answers.of_uid(data, uid)
        found = answers.body(about, part)
        if found is None:
            others = sorted({str(one.get(b"UID")) for one in answers.messages(data)} - {str(b"%d" % uid)})
            about_others = (
                f"answers about another UID ({', '.join(others)[:80]})" if others and not about else "gives no bytes"
            )
            raise errors.MailWithheld(f"the server says OK and {about_others}")
        if isinstance(found, bytes):
            sink(found)

    @_mapped
    def mark_seen(self, uid: int) -> None:
        """Set the flag "seen", by which Hermes recognises a handled mail after a restart. Raises `errors.MailWithheld` if it is refused."""
        self._box.client.budget()
        self._asked("UID", "STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)", name="FETCH")

    @_mapped
    def idle(self, seconds: float) -> None:
        """Wait until the server tells of something new, `wake` is called or the time is over.

        At once if mail came since the last `unseen`: the server told that with its answer to another command, and tells it once.
        `can_idle` is False afterwards where the server refused, or ended it at once: then the folder must be polled.
        """
        client = self._box.client
        told = client.untagged_responses.get("EXISTS")
        # A server that tells the same with every answer would have us look without end.
        if told and (told != self._told or not self._skipped):
            self._told, self._skipped = told, True
            return
        self._skipped = False
        client.budget()
        started, tag = time.monotonic(), client._command("IDLE")  # noqa: SLF001 - imaplib has IDLE from Python 3.14 on
        client.untagged_responses.clear()
        while client._get_response() is not None:  # noqa: SLF001
            if self._ended(tag):
                self.can_idle = False
                return
        deadline = started + seconds
        while not self._has_news() and (left := deadline - time.monotonic()) > 0:
            ready = self._ready(left)
            if self._wake_end in ready:
                break
            come = self._peek() if ready else None
            if come is None:
                continue  # the time is over, or TLS has sent itself a word
            if come == b"":
                raise client.abort("the server hung up")
            client._get_response()  # noqa: SLF001
            if self._ended(tag):
                self.can_idle = time.monotonic() - started >= IMAP_IDLE_SECONDS
                return
        client.send(b"DONE\r\n")
        while not self._ended(tag):
            client._get_response()  # noqa: SLF001

    def _ended(self, tag: bytes) -> bool:
        """Whether the server has ended an IDLE, or refused it. Raises what a farewell of the server is."""
        client = self._box.client
        client._check_bye()  # noqa: SLF001
        if client.tagged_commands.get(tag) is None:
            return False
        del client.tagged_commands[tag]
        return True

    def _has_news(self) -> bool:
        return any(name in self._box.client.untagged_responses for name in _NEWS)

    def _ready(self, seconds: float) -> list[Any]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._box.client.sock, selectors.EVENT_READ)
            selector.register(self._wake_end, selectors.EVENT_READ)
            # What was read together with the line before is not shown by the socket.
            if self._peek():
                return [self._box.client.sock]
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
            with contextlib.suppress(Exception):
                self._box.client.budget()
                self._box.client.logout()
            with contextlib.suppress(OSError):
                self._box.client.shutdown()
            self._box = None
        if self._handle is not None:
            self._handle.close()
        self._wake_end.close()
        self._poke_end.close()

    def _fetch(self, uid: int, parts: str, **budget: Any) -> Sequence[object]:
        self._box.client.budget(uid=uid, **budget)
        return self._asked("UID", "FETCH", str(uid), parts, name="FETCH")

    def _asked(self, *command: str, name: str) -> Sequence[object]:
        """A command's untagged answers of a name. Raises `errors.MailWithheld` for NO and BAD, after which the connection is as before."""
        client = self._box.client
        try:
            answer, data = client._simple_command(*command)  # noqa: SLF001 - what `uid` calls, without its rules for answers
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise errors.MailWithheld(words.of_error(error)) from error
        if answer != "OK":
            raise errors.MailWithheld(words.refused(answer, data))
        return client.untagged_responses.pop(name, None) or []

    def _peek(self) -> bytes | None:
        """What was read ahead; empty at the end of the stream; None: nothing, or a kind of buffer that cannot be looked into."""
        client = self._box.client
        before = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            found: bytes = client.file.peek(1)
        except (ssl.SSLWantReadError, BlockingIOError):
            return None
        finally:
            client.sock.settimeout(before)
        return found
