"""Mail by IMAP: reads a mailbox that only Hermes uses, by IDLE if the server supports it, or else by polling.

The flag "seen", set only after a mail is stored, marks handled mail in the mailbox itself. So Hermes finds mail that came while it was
down, and a crash between storing and flagging stores the mail a second time, which the EmailProcessor recognises as a copy.
Two replicas on one mailbox have the same effect.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import logging
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from hermes import errors, limits
from hermes.ingress import envelope
from hermes.ingress.imap_client import Sink
from hermes.ingress.mail_store import MailStore
from hermes.ingress.spool import Body, Spool

#: One IMAP command with its answer.
IMAP_CALL_SECONDS: Final = 60.0
#: Fetching one mail of the largest size over a slow line.
IMAP_FETCH_SECONDS: Final = 300.0
#: A thread whose connection was cut notices within this, or is left to itself.
IMAP_ABORT_SECONDS: Final = 5.0
#: The first pause after a lost connection; it doubles with each, up to the next limit.
IMAP_PAUSE_FIRST_SECONDS: Final = 1.0
#: Servers lock an account out that logs in too often.
IMAP_PAUSE_SECONDS: Final = 120.0
#: A closing way in lets the mail that it is storing end within this.
IMAP_CLOSE_SECONDS: Final = 30.0

log = logging.getLogger(__name__)

_R = TypeVar("_R")


class Folder(Protocol):
    """One connection, as `imap_folder.ImapFolder` is; its methods block."""

    uidvalidity: str
    can_idle: bool

    def open(self) -> None: ...  # noqa: D102 - described there
    def unseen(self) -> list[int]: ...  # noqa: D102
    def size(self, uid: int) -> int | None: ...  # noqa: D102
    def raw(self, uid: int, sink: Sink) -> bool: ...  # noqa: D102
    def mark_seen(self, uid: int) -> None: ...  # noqa: D102
    def idle(self, seconds: float) -> None: ...  # noqa: D102
    def wake(self) -> None: ...  # noqa: D102
    def abort(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class _Memory:
    """The known unseen mails by UID; a UID is valid only under one UIDVALIDITY (RFC 3501, 2.3.1.1)."""

    def __init__(self) -> None:
        self._uidvalidity = ""
        self.stored: dict[int, bytes] = {}
        """Ours already, with their hash: only the flag is missing. A known UID alone proves nothing (mailboxes are made anew)."""
        self.left: set[int] = set()
        """Never to be taken: too large, or not given out by the server."""
        self.suspects: set[int] = set()
        """The connection broke over them; taken up after all others, so that they hold nobody up."""

    def enter(self, uidvalidity: str) -> None:
        """A folder was selected."""
        if uidvalidity != self._uidvalidity or not uidvalidity:
            self.stored, self.left, self.suspects = {}, set(), set()
        self._uidvalidity = uidvalidity

    def keep(self, unseen: list[int]) -> list[int]:
        """Forget all but these; returns those to be taken, in their order."""
        self.stored = {uid: content for uid, content in self.stored.items() if uid in unseen}
        for known in (self.left, self.suspects):
            known.intersection_update(unseen)
        return sorted((uid for uid in unseen if uid not in self.left), key=lambda uid: (uid in self.suspects, uid))


class _Connection:
    """A folder and the thread of its calls, each with a time limit."""

    def __init__(self, folder: Folder, *, seconds: float) -> None:
        self.folder = folder
        self._seconds = seconds
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="imap")

    async def do(self, call: Callable[..., _R], *given: object, seconds: float | None = None) -> _R:
        """Call in the thread; after its time limit the connection is closed, which ends the call. Raises `errors.MailboxUnavailable`."""
        seconds = seconds or self._seconds
        made = asyncio.get_running_loop().run_in_executor(self._thread, call, *given)
        try:
            done, _ = await asyncio.wait([made], timeout=seconds)
        except asyncio.CancelledError:
            await self._cut(made)
            raise
        if not done:
            await self._cut(made)
            raise errors.MailboxUnavailable(f"IMAP: no answer in {seconds:g} s")
        return made.result()

    async def end(self) -> None:
        """Hang up, and wait for that a little."""
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self.folder.close)
        done, _ = await asyncio.wait([closing], timeout=IMAP_ABORT_SECONDS)
        if not done:
            await self._cut(closing)
        self._thread.shutdown(wait=False)

    async def _cut(self, made: asyncio.Future[_R]) -> None:
        self.folder.abort()
        # Its error is ours: it comes of the cut.
        made.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        await asyncio.wait([made], timeout=IMAP_ABORT_SECONDS)


class ImapIngress:
    """One connection at a time in a separate thread; reconnects with growing pauses until `close`."""

    name = "imap"

    def __init__(
        self,
        *,
        depositor: MailStore,
        accepts: Callable[[str], bool],
        connect: Callable[[], Folder],
        address: str,
        poll_seconds: float,
        idle_seconds: float,
        jitter: Callable[[], float],
        spool: Spool | None = None,
        call_seconds: float = IMAP_CALL_SECONDS,
        fetch_seconds: float = IMAP_FETCH_SECONDS,
        first_pause_seconds: float = IMAP_PAUSE_FIRST_SECONDS,
        close_seconds: float = IMAP_CLOSE_SECONDS,
    ) -> None:
        """`connect` makes a connection that is not opened yet; `address` is whom a mail is for that names none of ours."""
        self._depositor = depositor
        self._accepts = accepts
        self._connect = connect
        self._address = address
        self._poll_seconds = poll_seconds
        self._idle_seconds = idle_seconds
        self._jitter = jitter
        self._spool = spool or Spool()
        self._call_seconds = call_seconds
        self._fetch_seconds = fetch_seconds
        self._first_pause = first_pause_seconds
        self._pause = first_pause_seconds
        self._close_seconds = close_seconds
        self._memory = _Memory()
        self._stop = asyncio.Event()
        self._folder: Folder | None = None
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look for mail; a server that cannot be reached now is tried again."""
        self._running = asyncio.create_task(self._run(), name="imap")

    async def close(self) -> None:
        """Take no more mail; let the current one be stored and flagged, within a limit."""
        if self._running is None:
            return
        self._stop.set()
        if self._folder is not None:
            self._folder.wake()
        await asyncio.wait([self._running], timeout=self._close_seconds)
        self._running.cancel()
        await asyncio.wait([self._running])
        self._running = None

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                await self._serve()
            except errors.HermesError as error:
                log.warning(
                    "The mailbox cannot be read now: %s", error, extra={"action": "imap.deferred", "ingress": self.name}
                )
            except Exception:  # nobody thought of it; the mails are still in the mailbox, and the gateway must live on
                log.exception("The mailbox cannot be read now.", extra={"action": "imap.failed", "ingress": self.name})
            else:
                continue
            await self._wait(self._pause * (0.5 + self._jitter()))
            self._pause = min(self._pause * 2, IMAP_PAUSE_SECONDS)

    async def _serve(self) -> None:
        """One connection, from its beginning until `close` or its end, which is raised."""
        self._folder = folder = self._connect()
        line = _Connection(folder, seconds=self._call_seconds)
        try:
            await line.do(folder.open)
            self._memory.enter(folder.uidvalidity)
            log.info("The mailbox is open.", extra={"action": "imap.opened", "idle": folder.can_idle})
            while not self._stop.is_set():
                for uid in self._memory.keep(await line.do(folder.unseen)):
                    if self._stop.is_set():
                        return
                    await self._take(line, uid)
                self._pause = self._first_pause
                if self._stop.is_set():
                    return
                if folder.can_idle:
                    await line.do(folder.idle, self._idle_seconds, seconds=self._idle_seconds + self._call_seconds)
                else:
                    await self._wait(self._poll_seconds)
        finally:
            self._folder = None
            await line.end()

    async def _take(self, line: _Connection, uid: int) -> None:
        """Store one mail, then flag it: in this order, whatever happens between."""
        self._memory.suspects.add(uid)
        body = self._spool.body()
        try:
            if not await self._fetch(line, uid, body):
                return
            content = await self._spool.in_thread(_hash, body)
            if self._memory.stored.get(uid) != content:
                await self._store(body)
        except (errors.Refused, errors.Unreadable) as error:
            # It stays unseen, where the operator finds it.
            self._memory.left.add(uid)
            log.warning("A mail was left unseen in the mailbox: %s", error, extra={"action": "imap.left", "uid": uid})
            return
        finally:
            body.discard()
        self._memory.stored[uid] = content
        await line.do(line.folder.mark_seen, uid)
        self._memory.suspects.discard(uid)

    async def _fetch(self, line: _Connection, uid: int, body: Body) -> bool:
        size = await line.do(line.folder.size, uid)
        if size is not None and size > limits.MAIL_BYTES:
            raise errors.Refused(errors.Refusal.TOO_LARGE, f"{size} bytes")
        loop = asyncio.get_running_loop()

        def sink(chunk: bytes) -> None:
            # The spool is the event loop's; a chunk that it does not take in time ends the fetch, as a silent server does.
            asyncio.run_coroutine_threadsafe(body.write(chunk), loop).result(self._call_seconds)

        found = await line.do(line.folder.raw, uid, sink, seconds=self._fetch_seconds)
        body.finish()
        return found

    async def _store(self, body: Body) -> None:
        found = envelope.of(body.head(limits.HEADER_BYTES))
        await self._depositor.deposit(
            body,
            recipients=envelope.recipients(found, accepts=self._accepts, default=self._address),
            sender=envelope.sender(found),
            ingress=self.name,
        )

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return


def _hash(body: Body) -> bytes:
    state = hashlib.sha256()
    for chunk in body.chunks():
        state.update(chunk)
    return state.digest()
