"""Takes one mail out of the mailbox: it is stored whole, and only then marked as seen; what fails is remembered by UID, with the reason."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import logging
from collections.abc import Callable
from typing import Final

from hermes import errors, limits
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.mailboxes import Waiting, WaitingMail
from hermes.ingress import envelope
from hermes.ingress.imap.agreement import Agreement, Content, agreement, content
from hermes.ingress.imap.answers import MailFacts
from hermes.ingress.imap.connection import ImapConnection
from hermes.ingress.imap.memory import MailTrouble, Memory
from hermes.ingress.imap.window import MailWindow
from hermes.ingress.mail_store import MailStore
from hermes.ingress.spool import Body, Spool
from hermes.mail.parse import address

#: Of the header of a mail that is too large; a longer one than is read is stored, so that the reader refuses it for its length.
_HEADER_BYTES: Final = 4 * limits.HEADER_BYTES

log = logging.getLogger(__name__)


class Taken(enum.Enum):
    """What became of one mail."""

    YES = "yes"
    """It is stored and marked, or is never to be taken."""
    NO = "no"
    """The server did not give it."""
    NOT_STORED = "not_stored"
    """Hermes cannot store mail now, whichever it is."""


class Taker:
    """Takes mails, one at a time."""

    def __init__(
        self,
        *,
        depositor: MailStore,
        accepts: Callable[[str], bool],
        address: str,
        memory: Memory,
        spool: Spool,
        fetch_seconds: float,
        env: Env,
    ) -> None:
        """`address` is the recipient of a mail that names none of ours; `fetch_seconds` bounds the transfer of one mail."""
        self._depositor = depositor
        self._accepts = accepts
        self._address = address
        self._memory = memory
        self._spool = spool
        self._fetch_seconds = fetch_seconds
        self._env = env

    async def take(self, line: ImapConnection, uid: int, window: MailWindow) -> Taken:
        """Store one mail, then flag it: in this order, whatever happens between.

        Raises `errors.HermesError` where the connection is no longer usable.
        """
        facts: MailFacts | None = None
        try:
            if self._memory.is_checked(uid):
                return await self._mark(line, uid)
            facts = await line.do(line.folder.facts, uid)
            now = self._env.now()
            if window.is_too_old(facts.arrived_at, now):
                self._leave(uid, Waiting.TOO_OLD, window.why(facts.arrived_at), facts)
                await self.name(line, uid)
                return Taken.YES
            if facts.size is not None and facts.size > limits.MAIL_BYTES:
                return await self._too_large(line, uid, facts)
            arrived_at = facts.arrived_at if window.asked_for(facts.arrived_at, now) else None
            return await self._whole(line, uid, facts, arrived_at)
        except errors.MailWithheld as error:
            if self._failed(uid, MailTrouble.REFUSED, error.message, facts).state is Waiting.ASIDE:
                await self.name(line, uid)
            return Taken.NO
        except errors.MailboxUnavailable as error:
            self._failed(uid, MailTrouble.BROKEN, error.message, facts)
            raise
        except errors.Refused as error:
            self._leave(uid, Waiting.TOO_LARGE, f"{error.message}, although it announced fewer", facts)
            raise errors.MailboxUnavailable("IMAP: the server sends more than it announced") from error
        except errors.HermesError:
            raise
        except Exception as error:  # nobody thought of it; the other mails are not to wait for this one
            log.exception("A mail cannot be taken.", extra={"action": "imap.failed", "uid": uid})
            self._failed(uid, MailTrouble.BROKEN, f"{type(error).__name__}: {error}", facts)
            return Taken.NO

    async def _whole(self, line: ImapConnection, uid: int, facts: MailFacts, arrived_at: float | None) -> Taken:
        body = self._spool.body()
        try:
            found = await self._fetch(line, uid, body)
            said = agreement(found, facts.size, estimates=line.folder.estimates)
            if said is Agreement.DOUBTFUL and not self._memory.is_stored(uid, found.digest):
                body.discard()
                body, before = self._spool.body(), found
                found = await self._fetch(line, uid, body)
                said = Agreement.WHOLE if found.digest == before.digest else Agreement.DIFFERENT
            if said is Agreement.DIFFERENT:
                text = f"the server says that it has {facts.size} bytes, and gives {found.size}"
                facts = _with_names(facts, body.head(limits.HEADER_BYTES))
                self._failed(uid, MailTrouble.BROKEN, text, facts)
                return Taken.NO
            if not self._memory.is_stored(uid, found.digest) and not await self._store(body, len(body), arrived_at):
                return Taken.NOT_STORED
        finally:
            body.discard()
        self._memory.stored(uid, found.digest)
        return await self._mark(line, uid)

    async def _mark(self, line: ImapConnection, uid: int) -> Taken:
        try:
            await line.do(line.folder.mark_seen, uid)
        except errors.MailWithheld as error:
            self._failed(uid, MailTrouble.REFUSED, f"it is stored, but not marked as seen: {error.message}", None)
            return Taken.NO
        self._memory.flagged(uid, self._env.now())
        return Taken.YES

    async def _too_large(self, line: ImapConnection, uid: int, facts: MailFacts) -> Taken:
        """Store the header with the size of the whole: enough to record the mail, and to tell its author."""
        body = self._spool.body()
        try:
            if not (await self._fetch(line, uid, body, part="HEADER", most=_HEADER_BYTES)).size:
                raise errors.MailWithheld("the server gives no header of it")
            facts = _with_names(facts, body.head(limits.HEADER_BYTES))
            if not await self._store(body, facts.size or 0):
                return Taken.NOT_STORED
        finally:
            body.discard()
        self._leave(uid, Waiting.TOO_LARGE, f"{facts.size} bytes; the limit is {limits.MAIL_BYTES}", facts)
        return Taken.YES

    async def _fetch(
        self, line: ImapConnection, uid: int, body: Body, *, part: str = "", most: int | None = None
    ) -> Content:
        loop = asyncio.get_running_loop()

        def sink(chunk: bytes) -> None:
            # The spool is the event loop's; a chunk that it does not take in time ends the fetch, as a silent server does.
            asyncio.run_coroutine_threadsafe(body.write(chunk), loop).result(self._fetch_seconds)

        def fetch() -> None:
            line.folder.raw(uid, sink, part=part, most=limits.MAIL_BYTES if most is None else most)

        await line.do(fetch, seconds=self._fetch_seconds)
        body.finish()
        found: Content = await self._spool.in_thread(content, body)
        return found

    async def name(self, line: ImapConnection, uid: int) -> None:
        """Note who a mail that waits is from, and its subject, where the server gives its header. Raises as `take` does."""
        if self._memory.is_named(uid):
            return
        body = self._spool.body()
        try:
            await self._fetch(line, uid, body, part="HEADER", most=_HEADER_BYTES)
            named = _with_names(MailFacts(None, None), body.head(limits.HEADER_BYTES))
            self._memory.named(uid, named.author, named.subject)
        except errors.MailWithheld:
            return
        finally:
            body.discard()

    async def _store(self, body: Body, size: int, arrived_at: float | None = None) -> bool:
        found = envelope.of(body.head(limits.HEADER_BYTES))
        try:
            await self._depositor.deposit(
                body,
                recipients=envelope.recipients(found, accepts=self._accepts, default=self._address),
                sender=envelope.sender(found),
                ingress="imap",
                whole_size=size,
                arrived_at=arrived_at,
            )
        except errors.HermesError as error:
            # Also what AWS refuses for good (a missing bucket, no access): the operator mends it while the mail waits in the mailbox.
            self._say("imap.unstored", f"a mail in the mailbox cannot be stored now: {error.message}", {})
            return False
        return True

    def _failed(self, uid: int, trouble: MailTrouble, reason: str, facts: MailFacts | None) -> WaitingMail:
        now = self._env.now()
        found = self._memory.failed(uid, trouble, reason, now=now, facts=facts)
        aside = found.state is Waiting.ASIDE
        until = f"tried again in {max(0.0, (found.next_at or now) - now):.0f} s"
        text = f"mail {uid} of the mailbox {'is set aside' if aside else 'is not taken'}, {until}: {found.reason}"
        self._say("imap.set_aside" if aside else "imap.withheld", text, _facts(found))
        return found

    def _leave(self, uid: int, state: Waiting, reason: str, facts: MailFacts | None) -> None:
        found = self._memory.leave(uid, state, reason, now=self._env.now(), facts=facts)
        name = "imap.old" if state is Waiting.TOO_OLD else "imap.left"
        self._say(name, f"mail {uid} stays unseen in the mailbox: {found.reason}", _facts(found))

    def _say(self, name: str, text: str, facts: dict[str, object]) -> None:
        self._env.emit(Event(name, self._env.now(), text, {"ingress": "imap", **facts}))


def _with_names(facts: MailFacts, header: bytes) -> MailFacts:
    found = envelope.of(header)
    authors = address.recipients_of(found.get("From"))
    return dataclasses.replace(
        facts,
        author=next(iter(authors), "")[: limits.PHRASE_CHARS],
        subject=found.get("Subject")[: limits.PHRASE_CHARS],
    )


def _facts(found: WaitingMail) -> dict[str, object]:
    return {"uid": found.uid, "tries": found.tries, "state": found.state.value}
