"""A worker over an emulator: its container, its repository, and commands that are accepted for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hermes.app import worker
from hermes.aws import provision
from hermes.domain import wire
from hermes.domain.commands import Command, Origin
from hermes.domain.containers import Container, ContainerState, LaunchRequest, QueueSet
from hermes.domain.interrupts import InterruptReason
from hermes.domain.request import CommandType
from hermes.domain.sessions import Session
from hermes.worker import service
from hermes.worker.config import WorkerConfig
from tests.env import quiet
from tests.integration import stand
from tests.unit.worker.origin import Origin as Repository

KEY = "acme#site#anna"
CONTROL_TOKEN = "t" * 43
SESSION = "acme-site-abc12345"
BRANCH = "thread-abc12345"
TIMES = service.WorkerTimes(idle=2.0, heartbeat=0.4, input_poll=1, interrupt_poll=1, drain=30.0, register=5.0)
WRITE = "open('index.html', 'w').write('<h1>Hello</h1>\\n')\n"
WAIT = 'import os, time; os.write(3, b\'{"progress": "half"}\\n\'); time.sleep(60)\n'


@dataclass
class Bench:
    aws: stand.Stand
    queue_set: QueueSet
    repository: Repository
    folder: Path
    outputs: list[wire.Started | wire.Progress | wire.ResultMessage]

    def environ(self, script: str, *, gen: int = 1, task: str = "task-1") -> dict[str, str]:
        given = {
            "CONTAINER_KEY": KEY,
            "GEN": str(gen),
            "TASK_ID": task,
            "INPUT_QUEUE_URL": self.queue_set.input_url,
            "INTERRUPT_QUEUE_URL": self.queue_set.interrupts_url,
            "OUTPUT_QUEUE_URL": self.queue_set.output_url,
            "TABLE_PREFIX": self.aws.prefix,
            "BUCKET": self.aws.bucket,
            "REGION": stand.REGION,
            "ENDPOINT_URL": self.aws.endpoint.url,
            "WORKSPACE": str(self.folder / "workspace"),
            "REPOSITORY_URL": self.repository.url,
            "AGENT": json.dumps({"kind": "command", "argv": [sys.executable, "-u", "-c", script]}),
            "WALLS": json.dumps({"sandbox": "off"}),  # its agents tell of themselves by files and pids outside
            "STOP_SCHEDULE": json.dumps({"interrupt": 0.2, "term": 0.5, "kill": 0.8}),
            "IDLE_SECONDS": "2",
            "CONTROL_TOKEN": CONTROL_TOKEN,
        }
        return {**os.environ, **{f"HERMES_WORKER_{name}": value for name, value in given.items()}}

    async def launch(self, gen: int = 1) -> Container:
        seen = await self.aws.containers.get(KEY)
        request = LaunchRequest(container_key=KEY, gen=gen, token=f"token{gen}", environment={})
        return await self.aws.containers.begin_launch(seen, request=request, owner="gateway", now=time.time(), lease=30)

    async def accept(
        self,
        seq: int = 1,
        *,
        session: str = SESSION,
        instruction: str = "Please change the title",
        upto: int = 0,
        rank: float | None = None,
    ) -> Command:
        thread = session.rsplit("-", 1)[-1]
        context = wire.CommandContext(branch=f"thread-{thread}", author_name="Anna", author_email="anna@example.org")
        command = Command(
            command_id=f"{thread}-{seq}-{os.getpid()}",
            session_id=session,
            container_key=KEY,
            mail_id=f"mail-{thread}-{seq}",
            seq=seq,
            type=CommandType.EDIT,
            instruction=instruction,
            context=context,
            origin=Origin(author="anna@example.org", address="site@agent.example.com"),
            accepted_at=time.time(),
            rank=rank,
        )
        if await self.aws.sessions.get(session) is None:
            row = Session(
                session_id=session,
                thread_id=thread,
                client="acme",
                project="site",
                container_key=KEY,
                owner="anna@example.org",
                participants=("anna@example.org",),
                address="site@agent.example.com",
                branch=f"thread-{thread}",
                interrupt_upto=upto,
                created_at=time.time(),
                updated_at=time.time(),
            )
            await self.aws.tables.put(self.aws.sessions.begin(row))
        await self.aws.tables.put(self.aws.commands.accept(command))
        return command

    async def send(self, command: Command, attempt: int = 1) -> None:
        container = await self.aws.containers.get(KEY)
        assert container is not None
        message = wire.CommandMessage(
            command_id=command.command_id,
            session_id=command.session_id,
            seq=command.seq,
            attempt=attempt,
            type=command.type,
            instruction=command.instruction,
            chat_thread_id="abc12345",
            context=command.context,
        )
        await self.aws.queues.send(
            self.queue_set.input_url,
            message.encode(),
            group=command.session_id,
            deduplication=f"{command.command_id}:{attempt}:{time.time()}",
        )

    async def interrupt(self, below: int, by: str = "newer", session: str = SESSION) -> None:
        message = wire.InterruptMessage(
            session_id=session,
            below_seq=below,
            reason=InterruptReason.PRIORITY_OVERRIDE,
            interrupted_by=by,
            timestamp="2026-01-01T00:00:00Z",
        )
        await self.aws.queues.send(self.queue_set.interrupts_url, message.encode())

    @contextlib.asynccontextmanager
    async def serving(self, script: str, **more: int | str) -> AsyncIterator[tuple[asyncio.Event, asyncio.Task[int]]]:
        environ = self.environ(script, **more)  # type: ignore[arg-type]
        stop = asyncio.Event()
        running = asyncio.create_task(worker.serve(WorkerConfig.read(environ), environ, stop, quiet(), TIMES))
        try:
            yield stop, running
        finally:
            stop.set()
            async with asyncio.timeout(60):
                await running

    async def until(
        self, fits: Callable[[wire.Started | wire.Progress | wire.ResultMessage], bool], seconds: float = 40
    ) -> wire.Started | wire.Progress | wire.ResultMessage:
        """The first output that fits, of those not looked at yet or yet to come."""
        async with asyncio.timeout(seconds):
            while True:
                for found in self.outputs:
                    if fits(found):
                        return found
                for received in await self.aws.queues.receive(self.queue_set.output_url, wait_seconds=1):
                    self.outputs.append(wire.read_output(received.body))
                    await self.aws.queues.delete(self.queue_set.output_url, [received.receipt])

    async def result(self, command: Command) -> wire.ResultMessage:
        found = await self.until(lambda o: isinstance(o, wire.ResultMessage) and o.command_id == command.command_id)
        assert isinstance(found, wire.ResultMessage)
        return found

    async def halfway(self) -> None:
        await self.until(lambda o: isinstance(o, wire.Progress) and o.message == "half")

    async def container(self) -> Container:
        found = await self.aws.containers.get(KEY)
        assert found is not None
        return found

    async def state(self) -> ContainerState:
        return (await self.container()).state

    async def left(self) -> int:
        return len(await self.aws.queues.receive(self.queue_set.input_url, wait_seconds=1))


@pytest.fixture
async def bench(aws: stand.Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", stand.ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", stand.SECRET_KEY)
    repository = Repository(tmp_path / "origin")
    repository.write("main", {"index.html": "<h1>Welcome</h1>\n"}, "First")
    queue_set = await provision.create_queue_set(
        queues=aws.queues, names=aws.names, places=aws.places, key=KEY, now=time.time()
    )
    return Bench(aws, queue_set, repository, tmp_path, [])
