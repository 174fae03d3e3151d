"""Rows: how soon something new is there: a gateway, a worker, the first answer of a new thread, with and without the pool.

The floor is a Python that does by hand what each of them cannot do without: it loads aiobotocore, makes the clients of SQS, DynamoDB and
S3, and calls each once. It is started anew before each turn, on the same machine and emulator.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from hermes import ids
from hermes.app import gateway as composition
from hermes.local import project
from tests.bench.ground import SITE, Ground
from tests.bench.passes import Passes
from tests.bench.people import People
from tests.bench.processes import child
from tests.bench.table import Figure, Figures

#: What a floor takes on a machine that does nothing else, in seconds: the targets in seconds are divided by it.
FLOOR_SECONDS: Final = 0.4
#: In seconds, on such a machine.
TARGETS: Final = {
    "gateway start → takes mail": 1.0,
    "worker start → ready": 0.8,
    "first answer of a new thread, with the pool": 1.2,
    "first answer of a new thread, without the pool": 2.5,
}
_SECONDS = 60.0
_LOOK_SECONDS = 0.01
_TURN_SECONDS = 3.0
"""Between two turns: what the last one has left is over, and the pool is full again."""


async def measure(passes: Passes) -> Figures:
    """Each row is the median of its turns."""
    turns = passes.scale.starts
    figures: Figures = {}
    async with starts(passes.ground) as these:
        ways = (these.gateway, these.worker, these.first_answer_with_the_pool, these.first_answer_without_the_pool)
        for (row, seconds), way in zip(TARGETS.items(), ways, strict=True):
            floors, found = [], []
            for _ in range(turns):
                floors.append(await these.floor())
                found.append(await way())
            ratio = statistics.median(one / floor for one, floor in zip(found, floors, strict=True))
            best = f"best {min(found):.2f} s, floor {min(floors):.2f} s"
            times = f"{statistics.median(found):.2f} s, floor {statistics.median(floors):.2f} s; {best}"
            note = f"{times}; {turns} each, by turns; {seconds:g} s where a floor takes {FLOOR_SECONDS:g} s"
            figures[f"{row}, × floor"] = Figure(ratio, seconds / FLOOR_SECONDS, note=note)
    return figures


@dataclasses.dataclass(kw_only=True)
class Starts:
    """A deployment with a pool and one without; each first answer is to a person who had no worker before."""

    ground: Ground
    records: composition.Records
    settings: dict[str, Any]
    pooled: tuple[child.Child, People]
    bare: tuple[child.Child, People]

    async def floor(self) -> float:
        """Seconds of the floor's process, from its start to its end."""
        given = self.settings["aws"]
        begun = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _FLOOR, json.dumps([given["endpoint_url"], given["bucket"], self.records.places.inbound]),
            env={"PATH": os.environ["PATH"], "HOME": str(self.ground.folder), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"},
        )  # fmt: skip
        assert await process.wait() == 0
        return time.monotonic() - begun

    async def gateway(self) -> float:
        """From the start of `hermes serve` until its SMTP server greets."""
        port, file = _free_port(), self.ground.folder / "serve.json"
        given = self.settings | {"smtp_ingress": {"enabled": True, "port": port, "trust_loopback": True}}
        environment = {
            f"HERMES_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in given.items()
        }
        begun = time.monotonic()
        with file.with_suffix(".log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "hermes", "serve", stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "HOME": str(self.ground.folder), **environment},
            )  # fmt: skip
        try:
            return await _until(lambda: _greets(port)) - begun
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def worker(self) -> float:
        """From the start of a worker's process, which no pool had, until its record says that it is ready."""
        people, person = self.bare[1], _person()
        letter = await people.write(person, "Change the title")
        await people.post(letter)
        key = ids.container_key("acme", "site", person)
        begun = 0.0

        async def ready() -> bool:
            nonlocal begun
            record = await self.records.containers.get(key)
            if record is not None and record.task_arn and not begun:
                begun = time.monotonic() - max(0.0, time.time() - record.launched_at)
            return record is not None and record.alive

        return await _until(ready) - begun

    async def first_answer_with_the_pool(self) -> float:
        """From the pointer on the inbound queue to the last byte of the reply; a worker waits for its key."""
        gateway, people = self.pooled
        await _until(lambda: _loaded(gateway))
        return await _answered(people)

    async def first_answer_without_the_pool(self) -> float:
        """The same where the worker is started for it."""
        return await _answered(self.bare[1])


@contextlib.asynccontextmanager
async def starts(ground: Ground) -> AsyncIterator[Starts]:
    """Two deployments, each with a gateway that has answered once."""
    repository = ground.folder / "starts.git"
    await asyncio.to_thread(project.create, repository)
    made: dict[str, Any] = {}
    async with contextlib.AsyncExitStack() as stack:
        for name, pool in (("pooled", 1), ("bare", 0)):
            given = ground.settings(name)
            given["launcher"]["local"] |= {"pool": pool}
            given["projects"][0] |= {"repository": str(repository), "agent": {"kind": "command", "argv": ["/bin/true"]}}
            records = await ground.records(given)
            gateway = await stack.enter_async_context(
                child.start("gateway", ground.folder / f"{name}.log", config=given)
            )
            people = People(records=records, sink=ground.sink, persons=[], site=SITE)
            made[name] = (gateway, people)
            await _answered(people)
        yield Starts(ground=ground, records=records, settings=given, **made)


async def _answered(people: People) -> float:
    letter = await people.write(_person(), "Change the title")
    begun, ended = await people.ask(letter)
    await asyncio.sleep(_TURN_SECONDS)
    return ended - begun


async def _loaded(gateway: child.Child) -> bool:
    return bool((await gateway.ask())["loaded"])


async def _greets(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    try:
        return await reader.read(3) == b"220"
    finally:
        writer.close()


async def _until(there: Callable[[], Awaitable[bool]]) -> float:
    """When it was there."""
    async with asyncio.timeout(_SECONDS):
        while not await there():  # noqa: ASYNC110 - another process makes it so
            await asyncio.sleep(_LOOK_SECONDS)
    return time.monotonic()


def _person() -> str:
    return f"{ids.new_id()[:12].lower()}@people.test"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


#: The program of the floor.
_FLOOR = (Path(__file__).parents[1] / "processes" / "start_floor.py").read_text(encoding="utf-8")
