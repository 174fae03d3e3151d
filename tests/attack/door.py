"""What the attacks on the door share: ways in as a child process, clients of any address, and the owner who writes meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

from hermes import ids
from tests.attack import busy, door_child
from tests.forks import Forks, Program

OURS = "site@hermes.test"
OWNER = "anna@people.test"
MIB = 1024 * 1024
#: A line of a mail, as long as lines commonly are.
LINE = b"x" * 76 + b"\r\n"
MAIL = b"From: anna@people.test\r\nTo: site@hermes.test\r\nSubject: Hello\r\n\r\nPlease.\r\n"


class Door:
    """A running child."""

    def __init__(self, process: Program | asyncio.subprocess.Process, ports: dict[str, int]) -> None:
        self._process = process
        self.ports = ports
        self._clients: list[Client] = []

    async def connect(self, way: str, address: str = "127.200.0.1") -> Client:
        """A connection that is closed with the door."""
        client = await Client.to(self.ports[way], address)
        self._clients.append(client)
        return client

    async def connect_all(self, way: str, count: int) -> list[Client]:
        """So many connections, each from a network of its own."""
        return [await self.connect(way, address) for address in itertools.islice(addresses(), count)]

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        await asyncio.sleep(0)

    async def owner_writes(self) -> tuple[str, float]:
        """An owner's mail by SMTP, from the connection to the answer; how long it took."""
        took = self.watch()
        client = await self.connect("smtp")
        said = await client.begin()
        if said[:3] == "354":
            client.writer.write(MAIL)
            said = await client.say(".")
        client.close()
        self._clients.remove(client)
        return said, took()

    def watch(self) -> Callable[[], float]:
        """Seconds from now on, as `busy.watch` counts them."""
        return busy.watch(self._process.pid)

    @property
    def rss_mib(self) -> float:
        """Its resident memory now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    @property
    def peak_mib(self) -> float:
        """The most it ever had since `reset_peak`."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def reset_peak(self) -> None:
        """Measure the peak from now on."""
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5", encoding="ascii")

    @property
    def cpu_seconds(self) -> float:
        """Its processor time until now."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def open_files(self) -> int:
        """Its open files."""
        return len(os.listdir(f"/proc/{self._process.pid}/fd"))


@contextlib.asynccontextmanager
async def running(folder: Path, endpoint_url: str, forks: Forks | None, **sections: Any) -> AsyncIterator[Door]:
    """A door whose spool is in the folder: a fork, or an interpreter of its own."""
    spool = folder / "spool"
    spool.mkdir()
    settings = {
        "prefix": f"t{ids.new_id()[:8]}",
        "aws": {
            "endpoint_url": endpoint_url,
            "access_key": "test",
            "secret_key": "test",
            "bucket": f"hermes-{ids.new_id()[:8]}",
        },
        "projects": [
            {
                "client": "demo",
                "project": "site",
                "repository": "/nowhere",
                "addresses": [OURS],
                "owners": [OWNER],
                "agent": {"kind": "patch"},
            }
        ],
        "smtp_ingress": {"enabled": True, "port": 0},
        **sections,
    }
    settings["ingress_limits"] = {
        "spool_folder": str(spool),
        "trusted_networks": [],
        **settings.get("ingress_limits", {}),
    }
    words = (door_child.__name__, json.dumps({"settings": settings}))
    ours, theirs = socket.socketpair()
    process: Program | asyncio.subprocess.Process
    with theirs, tempfile.TemporaryFile() as errors:
        streams = (theirs.fileno(), theirs.fileno(), errors.fileno())
        if forks is not None:
            process = await forks.start(*words, streams=streams)
        else:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *words, stdin=streams[0], stdout=streams[1], stderr=streams[2]
            )
    reader, line = await asyncio.open_connection(sock=ours)
    try:
        async with asyncio.timeout(60):
            said = await reader.readline()
        assert said, "the door did not open"
        house = Door(process, json.loads(said))
        try:
            yield house
        finally:
            await house.close()
    finally:
        line.close()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def addresses(*, second: int = 1) -> Iterator[str]:
    """Loopback addresses, each in a network (/24) of its own."""
    return (f"127.{second + number // 250}.{number % 250 + 1}.7" for number in itertools.count())


class Client:
    """One connection from an address."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, port: int, address: str = "127.200.0.1") -> Client:
        async with asyncio.timeout(60):
            return cls(*await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0)))

    async def answer(self, seconds: float = 60) -> str:
        """The last line of an answer; empty where the server has hung up."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    line = (await self.reader.readline()).decode().rstrip()
                except ConnectionError:
                    return ""
                if line[3:4] != "-":
                    return line

    async def say(self, line: str) -> str:
        self.writer.write(line.encode() + b"\r\n")
        return await self.answer()

    async def begin(self, recipient: str = OURS, hello: str = "EHLO") -> str:
        """From the greeting to the answer to DATA, or the first answer that is none of yes."""
        commands = [f"{hello} client", f"MAIL FROM:<{OWNER}>", f"RCPT TO:<{recipient}>", "DATA"]
        said = await self.answer()
        for command in commands:
            if said[:1] != "2":
                return said
            said = await self.say(command)
        return said

    async def send(self, size: int, *, pause: float = 0.0) -> None:
        """About so many bytes of lines; a server that hangs up ends it."""
        chunk = LINE * (64 * 1024 // len(LINE))
        with contextlib.suppress(ConnectionError):
            for _ in range(size // len(chunk)):
                self.writer.write(chunk)
                await self.writer.drain()
                if pause:
                    await asyncio.sleep(pause)

    def close(self) -> None:
        self.writer.transport.abort()
