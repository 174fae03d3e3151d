"""Rows: what the embedded AWS's journal costs a call, its start with many items, and what old rows cost.

A turn is a handful of calls as one command makes them: a transaction, an update, a read, a message sent, received and deleted. Two
emulators take the same turns one after the other; their processor time is beside the ratio of the times.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import socket
import sqlite3
import statistics
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from hermes.aws import clients, provision
from hermes.aws.queues import Queues
from hermes.aws.resource_names import TABLES, ResourceNames
from hermes.local.durable import journal, rows
from hermes.local.durable.rows import StoreRow
from hermes.local.emulator import Emulator
from hermes.local.signature import Key
from tests.bench.passes import Passes
from tests.bench.processes.child import ROOT
from tests.bench.table import Figure, Figures

#: Calls one at a time, 16 at once, and a start with 100,000 items.
ALONE, TOGETHER, START_SECONDS = 1.5, 1.2, 3.0
#: With old rows, against none: the time of a call alone, and calls in a time with 16 at once.
OLD_TIME, OLD_RATE = 1.2, 0.85
#: The tables that grow with each command.
NOUNS: Final = ("mails", "threads", "sessions", "commands", "outbox")
_AT_ONCE: Final = 16
_KEY: Final = Key("test", "test")
_KEEP_SECONDS: Final = 90 * 86_400
_STARTED_SECONDS: Final = 600.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """One emulator, with Hermes' tables and queues."""

    clients: clients.Clients
    inbound: str
    pid: int

    async def turn(self, name: str) -> None:
        """The calls of a command."""
        made = {"command_id": {"S": name}, "due_shard": {"S": "0"}, "due": {"N": "1"}, "text": {"S": "x" * 600}}
        mail = {"mail_id": {"S": name}, "text": {"S": "x" * 200}}
        writes = [
            {"Put": {"TableName": _NAMES.table("mails"), "Item": mail}},
            {"Put": {"TableName": _NAMES.table("commands"), "Item": made}},
        ]
        which = {"TableName": _NAMES.table("commands"), "Key": {"command_id": {"S": name}}}
        await self.clients.dynamodb.transact_write_items(TransactItems=writes)
        await self.clients.dynamodb.update_item(
            **which, UpdateExpression="SET tries = :one", ExpressionAttributeValues={":one": {"N": "1"}}
        )
        await self.clients.dynamodb.get_item(**which)
        await self.clients.sqs.send_message(QueueUrl=self.inbound, MessageBody="x" * 300)
        got = await self.clients.sqs.receive_message(QueueUrl=self.inbound, MaxNumberOfMessages=1)
        for message in got.get("Messages", []):
            await self.clients.sqs.delete_message(QueueUrl=self.inbound, ReceiptHandle=message["ReceiptHandle"])

    def cpu(self) -> float:
        """The processor seconds that the emulator has taken, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(passes: Passes) -> Figures:
    """Medians over turns that alternate."""
    scale, folder = passes.scale, passes.ground.folder
    figures: Figures = {}
    async with durable(folder / "with") as kept, bare(folder / "without") as free:
        for count, row, target in ((1, "one at a time", ALONE), (_AT_ONCE, f"{_AT_ONCE} at once", TOGETHER)):
            value, note = await _compared(kept, free, count, scale.journal_turns)
            figures[f"journal: calls {row}, × without it"] = Figure(value, target, note=note)
    await _fill(folder / "old", scale.old_rows)
    begun = time.monotonic()
    async with durable(folder / "old", seconds=_STARTED_SECONDS) as old, durable(folder / "new") as new:
        cpu, items = old.cpu(), scale.old_rows * len(NOUNS)
        note = f"processor time for {items} items was {cpu:.1f} s; {time.monotonic() - begun:.1f} s by the clock"
        figures["journal: start with 100,000 items, s"] = Figure(cpu * 100_000 / items, START_SECONDS, note=note)
        value, note = await _compared(old, new, 1, scale.journal_turns)
        figures["old rows: a call alone, × empty"] = Figure(value, OLD_TIME, note=note)
        value, note = await _compared(old, new, _AT_ONCE, scale.journal_turns)
        figures[f"old rows: calls/s, {_AT_ONCE} at once, × empty"] = Figure(1 / value, OLD_RATE, "at least", note=note)
    return figures


async def _compared(one: Place, other: Place, count: int, turns: int) -> tuple[float, str]:
    """The median of the ratios one / other of the times of a turn."""
    each = max(2, 32 // count)
    seconds: tuple[list[float], list[float]] = ([], [])
    cpu = [0.0, 0.0]
    for turn in range(turns + 1):
        for number, place in enumerate((one, other)):
            begun, before = time.monotonic(), place.cpu()
            await asyncio.gather(*(_several(place, f"{count}-{turn}-{lane}", each) for lane in range(count)))
            if turn:  # the first one warms up
                seconds[number].append((time.monotonic() - begun) / (each * count))
                cpu[number] += (place.cpu() - before) / (each * count * turns)
    ratio = statistics.median(a / b for a, b in zip(*seconds, strict=True))
    times = " and ".join(f"{statistics.median(found) * 1e3:.1f}" for found in seconds)
    spent = f"processor time {cpu[0] * 1e3:.1f} and {cpu[1] * 1e3:.1f} ms, {cpu[0] / cpu[1]:.2f} ×"
    return ratio, f"{times} ms for six or seven calls; the emulator's {spent}; {turns} turns each"


async def _several(place: Place, name: str, count: int) -> None:
    for number in range(count):
        await place.turn(f"{name}-{number}")


async def _fill(folder: Path, count: int) -> None:
    """A state with so many rows in each table, as commands of long ago leave them."""
    async with durable(folder):
        pass
    await asyncio.to_thread(_write, folder / journal.FILE, count)


def _write(file: Path, count: int) -> None:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("BEGIN")
        for noun in NOUNS:
            owner = rows.name("000000000000", "eu-central-1", _NAMES.table(noun))
            for number in range(count):
                name = f"old-{number * 7919 % count:06d}"
                item = {
                    "session_id": {"S": f"session-{number % 5000}"}, "state": {"S": "succeeded"}, "created_at": {"N": "1"},
                    TABLES[noun]: {"S": name}, "text": {"S": "x" * 400},
                }  # fmt: skip
                row, doc = StoreRow("item", owner, rows.name(name, "__no_sort__")), rows.dumps(item)
                database.execute(
                    "INSERT INTO rows (kind, owner, key, expires, crc, doc) VALUES (?, ?, ?, ?, ?, ?)",
                    (*row, time.time() + _KEEP_SECONDS, rows.checksum(row, doc), doc),
                )
        database.execute("COMMIT")


@contextlib.asynccontextmanager
async def durable(folder: Path, *, seconds: float = 60.0) -> AsyncIterator[Place]:
    """The emulator as Hermes starts it."""
    emulator = Emulator(state=folder, environment=os.environ, key=_KEY, start_seconds=seconds)
    async with emulator, _place(emulator.endpoint_url, emulator.pid or 0) as place:
        yield place


@contextlib.asynccontextmanager
async def bare(folder: Path) -> AsyncIterator[Place]:
    """The same without a journal."""
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening, (folder / "log").open("wb") as log:
        port = listening.getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.processes.emulator", str(listening.fileno()),
            stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, pass_fds=[listening.fileno()], cwd=ROOT,
            env={
                "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "GATEWAY_PORT": str(port), "MINISTACK_HOST": "127.0.0.1",
                "SERVICES": "dynamodb,s3,sqs,sns,ses", "PERSIST_STATE": "0", "STATE_DIR": str(folder), "LOG_LEVEL": "WARNING",
                "SFTP_ENABLED": "0", "IOT_MTLS_ENABLED": "0",
            },
        )  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(json.dumps([_KEY.access, _KEY.secret]).encode() + b"\n")
        try:
            async with _place(f"http://127.0.0.1:{port}", process.pid) as place:
                yield place
        finally:
            process.stdin.close()
            await process.wait()


@contextlib.asynccontextmanager
async def _place(url: str, pid: int) -> AsyncIterator[Place]:
    given: dict[str, Any] = {"region": "eu-central-1", "access_key": _KEY.access, "secret_key": _KEY.secret}
    async with clients.connect(endpoint_url=url, **given) as made:
        await provision.provision(clients=made, names=_NAMES, bucket="journal-mail", region=given["region"])
        found = await provision.find(queues=Queues(polls=made.polls, client=made.sqs), names=_NAMES)
        yield Place(clients=made, inbound=found.inbound, pid=pid)


_NAMES: Final = ResourceNames("journal")
