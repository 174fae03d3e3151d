"""A mailbox's server wants the gateway's memory, threads or time: endless greetings, lines and literals, floods, lies about sizes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from hermes.config.ingress_settings import ImapSettings
from hermes.ingress.imap.folder import ImapFolder
from hermes.ingress.imap.ingress import ImapIngress, ImapTimes
from hermes.ingress.spool import Spool
from tests.attack import door
from tests.attack.conftest import Doorway
from tests.attack.table import Figures
from tests.env import quiet
from tests.eventually import eventually
from tests.unit.ingress.deposits import Deposits
from tests.unit.ingress.imap.reading import Rows

SLACK_MIB = 60.0
GOOD = b"From: anna@people.test\r\nTo: site@hermes.test\r\nSubject: Hello\r\n\r\nPlease.\r\n"

Misbehave = Callable[["Server", asyncio.StreamWriter], Awaitable[None]]


class Server:
    """An IMAP server with one mail of uid 7 and, once that is left or seen, one of uid 8; at one place it misbehaves."""

    def __init__(self, place: str, misbehave: Misbehave, *, size: int = len(GOOD)) -> None:
        self._place = place
        self._misbehave = misbehave
        self._size = size
        self.connections = 0
        self.sent = 0
        self.seen: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()
        self.sent += len(data)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._place == "greeting":
            await self._misbehave(self, writer)
        await self.write(writer, b"* OK ready\r\n")
        while line := (await reader.readline()).decode():
            tag, _, command = line.strip().partition(" ")
            await self._answer(command.upper(), writer)
            await self.write(writer, f"{tag} OK done\r\n".encode())

    async def _answer(self, command: str, writer: asyncio.StreamWriter) -> None:
        if self._place != "greeting" and command.startswith(self._place):
            await self._misbehave(self, writer)
        elif command.startswith("CAPABILITY"):
            await self.write(writer, b"* CAPABILITY IMAP4rev1\r\n")
        elif command.startswith("SELECT"):
            await self.write(writer, b"* 2 EXISTS\r\n* OK [UIDVALIDITY 5] ok\r\n")
        elif command.startswith("UID SEARCH"):
            left = " ".join(uid for uid in ("7", "8") if uid not in self.seen)
            await self.write(writer, f"* SEARCH {left}\r\n".encode())
        elif command.startswith("UID STORE"):
            self.seen.append(command.split()[2])
        elif "RFC822.SIZE" in command:
            await self.write(writer, f"* 1 FETCH (UID {command.split()[2]} RFC822.SIZE {self._size})\r\n".encode())
        elif "BODY.PEEK" in command:
            uid = command.split()[2].encode()
            await self.write(writer, b"* 1 FETCH (UID %b BODY[] {%d}\r\n%b)\r\n" % (uid, len(GOOD), GOOD))


async def endless_line(server: Server, writer: asyncio.StreamWriter) -> None:
    for _ in range(100):
        await server.write(writer, b"x" * door.MIB)


async def flood(server: Server, writer: asyncio.StreamWriter) -> None:
    while True:
        await server.write(writer, b"* 1 EXISTS\r\n* 3 FETCH (FLAGS (\\Seen))\r\n" * 2000)


async def four_gigabytes(server: Server, writer: asyncio.StreamWriter) -> None:
    await server.write(writer, b"* 1 FETCH (UID 7 BODY[] {4294967296}\r\n")
    while True:
        await server.write(writer, b"x" * door.MIB)


async def many_literals(server: Server, writer: asyncio.StreamWriter) -> None:
    while True:
        await server.write(writer, b"* 1 FETCH (UID 7 BODY[] {1048576}\r\n" + b"x" * door.MIB + b")\r\n")


async def silence(server: Server, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def trickle(server: Server, writer: asyncio.StreamWriter) -> None:
    while True:
        await server.write(writer, b"*")
        await asyncio.sleep(0.05)


async def trickling_literal(server: Server, writer: asyncio.StreamWriter) -> None:
    await server.write(writer, b"* 1 FETCH (UID 7 BODY[] {20000000}\r\n")
    await trickle(server, writer)


async def shorter_literal(server: Server, writer: asyncio.StreamWriter) -> None:
    await server.write(writer, b"* 1 FETCH (UID 7 BODY[] {10}\r\n" + GOOD + b")\r\n")


MEMORY = [
    ("greeting", endless_line),
    ("LOGIN", flood),
    ("SELECT", flood),
    ("UID SEARCH", endless_line),
    ("UID FETCH 7 (BODY", four_gigabytes),
    ("UID FETCH 7 (BODY", many_literals),
    ("UID FETCH 7 (RFC822", many_literals),
]


@pytest.mark.parametrize(("place", "misbehave"), MEMORY, ids=lambda one: getattr(one, "__name__", one))
async def test_for_the_gateways_memory(
    doorway: Doorway, place: str, misbehave: Misbehave, large: bool, figures: Figures
) -> None:
    server = Server(place, misbehave)
    async with server.listening() as port:
        settings = {
            "enabled": True,
            "host": "127.0.0.1",
            "port": port,
            "security": "none",
            "username": "u",
            "password": "p",
            "address": door.OURS,
        }
        async with doorway(imap_ingress=settings) as house:
            before = house.rss_mib
            await eventually(lambda: server.connections >= 2, seconds=40)
            said, seconds = await house.owner_writes()
            figures.add("sent_mib", server.sent / door.MIB)
            figures.add("before_mib", before)
            figures.add("peak_mib", house.peak_mib)
            figures.add("owner_seconds", seconds)

            assert said[:3] == "250"
            assert house.peak_mib <= before + SLACK_MIB


TIME = [
    ("greeting", silence),
    ("greeting", trickle),
    ("LOGIN", trickle),
    ("UID SEARCH", silence),
    ("UID FETCH 7 (BODY", trickling_literal),
    ("UID STORE", silence),
]


@pytest.mark.parametrize(("place", "misbehave"), TIME, ids=lambda one: getattr(one, "__name__", one))
async def test_for_the_gateways_time_and_threads(place: str, misbehave: Misbehave) -> None:
    server = Server(place, misbehave)
    async with server.listening() as port:
        ingress = ingress_of(port, Deposits())
        await ingress.start()
        # A mail over which the connection broke is not tried again at once.
        await eventually(lambda: server.connections >= (3 if "FETCH" in place else 4), seconds=30)

        assert sum(thread.name.startswith("imap") for thread in threading.enumerate()) <= 2
        await asyncio.wait_for(ingress.close(), 60)


async def test_a_mail_whose_size_was_a_lie_is_left_and_the_next_one_taken() -> None:
    server = Server("UID FETCH 7 (BODY", four_gigabytes)
    deposits = Deposits()
    async with server.listening() as port:
        ingress = ingress_of(port, deposits)
        await ingress.start()
        await eventually(lambda: server.seen == ["8"], seconds=30)
        await asyncio.wait_for(ingress.close(), 60)

    assert list(deposits.objects.values()) == [GOOD]


async def test_a_literal_that_is_shorter_than_what_comes_ends_the_connection_and_the_next_mail_is_taken() -> None:
    server = Server("UID FETCH 7 (BODY", shorter_literal)
    deposits = Deposits()
    async with server.listening() as port:
        ingress = ingress_of(port, deposits)
        await ingress.start()
        await eventually(lambda: "8" in server.seen, seconds=30)
        await asyncio.wait_for(ingress.close(), 60)

    assert GOOD in deposits.objects.values()


def ingress_of(port: int, deposits: Deposits) -> ImapIngress:
    settings = ImapSettings(
        enabled=True,
        host="127.0.0.1",
        port=port,
        security="none",
        username="u",
        password="p",
        address=door.OURS,
        poll_seconds=1,
        idle_seconds=1,
    )
    return ImapIngress(
        settings=settings,
        depositor=deposits.depositor,
        accepts=lambda recipient: recipient == door.OURS,
        connect=lambda: ImapFolder(settings),
        mailboxes=Rows(),
        spool=Spool(),
        times=ImapTimes(call=0.4, fetch=0.4, first_pause=0.05),
        env=quiet(jitter=lambda: 0.5),
    )
