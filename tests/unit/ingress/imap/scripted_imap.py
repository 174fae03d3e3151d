"""An IMAP server that follows a script: it serves a small mailbox correctly, but for what the script says.

A scenario is a few lines:

    server = ScriptedImap({7: Mail(RAW)}, [On("BODY", no("[UNAVAILABLE] try later"))])

Steps are `GREETING`, `CAPABILITY`, `LOGIN`, `AUTHENTICATE`, `ID`, `SELECT`, `SEARCH`, `FACTS` (size and date), `BODY`, `HEADER`, `STORE`,
`IDLE`, `DONE` and `LOGOUT`; with `uid` an entry holds for one mail. An entry takes the place of the right answer, `times` times or for
good.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

Fault = Callable[["Session", str], Awaitable[None]]
"""Answers a command, by its tag, in place of the server."""

DATE = "01-Mar-2026 12:00:00 +0000"
STEPS = (
    "GREETING", "CAPABILITY", "LOGIN", "SELECT", "SEARCH", "FACTS", "BODY", "STORE", "IDLE", "LOGOUT",
)  # fmt: skip


@dataclasses.dataclass
class Mail:
    """One mail of the mailbox."""

    raw: bytes
    size: int | None = None
    """What the server says of its size, if not the truth."""
    date: str = DATE
    seen: bool = False

    def is_within(self, search: str) -> bool:
        """Whether it came on the days that a SEARCH names."""
        day = _day(self.date[:11])
        since, before = (re.search(rf"{word} (\S+)", search) for word in ("SINCE", "BEFORE"))
        return (since is None or day >= _day(since[1])) and (before is None or day < _day(before[1]))


def _day(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(f"{text} +0000", "%d-%b-%Y %z")


@dataclasses.dataclass
class On:
    """One line of a script."""

    step: str
    fault: Fault
    times: int | None = 1
    """How often; None: for good."""
    uid: int | None = None


class Cut(Exception):
    """The connection ends here."""


def no(text: str = "not now") -> Fault:
    return _tagged("NO", text)


def bad(text: str = "what?") -> Fault:
    return _tagged("BAD", text)


def ok(*untagged: str) -> Fault:
    """OK, after these lines and nothing else."""

    async def answer(session: Session, tag: str) -> None:
        await session.write(*(f"* {line}" for line in untagged), f"{tag} OK done")

    return answer


def bye(text: str = "shutting down") -> Fault:
    async def answer(session: Session, tag: str) -> None:
        await session.write(f"* BYE {text}")
        raise Cut

    return answer


def raw(data: bytes) -> Fault:
    """These very bytes; a `%TAG%` among them is the command's."""

    async def answer(session: Session, tag: str) -> None:
        await session.send(data.replace(b"%TAG%", tag.encode()))

    return answer


def cut(data: bytes = b"") -> Fault:
    """These bytes, then nothing: the connection is gone."""

    async def answer(session: Session, tag: str) -> None:
        await session.send(data)
        raise Cut

    return answer


async def silence(session: Session, tag: str) -> None:
    """No answer."""
    await asyncio.Event().wait()


async def nonsense(session: Session, tag: str) -> None:
    """What no IMAP server says."""
    await session.send(b"\x00\xff}{ HTTP/1.1 400 Bad Request\r\n\r\n")


def _tagged(status: str, text: str) -> Fault:
    async def answer(session: Session, tag: str) -> None:
        await session.write(f"{tag} {status} {text}")

    return answer


