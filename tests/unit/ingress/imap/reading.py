"""An ImapIngress over a scripted server: what it stores and says, with a clock of the test's where hours pass."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import Any

from hermes.config.ingress_settings import ImapSettings
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.mailboxes import MailboxRecord, Rescan, WaitingMail
from hermes.https.access_tokens import AccessTokens
from hermes.ingress.imap.folder import ImapFolder
from hermes.ingress.imap.ingress import ImapIngress, ImapTimes
from hermes.ingress.spool import Spool
from tests.env import quiet
from tests.unit.ingress.deposits import Deposits
from tests.unit.ingress.imap.scripted_imap import ScriptedImap

OURS = "site@hermes.test"
#: 2026-03-01, noon: the day of the scripted server's mails.
NOON = 1772366400.0


def mail(number: int = 1, *, text: str = "Please.") -> bytes:
    return (
        f"From: anna@people.test\r\nTo: {OURS}\r\nMessage-ID: <{number}@people.test>\r\nSubject: Hello\r\n\r\n{text}\r\n"
    ).encode()


class Clock:
    """Time that passes only while somebody waits for it, and no further than the test allows."""

    def __init__(self, *, seconds: float = float("inf")) -> None:
        self.passed = 0.0
        self._most = seconds
        self._more = asyncio.Event()

    def allow(self, seconds: float) -> None:
        """Let so much pass from now."""
        self._most = self.passed + seconds
        self._more.set()

    def now(self) -> float:
        return NOON + 60 + self.passed

    def clock(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        until = self.passed + seconds
        await asyncio.sleep(0)
        while until > self._most:
            self._more.clear()
            await self._more.wait()
        self.passed = max(self.passed, until)


class Rows:
    """The rows of mailboxes, in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, MailboxRecord] = {}

    async def opened(self, mailbox: str, *, now: float) -> MailboxRecord:
        return self.rows.setdefault(mailbox, MailboxRecord(container_key=mailbox, since=now))

    async def login(self, mailbox: str, *, now: float) -> None:
        self._count(mailbox, (*self.rows[mailbox].fruitless, now))

    async def logged_in(self, mailbox: str, *, at: float) -> None:
        self._count(mailbox, tuple(one for one in self.rows[mailbox].fruitless if one != at))

    def _count(self, mailbox: str, logins: tuple[float, ...]) -> None:
        self.rows[mailbox] = self.rows[mailbox].model_copy(update={"fruitless": logins})

    async def tell(self, mailbox: str, waiting: Sequence[WaitingMail], *, uidvalidity: str, now: float) -> None:
        changed = {"waiting": tuple(waiting), "uidvalidity": uidvalidity, "updated_at": now}
        self.rows[mailbox] = self.rows[mailbox].model_copy(update=changed)

    async def get(self, mailbox: str) -> MailboxRecord | None:
        return self.rows.get(mailbox)

    async def rescanned(self, mailbox: str, rescan: Rescan) -> None:
        self.rows[mailbox] = self.rows[mailbox].model_copy(update={"rescan": rescan})

    @property
    def waiting(self) -> dict[int, WaitingMail]:
        return {one.uid: one for row in self.rows.values() for one in row.waiting}


@dataclasses.dataclass
class Reading:
    """What a test looks at."""

    server: ScriptedImap
    ingress: ImapIngress
    deposits: Deposits
    rows: Rows
    events: list[Event]
    clock: Clock | None

    @property
    def stored(self) -> list[bytes]:
        return list(self.deposits.objects.values())

    def said(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]


#: Of a server that answers all: a busy machine is not taken for a silent one.
PATIENT = ImapTimes(call=60.0, fetch=60.0, first_pause=0.05, close=5.0)


@contextlib.asynccontextmanager
async def reading(
    server: ScriptedImap,
    *,
    clock: Clock | None = None,
    rows: Rows | None = None,
    deposits: Deposits | None = None,
    times: ImapTimes | None = None,
    **settings: Any,
) -> AsyncIterator[Reading]:
    """Started; without a clock it waits in earnest, with short pauses."""
    events: list[Event] = []
    held, mailboxes = deposits or Deposits(), rows or Rows()
    env: Env = quiet(emit=events.append, jitter=lambda: 0.5, now=lambda: NOON + 60)
    if clock is not None:
        server.clock = clock.clock
        env = dataclasses.replace(env, now=clock.now, clock=clock.clock, sleep=clock.sleep)
    async with server.listening():
        given: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "security": "none", "address": OURS}
        given |= {"enabled": True, "username": "u", "password": "p", "poll_seconds": 1, "idle_seconds": 60, **settings}
        wanted = ImapSettings.model_validate(given)
        tokens = AccessTokens(wanted.oauth, clock=env.clock) if wanted.oauth else None
        ingress = ImapIngress(
            settings=wanted,
            depositor=held.depositor,
            accepts=lambda recipient: recipient == OURS,
            connect=lambda: ImapFolder(wanted, tokens),
            mailboxes=mailboxes,
            spool=Spool(),
            times=times or ImapTimes(call=0.5, fetch=0.5, first_pause=0.05, close=5.0),
            env=env,
        )
        await ingress.start()
        try:
            yield Reading(server, ingress, held, mailboxes, events, clock)
        finally:
            await ingress.close()
