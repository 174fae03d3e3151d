"""Mail by IMAP: reads a mailbox that only Hermes uses, by IDLE if the server supports it, or else by polling.

The flag "seen", set only after a mail is stored, marks handled mail in the mailbox itself. So Hermes finds mail that came while it was
down, and a crash between storing and flagging stores the mail a second time, which the EmailProcessor recognises as a copy.
Two replicas on one mailbox have the same effect. Mails that are not through are in the mailbox's row, where the operator sees them.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from hermes import errors
from hermes.config.ingress_settings import ImapSettings
from hermes.domain.decisions import logins
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.mailboxes import MailboxRecord, WaitingMail
from hermes.ingress.imap.connection import ImapConnection
from hermes.ingress.imap.folder import ImapFolder
from hermes.ingress.imap.memory import Memory
from hermes.ingress.imap.reconnects import IMAP_PAUSE_FIRST_SECONDS, Reconnects
from hermes.ingress.imap.rescans import RescanRows, Rescans
from hermes.ingress.imap.taker import Taken, Taker
from hermes.ingress.imap.window import IMAP_FIRST_START_SECONDS, MailWindow
from hermes.ingress.mail_store import MailStore
from hermes.ingress.spool import Spool

#: A server that reports something all the time is asked for new mail this often.
IMAP_ROUND_SECONDS: Final = 1.0
#: Mails in a row that the server does not give; then it is the server's trouble, and the rest waits.
IMAP_WITHHELD_MAILS: Final = 10
#: Searches in a row that are refused; then another connection is tried.
IMAP_WITHHELD_SEARCHES: Final = 5
#: The longest pause while searches are refused, or our own storage is away.
IMAP_AGAIN_SECONDS: Final = 60.0
#: Mails that are named of those that became too old while Hermes could not read them.
IMAP_OLD_MAILS: Final = 20

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ImapTimes:
    """The time limits of one mailbox, in seconds."""

    call: float = 60.0
    """One IMAP command with its answer."""
    fetch: float = 300.0
    """Fetching one mail of the largest size over a slow line."""
    first_pause: float = IMAP_PAUSE_FIRST_SECONDS
    """The first pause after a lost connection."""
    close: float = 30.0
    """A closing way in lets the mail that it is storing end within this."""


class MailboxRows(RescanRows, Protocol):
    """The rows of mailboxes, as `hermes.aws.records.mailboxes` has them."""

    async def opened(self, mailbox: str, *, now: float) -> MailboxRecord:
        """The row; one that begins now where there is none."""

    async def login(self, mailbox: str, *, now: float) -> None:
        """Count a login that is about to be sent."""

    async def logged_in(self, mailbox: str, *, at: float) -> None:
        """The login counted at this time is none of those without a result."""

    async def tell(self, mailbox: str, waiting: tuple[WaitingMail, ...], *, uidvalidity: str, now: float) -> None:
        """Write which mails are not through."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class MailboxState:
    """The state of the mailbox, for the health page."""

    ok: bool = False
    detail: str = "the mailbox was not opened yet"
    looked_at: float | None = None
    """When the server last named the unseen mails, epoch seconds."""
    waiting: int = 0
    """Mails that are not through."""