class Session:
    """One connection of a client."""

    def __init__(self, server: ScriptedImap, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self._writer = writer
        self.idle_tag: str | None = None

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def write(self, *lines: str) -> None:
        await self.send("".join(f"{line}\r\n" for line in lines).encode("latin-1"))

    async def run(self) -> None:
        if (fault := self.server.fault("GREETING", None)) is not None:
            await fault(self, "*")
        else:
            await self.write(f"* OK {self.server.greeting}")
        while line := (await self.reader.readline()).decode("latin-1").rstrip("\r\n"):
            if line.upper() == "DONE":
                await self._do("DONE", None, self.idle_tag or "*", "")
                continue
            tag, _, command = line.partition(" ")
            step, uid = step_of(command)
            self.server.commands.append((step, uid))
            self.server.lines.append(command)
            if step in {"LOGIN", "AUTHENTICATE"}:
                self.server.logins.append(self.server.clock())
            await self._do(step, uid, tag, command)

    async def _do(self, step: str, uid: int | None, tag: str, command: str) -> None:
        if (fault := self.server.fault(step, uid)) is not None:
            await fault(self, tag)
            return
        match step:
            case "CAPABILITY":
                await self.write(f"* CAPABILITY {self.server.capabilities}")
            case "AUTHENTICATE":
                await self.write("+ ")
                self.server.secrets.append(await self.reader.readline())
            case "SELECT":
                await self._select()
            case "SEARCH":
                named = " ".join(str(uid) for uid in self.server.unseen if self.server.mails[uid].is_within(command))
                await self.write(f"* SEARCH {named}".rstrip())
            case "FACTS" | "BODY" | "HEADER" if uid in self.server.mails:
                await self._fetch(step, uid)
            case "STORE" if uid in self.server.mails and self.server.keeps_flags:
                self.server.mails[uid].seen = True
            case "IDLE":
                self.idle_tag = tag
                await self.write("+ idling")
                return
            case "LOGOUT":
                await self.write("* BYE bye", f"{tag} OK bye")
                raise Cut
            case _:
                pass
        await self.write(f"{tag} OK {self.server.selected if step == 'SELECT' else 'done'}")

    async def _select(self) -> None:
        await self.write(
            f"* {len(self.server.mails)} EXISTS",
            f"* OK [PERMANENTFLAGS ({self.server.permanent})] kept",
            f"* OK [UIDVALIDITY {self.server.uidvalidity}] valid",
        )

    async def _fetch(self, step: str, uid: int) -> None:
        mail = self.server.mails[uid]
        if step == "FACTS":
            size = len(mail.raw) if mail.size is None else mail.size
            await self.write(f'* 1 FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE "{mail.date}")')
            return
        name, data = ("BODY[]", mail.raw) if step == "BODY" else ("BODY[HEADER]", mail.raw.partition(b"\r\n\r\n")[0])
        await self.send(b"* 1 FETCH (UID %d %b {%d}\r\n%b)\r\n" % (uid, name.encode(), len(data), data))


def step_of(command: str) -> tuple[str, int | None]:
    """The step that a command is, and the mail that it is about."""
    upper = command.upper()
    if (match := re.match(r"UID (FETCH|STORE) (\d+) (.*)", upper)) is None:
        return ("SEARCH" if upper.startswith("UID SEARCH") else upper.partition(" ")[0]), None
    kind = "STORE" if match[1] == "STORE" else "FACTS" if "RFC822.SIZE" in match[3] else "BODY"
    return ("HEADER" if "[HEADER]" in match[3] else kind), int(match[2])


class ScriptedImap:
    """The mailbox, what became of it, and the script."""

    def __init__(self, mails: dict[int, Mail] | None = None, script: Iterable[On] = (), *, idle: bool = True) -> None:
        self.mails = mails or {}
        self.script = list(script)
        self.greeting = "ready"
        self.capabilities = "IMAP4rev1 ID" + (" IDLE" if idle else "")
        self.selected = "[READ-WRITE] selected"
        self.permanent = r"\Seen \Deleted \*"
        self.uidvalidity = 5
        self.keeps_flags = True
        self.port = 0
        self.connections = 0
        self.clock: Callable[[], float] = time.monotonic
        self.logins: list[float] = []
        """When each came, by the clock."""
        self.commands: list[tuple[str, int | None]] = []
        self.lines: list[str] = []
        self.secrets: list[bytes] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._sessions: set[Session] = set()

    @property
    def unseen(self) -> list[int]:
        return [uid for uid, mail in self.mails.items() if not mail.seen]

    @property
    def seen(self) -> list[int]:
        return [uid for uid, mail in self.mails.items() if mail.seen]

    def count(self, step: str, uid: int | None = None) -> int:
        """How often a command came."""
        return sum(one == step and uid in (None, about) for one, about in self.commands)

    def fault(self, step: str, uid: int | None) -> Fault | None:
        for entry in self.script:
            if entry.step == step and entry.uid in (None, uid) and entry.times != 0:
                entry.times = None if entry.times is None else entry.times - 1
                return entry.fault
        return None

    async def tell(self, *lines: str) -> None:
        """Say something to every client that is there."""
        for session in list(self._sessions):
            await session.write(*lines)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[ScriptedImap]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = int(server.sockets[0].getsockname()[1])
        try:
            yield self
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        session = Session(self, reader, writer)
        self._sessions.add(session)
        try:
            await session.run()
        except (Cut, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._sessions.discard(session)
            self._tasks.discard(task)
            writer.close()
