"""A gateway in a process of its own, which says what it costs: memory, lateness of its loop, processor time. Run by `measured`.

On standard input it gets its settings as one line of JSON and then a line for each measurement that is wanted; each answer is a line of
JSON about the time since the one before.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from hermes.app import gateway as composition
from hermes.app import intake
from hermes.config import loading as config
from hermes.ingress.resolver import Resolver
from hermes.launch.fake import FakeLauncher
from tests import env
from tests.attack import busy
from tests.forks import Forks, Program

_LOOK_SECONDS = 0.005


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """What the gateway's own process cost since the last look; its children are not in it."""

    rss_mb: float
    """Memory now."""
    peak_mb: float
    """The most memory that it had."""
    lag_ms: float
    """The latest that its loop came to a timer."""
    cpu_seconds: float


class Measured:
    """The process, from outside."""

    def __init__(self, process: Program, said: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        self._process = process
        self._said = said
        self._line = line

    async def cost(self) -> Cost:
        """What it cost since the last time."""
        self._line.write(b"cost\n")
        async with asyncio.timeout(60):
            line = await self._said.readline()
        assert line, "the gateway has ended"
        return Cost(**json.loads(line))

    def watch(self) -> Callable[[], float]:
        """Seconds from now on, as `busy.watch` counts them."""
        return busy.watch(self._process.pid)

    @property
    def lives(self) -> bool:
        """Whether it was not killed."""
        return self._process.returncode is None


@contextlib.asynccontextmanager
async def measured(forks: Forks, settings: dict[str, Any], dns_port: int) -> AsyncIterator[Measured]:
    """A gateway with these settings (`config.parse` takes them), which asks the name server on this port of loopback."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await forks.start("tests.attack.measured_gateway", streams=(theirs.fileno(), theirs.fileno(), 2))
    said, line = await asyncio.open_connection(sock=ours)
    try:
        line.write(json.dumps({"settings": settings, "dns_port": dns_port}).encode() + b"\n")
        found = Measured(process, said, line)
        await found.cost()
        yield found
    finally:
        line.close()
        process.kill()
        await process.wait()


async def _main() -> None:
    loop = asyncio.get_running_loop()
    given = json.loads(await asyncio.to_thread(sys.stdin.readline))
    # Its resolver, and the launcher that the configuration would name.
    of_intake: Any = intake
    seams: Any = composition
    of_intake.Resolver = lambda: Resolver(servers=("127.0.0.1",), port=given["dns_port"])
    seams.launcher = lambda config, clients, **_: FakeLauncher()
    late = 0.0

    async def look() -> None:
        nonlocal late
        while True:
            before, used = loop.time(), time.process_time()
            await asyncio.sleep(_LOOK_SECONDS)
            # A machine that has other things to do makes it late too; what it did itself meanwhile, in any thread, is what counts.
            late = max(late, min(loop.time() - before - _LOOK_SECONDS, time.process_time() - used))

    async with composition.gateway(config.parse(given["settings"]), env=env.quiet()) as gateway:
        stop = asyncio.Event()
        running = [asyncio.create_task(gateway.service.run(stop)), asyncio.create_task(look())]
        used = time.process_time()
        while await asyncio.to_thread(sys.stdin.readline):
            status = Path("/proc/self/status").read_text(encoding="ascii")
            memory = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith("Vm")}
            cost = Cost(
                rss_mb=int(memory["VmRSS"]) / 1024,
                peak_mb=int(memory["VmHWM"]) / 1024,
                lag_ms=late * 1000,
                cpu_seconds=time.process_time() - used,
            )
            print(json.dumps(dataclasses.asdict(cost)), flush=True)
            # The peak begins anew.
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
            late, used = 0.0, time.process_time()
        del running
        os._exit(0)


if __name__ == "__main__":
    asyncio.run(_main())