class ImapIngress:
    """One connection at a time in a separate thread; reconnects with growing pauses until `close`."""

    name = "imap"

    def __init__(
        self,
        *,
        settings: ImapSettings,
        depositor: MailStore,
        accepts: Callable[[str], bool],
        connect: Callable[[], ImapFolder],
        mailboxes: MailboxRows,
        spool: Spool,
        times: ImapTimes,
        env: Env,
    ) -> None:
        """`connect` makes a connection that is not opened yet; `accepts` decides whether a recipient is one of ours."""
        self._settings = settings
        self._connect = connect
        self._mailboxes = mailboxes
        self._times = times
        self._env = env
        self._memory = Memory()
        self._reconnects = Reconnects(first_seconds=times.first_pause)
        self._taker = Taker(
            depositor=depositor,
            accepts=accepts,
            address=settings.address,
            memory=self._memory,
            spool=spool,
            fetch_seconds=times.fetch,
            env=env,
        )
        self._window = MailWindow(0.0, settings.max_age_days * 86400.0)
        self._rescans = Rescans(rows=mailboxes, mailbox=settings.mailbox, env=env)
        self._watching: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._woken = asyncio.Event()
        """An operator asks for a look now."""
        self._folder: ImapFolder | None = None
        self._running: asyncio.Task[None] | None = None
        self._unstored = 0
        self._unlisted = 0
        self._asked_for: list[int] = []
        """Unseen mails of the days that an operator asks for."""
        self.state = MailboxState()

    async def start(self) -> None:
        """Begin to look for mail; a server that cannot be reached now is tried again."""
        self._running = asyncio.create_task(self._run(), name="imap")
        self._watching = asyncio.create_task(self._rescans.watch(self._stop, self._wake), name="imap rescans")

    def _wake(self) -> None:
        self._woken.set()
        if self._folder is not None:
            self._folder.wake()

    async def close(self) -> None:
        """Take no more mail; let the current one be stored and flagged, within a limit."""
        if self._running is None:
            return
        self._stop.set()
        self._wake()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        await asyncio.wait([self._running], timeout=self._times.close)
        self._running.cancel()
        await asyncio.wait([self._running])
        self._running = None

    async def _run(self) -> None:
        while not self._stop.is_set():
            refused = False
            try:
                await self._serve()
                continue
            except errors.MailboxRefused as error:
                refused, name, text = True, "imap.refused", f"the mailbox's server refuses the login: {error.message}"
            except errors.HermesError as error:
                name, text = "imap.deferred", f"the mailbox cannot be read now: {error.message}"
            except (
                Exception
            ) as error:  # nobody thought of it; the mails are still in the mailbox, and the gateway must live on
                log.exception("The mailbox cannot be read now.", extra={"action": "imap.failed"})
                name, text = "imap.failed", f"the mailbox cannot be read now: {type(error).__name__}: {error}"
            pause = self._reconnects.after(refused=refused, jitter=self._env.jitter(), now=self._env.clock())
            self.state = dataclasses.replace(self.state, ok=False, detail=text)
            self._say(name, f"{text}; tried again in {pause:.0f} s", {"seconds": round(pause, 1)})
            await self._wait(pause)

    async def _serve(self) -> None:
        """One connection, from its beginning until `close` or its end, which is raised."""
        row = await self._mailboxes.opened(self._settings.mailbox, now=self._env.now())
        first = row.since - IMAP_FIRST_START_SECONDS
        since = first if self._settings.since is None else self._settings.since.timestamp()
        self._window = dataclasses.replace(self._window, since=since)
        now = self._env.now()
        if (until := logins.rests_until(row.fruitless, now)) is not None:
            raise errors.MailboxRefused(
                f"{logins.LOGINS_MOST} logins in an hour did not open it; the next one is sent in {(until - now) / 60:.0f} minutes"
            )
        # Counted before it is sent: a process that is killed in it, again and again, has sent each of them.
        await self._mailboxes.login(self._settings.mailbox, now=now)
        self._folder = folder = self._connect()
        line = ImapConnection(folder, seconds=self._times.call)
        opened: float | None = None
        try:
            try:
                await line.do(folder.open)
            finally:
                if folder.login_sent:
                    self._reconnects.login(self._env.clock())
                else:
                    await self._not_fruitless(now)
            opened = self._env.clock()
            await self._not_fruitless(now)
            self._memory.enter(folder.uidvalidity, row)
            self._say("imap.opened", "the mailbox is open", {"idle": folder.can_idle})
            if not folder.keeps_flags:
                self._say("imap.flags_lost", "the server does not keep the flag \\Seen in this folder", {})
            await self._look_for_old(line)
            lost = 0
            while not self._stop.is_set():
                lost = await self._round(line, lost)
        finally:
            if opened is not None:
                self._reconnects.lasted(self._env.clock() - opened)
            self._folder = None
            await line.end()

    async def _not_fruitless(self, at: float) -> None:
        """Take back the count of a login; where that fails, it is one of the hour's."""
        try:
            await self._mailboxes.logged_in(self._settings.mailbox, at=at)
        except errors.HermesError as error:
            log.warning("A login stays counted: %s", error, extra={"action": "imap.untold"})

    async def _round(self, line: ImapConnection, lost: int) -> int:
        """Look for mail and take it, then wait for more. `lost` and the result: mails whose flag did not stay, so far."""
        began = self._env.clock()
        took, pause = await self._look(line)
        if (
            not pause and self._window.rescan is not None
        ):  # what is asked for in the middle of a look is for the next one
            await self._end_rescan()
        if self._memory.unflagged > lost:
            lost = self._memory.unflagged
            self._say("imap.flags_lost", f"{lost} mails that were marked as seen are unseen all the same", {})
        await self._tell()
        if self._stop.is_set():
            return lost
        due, now = self._memory.next_at(), self._env.now()
        most = self._settings.idle_seconds if line.folder.can_idle else self._settings.poll_seconds
        seconds = most if due is None else min(most, max(due - now, 0.05))
        if pause:
            await self._wait(pause)
        elif line.folder.can_idle:
            await line.do(line.folder.idle, seconds, seconds=seconds + self._times.call)
            if not line.folder.can_idle:
                self._say(
                    "imap.polled", f"the server ends IDLE; it is asked every {self._settings.poll_seconds:g} s", {}
                )
        else:
            await self._wait(seconds, self._woken)
        if not took:
            await self._wait(began + IMAP_ROUND_SECONDS - self._env.clock(), self._woken)
        return lost

    async def _look(self, line: ImapConnection) -> tuple[int, float]:
        """One look: the number of mails taken, and seconds to wait where something is wrong with the server or with our storage."""
        now = self._env.now()
        self._woken.clear()
        self._window = dataclasses.replace(self._window, rescan=self._rescans.open)
        try:
            unseen = await line.do(line.folder.unseen, self._window.criteria(now))
            old = self._window.rescanned()
            self._asked_for = await line.do(line.folder.unseen, old) if old else []
        except errors.MailWithheld as error:
            self._unlisted += 1
            if self._unlisted >= IMAP_WITHHELD_SEARCHES:
                self._unlisted = 0
                raise errors.MailboxUnavailable(f"IMAP: no search is answered: {error.message}") from error
            return 0, _pause(self._unlisted)
        self._unlisted = 0
        self.state = MailboxState(
            ok=True, detail="the mailbox is read", looked_at=self._env.now(), waiting=len(self._memory.waiting)
        )
        took = withheld = 0
        if self._window.rescan is not None and self._rescans.begins():
            self._rescans.count(again=self._memory.again(self._asked_for, now), old=len(self._asked_for))
        for uid in self._memory.due({*unseen, *self._asked_for}, now):
            if self._stop.is_set() or withheld >= IMAP_WITHHELD_MAILS:
                return took, _pause(1) if self._window.rescan else 0.0
            taken = await self._taker.take(line, uid, self._window)
            if taken is Taken.NOT_STORED:
                self._unstored += 1
                return took, _pause(self._unstored)
            self._unstored = 0
            took += taken is Taken.YES
            withheld = withheld + 1 if taken is Taken.NO else 0
        self.state = dataclasses.replace(self.state, waiting=len(self._memory.waiting))
        return took, 0.0

    async def _end_rescan(self) -> None:
        """All that an operator asked for was looked at, once; what could not be taken is named in the list of mails."""
        reason = self._window.why(None)
        self._memory.give_up(set(self._asked_for), reason, now=self._env.now())
        self._asked_for = []
        try:
            await self._rescans.done()
        except errors.HermesError as error:
            log.warning("The mailbox's row was not written: %s", error, extra={"action": "imap.untold"})

    async def _look_for_old(self, line: ImapConnection) -> None:
        """Find the mails that came since the first start and are too old by now: they are not carried out, and must be seen."""
        criteria = self._window.missed(self._env.now())
        found = {}
        try:
            unseen = await line.do(line.folder.unseen, criteria) if criteria else []
            for uid in unseen[-IMAP_OLD_MAILS:]:
                facts = await line.do(line.folder.facts, uid)
                too_old = self._window.is_too_old(facts.arrived_at, self._env.now())
                if too_old and (facts.arrived_at or 0.0) >= self._window.since:
                    found[uid] = facts
        except errors.MailWithheld:
            return  # the next connection asks again
        why = self._window.why(None)
        if added := self._memory.old(found, why, now=self._env.now()):
            self._say("imap.old", f"{len(added)} unseen mails are not carried out: {why}", {"mails": len(added)})
            for uid in added:
                await self._taker.name(line, uid)

    async def _tell(self) -> None:
        """Write which mails are not through; where that fails, the next round tries it."""
        if not self._memory.changed:
            return
        self._memory.changed = False
        try:
            await self._mailboxes.tell(
                self._settings.mailbox,
                tuple(self._memory.waiting),
                uidvalidity=self._memory.uidvalidity,
                now=self._env.now(),
            )
        except errors.HermesError as error:
            self._memory.changed = True
            log.warning("The mailbox's row was not written: %s", error, extra={"action": "imap.untold"})

    def _say(self, name: str, text: str, facts: dict[str, object]) -> None:
        self._env.emit(Event(name, self._env.now(), text, {"ingress": self.name, **facts}))

    async def _wait(self, seconds: float, *ends: asyncio.Event) -> None:
        """Until the time is over, or `close` or one of `ends` comes."""
        if seconds <= 0 or self._stop.is_set():
            return
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._env.sleep(seconds))]
        waits += [asyncio.ensure_future(one.wait()) for one in (self._stop, *ends)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()


def _pause(times: int) -> float:
    return min(IMAP_AGAIN_SECONDS, 2.0**times)
