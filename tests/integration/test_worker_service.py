"""The worker against queues and tables: its life, claims, interrupts, stops, restarts and fencing."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from hermes import errors
from hermes.app import worker
from hermes.aws import provision
from hermes.aws.records.active_jobs import ActiveJobs
from hermes.aws.records.preemptions import Preemptions
from hermes.domain import lifecycle, wire
from hermes.domain.commands import Command, CommandState, CommandType, Origin
from hermes.domain.containers import Container, ContainerState, LaunchRequest, QueueSet
from hermes.domain.decisions.preemption import Preemption
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.sessions import Session
from hermes.process import becoming, descendants
from hermes.worker import service
from hermes.worker.config import WorkerConfig
from tests.attack.trapping import worker_python
from tests.env import quiet
from tests.eventually import eventually
from tests.integration import stand
from tests.unit.worker.origin import Origin as Repository

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

KEY = "acme#site#anna"
CONTROL_TOKEN = "t" * 43
SESSION = "acme-site-abc12345"
BRANCH = "thread-abc12345"
TIMES = service.Times(idle=2.0, heartbeat=0.4, input_poll=1, interrupt_poll=1, drain=30.0, register=5.0)
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
            "LADDER": json.dumps({"interrupt": 0.2, "term": 0.5, "kill": 0.8}),
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
            context=context.model_dump_json(by_alias=True),
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
            context=wire.CommandContext.model_validate_json(command.context),
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


async def test_a_command_is_claimed_carried_out_reported_and_deleted(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(WRITE) as (_stop, running):
        result = await bench.result(command)
        assert result.success
        assert bench.repository.show(BRANCH, "index.html") == "<h1>Hello</h1>"
        record = await bench.aws.commands.get(command.command_id)
        assert record is not None
        assert (record.state, record.claimed_gen) == (CommandState.RUNNING, 1)
        assert any(isinstance(output, wire.Started) for output in bench.outputs)
        assert await running == service.STOPPED  # idle stop
    assert await bench.state() is ContainerState.STOPPED
    assert await bench.left() == 0
    assert result.log_key is not None
    assert await bench.aws.objects.exists(result.log_key)


async def test_a_report_repeats_the_nonce_of_the_record_though_an_older_gateway_sent_none(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.aws.tables.put(
        bench.aws.commands.accept(command.model_copy(update={"command_id": "n", "nonce": "secret"}))
    )
    await bench.send(command.model_copy(update={"command_id": "n"}))
    async with bench.serving(WRITE):
        await bench.until(lambda output: isinstance(output, wire.ResultMessage))
    assert {output.nonce for output in bench.outputs} == {"secret"}
    record = await bench.aws.commands.get("n")
    assert record is not None
    assert record.repeats_nonce


async def test_an_interrupt_from_the_queue_stops_what_is_below_it_and_nothing_else(bench: Bench) -> None:
    await bench.launch()
    old, other = await bench.accept(1), await bench.accept(1, session="acme-site-zz")
    await bench.send(old)
    async with bench.serving(f"{WRITE}{WAIT}") as (stop, _running):
        await bench.halfway()
        await bench.interrupt(1, by="late")  # for something older
        await bench.send(other)
        await bench.until(
            lambda o: isinstance(o, wire.Progress) and o.command_id == other.command_id and o.message == "half"
        )
        await bench.interrupt(2)
        result = await bench.result(old)
        assert (result.interrupted, result.interrupted_by, result.pushed) == (True, "newer", True)
        assert not any(isinstance(o, wire.ResultMessage) and o.command_id == other.command_id for o in bench.outputs)
        stop.set()
        shut = await bench.result(other)
    assert shut.retryable
    assert bench.repository.log(BRANCH)[0].startswith("Partial work")


async def test_a_running_command_is_seen_and_stopped_over_the_control_on_loopback(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    path = bench.folder / "workspace" / "runtime" / "control.json"
    async with bench.serving(f"{WRITE}{WAIT}"):
        await bench.halfway()
        assert path.stat().st_mode & 0o077 == 0
        control = json.loads(path.read_text())
        assert set(control) == {"url"}
        assert control["url"].startswith("http://127.0.0.1:")
        active = ActiveJobs(tables=bench.aws.tables, names=bench.aws.names)
        (job,) = await active.of(KEY, now=time.time())
        assert (job.command_id, job.session_id, job.type) == (command.command_id, SESSION, "edit")
        assert await active.of(KEY, now=job.expires_at) == []
        beaten = (await bench.container()).heartbeat_at or 0.0

        async def refreshed() -> bool:
            (again,) = await active.of(KEY, now=time.time())
            beats = ((await bench.container()).heartbeat_at or 0.0) > beaten
            return beats and again.expires_at > job.expires_at and again.began_at == job.began_at

        await eventually(refreshed)  # with the heartbeat, for as long as it runs
        assert await bench.state() is ContainerState.BUSY
        async with aiohttp.ClientSession(control["url"]) as client:
            async with client.get("/api/status") as answer:
                assert answer.status == 401
            client.headers["Authorization"] = f"Bearer {CONTROL_TOKEN}"
            async with client.get("/api/status") as answer:
                (shown,) = await answer.json()
            assert shown["executionId"] == f"{command.command_id}.1"
            assert [step["step"] for step in shown["steps"]] == ["workspace", "attachments", "agent"]
            async with client.post("/api/interrupt/nobody") as answer:
                assert answer.status == 404
            stop = {"message": "Enough."}
            async with client.post(f"/api/interrupt/{command.command_id}.1", json=stop) as answer:
                assert (await answer.json())["accepted"]
        result = await bench.result(command)
    assert (result.interrupted, result.error, result.pushed) == (True, "Enough.", True)
    assert not path.exists()
    assert await active.of(KEY, now=time.time()) == []


async def test_the_record_stops_a_command_whose_interrupt_message_is_lost(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(f"{WRITE}{WAIT}"):
        await bench.halfway()
        record = await bench.aws.commands.get(command.command_id)
        assert record is not None
        why = Interruption(
            reason=InterruptReason.USER_CANCELLED, message="Stopped.", interrupted_by="mail-9", requested_at=1.0
        )
        await bench.aws.commands.step(lifecycle.interrupt(record, why, now=1.0, timing=lifecycle.TIMING))
        result = await bench.result(command)
    assert result.interrupt_reason is InterruptReason.USER_CANCELLED
    assert result.interrupted_by == "mail-9"


async def test_a_newer_mail_of_another_thread_goes_first_though_no_message_says_so(bench: Bench) -> None:
    await bench.launch()
    running, waits = await bench.accept(rank=1.0), await bench.accept(session="acme-site-zz", rank=2.0)
    await bench.send(running)
    async with bench.serving(f"{WRITE}{WAIT}"):
        await bench.halfway()
        level = Preemption(container_key=KEY, order=3.0, by_session="acme-site-new", by_command="newer", at=1.0)
        await bench.aws.tables.put(Preemptions(tables=bench.aws.tables, names=bench.aws.names).raise_to(level))
        result = await bench.result(running)  # its heartbeat reads the level
        assert (result.interrupt_reason, result.interrupted_by) == (InterruptReason.PRIORITY_OVERRIDE, "newer")
        assert (result.pushed, result.never_started) == (True, False)
        await bench.send(waits)

        async def gone() -> bool:
            found = await bench.aws.queues.attributes(bench.queue_set.input_url)
            return found["ApproximateNumberOfMessages"] == found["ApproximateNumberOfMessagesNotVisible"] == "0"

        await eventually(gone, seconds=20)  # the gateway sends it again when the newer one is done
    record = await bench.aws.commands.get(waits.command_id)
    assert record is not None
    assert record.state is CommandState.ACCEPTED
    assert not any(o.command_id == waits.command_id for o in bench.outputs)


async def test_a_command_below_its_sessions_watermark_never_starts(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept(1, upto=2)
    await bench.send(command)
    async with bench.serving(WRITE):
        result = await bench.result(command)
    assert (result.interrupted, result.never_started) == (True, True)
    assert bench.repository.branches() == ["main"]


async def test_a_message_that_comes_twice_runs_once_and_is_reported_again(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(f"{WRITE}open('count', 'a').write('x')\n"):
        first = await bench.result(command)
        bench.outputs.clear()
        await bench.send(command)
        assert await bench.result(command) == first
    assert bench.repository.show(BRANCH, "count") == "x"


async def test_older_attempts_unknown_commands_and_noise_disturb_nobody(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    ghost = command.model_copy(update={"command_id": "ghost"})
    await bench.send(command, attempt=0)
    await bench.send(ghost)
    await bench.aws.queues.send(bench.queue_set.input_url, "no json", group="x", deduplication="x")
    await bench.send(command)
    async with bench.serving(WRITE):
        assert (await bench.result(command)).success
        parked: set[str] = set()
        async with asyncio.timeout(60):
            while len(parked) < 2:
                for received in await bench.aws.queues.receive(bench.aws.places.dead_fifo, wait_seconds=1):
                    parked.add(received.attributes["reason"][:20])
                    await bench.aws.queues.delete(bench.aws.places.dead_fifo, [received.receipt])
    assert parked == {"no record knows this", "command message cann"}


async def test_sessions_run_beside_each_other(bench: Bench) -> None:
    await bench.launch()
    commands = [await bench.accept(1, session=f"acme-site-s{n}") for n in range(3)]
    for command in commands:
        await bench.send(command)
    meet = f"""
import os, time
open({str(bench.folder)!r} + '/here-' + os.path.basename(os.path.dirname(os.getcwd())), 'w')
end = time.time() + 20
while time.time() < end and len([n for n in os.listdir({str(bench.folder)!r}) if n.startswith('here-')]) < 3: time.sleep(.05)
open('met', 'w').write(str(time.time() < end))
"""
    async with bench.serving(meet):
        for command in commands:
            assert (await bench.result(command)).success
    assert bench.repository.show("thread-s0", "met") == "True"


async def test_no_more_sessions_run_beside_each_other_than_may(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HERMES_WORKER_MAX_SESSIONS", "2")
    await bench.launch()
    commands = [await bench.accept(1, session=f"acme-site-s{n}") for n in range(4)]
    for command in commands:
        await bench.send(command)
    count = f"""
import os, time
here = {str(bench.folder)!r} + '/at-once'
os.makedirs(here, exist_ok=True)
mine = os.path.join(here, str(os.getpid()))
open(mine, 'w')
time.sleep(.4)
open('seen', 'w').write(str(len(os.listdir(here))))
os.unlink(mine)
"""
    async with bench.serving(count):
        for command in commands:
            assert (await bench.result(command)).success
    seen = {bench.repository.show(f"thread-s{n}", "seen") for n in range(4)}
    assert seen <= {"1", "2"}
    assert "2" in seen


async def test_a_newer_generation_fences_the_worker_which_saves_aside_and_says_nothing(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(f"{WRITE}{WAIT}") as (_stop, running):
        await bench.halfway()
        await give_up(bench)
        await bench.launch(gen=2)
        async with asyncio.timeout(60):
            assert await running == service.FENCED
    for received in await bench.aws.queues.receive(bench.queue_set.output_url, wait_seconds=1):
        bench.outputs.append(wire.read_output(received.body))
    assert not any(isinstance(output, wire.ResultMessage) for output in bench.outputs)
    assert [name for name in bench.repository.branches() if name.startswith("hermes/side/")]
    assert BRANCH not in bench.repository.branches()


async def give_up(bench: Bench) -> None:
    """As the sweeper does; the heartbeat between its look and its write makes it look again."""
    async with asyncio.timeout(60):
        while True:
            found = await bench.aws.containers.get(KEY)
            assert found is not None
            try:
                await bench.aws.containers.lost(found, reason="test")
                return
            except errors.ConditionFailed:
                continue


async def test_a_worker_of_a_past_generation_exits_at_once(bench: Bench) -> None:
    await bench.launch()
    async with bench.serving(WRITE, gen=7) as (_stop, running):
        assert await running == service.FENCED


# ── as a process ───────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.asynccontextmanager
async def a_process(bench: Bench, script: str) -> AsyncIterator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hermes.app.worker", env=bench.environ(script), start_new_session=True
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


async def test_sigterm_saves_reports_and_leaves_nothing_running(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with a_process(bench, f"{WRITE}{WAIT}") as child:
        await bench.halfway()
        child.terminate()
        async with asyncio.timeout(60):
            assert await child.wait() == 0
    result = await bench.result(command)
    assert (result.retryable, result.pushed, result.interrupt_reason) == (True, True, InterruptReason.SYSTEM_SHUTDOWN)
    assert await bench.state() is ContainerState.STOPPED
    assert descendants.marked(command.command_id) == frozenset()
    assert await bench.left() == 0


async def test_a_killed_worker_restarted_in_place_saves_and_reports_once(bench: Bench) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with a_process(bench, f"{WRITE}{WAIT}") as child:
        await bench.halfway()
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
    async with a_process(bench, f"{WRITE}{WAIT}") as child:
        result = await bench.result(command)
        child.terminate()
        async with asyncio.timeout(60):
            assert await child.wait() == 0
    assert (result.retryable, result.pushed) == (True, True)
    assert descendants.marked(command.command_id) == frozenset()
    assert bench.repository.log(BRANCH)[0].startswith("Partial work")


@pytest.mark.parametrize("point", ["workspace.kept", "agent.ended", "push.done", "command.run", "command.reported"])
async def test_a_worker_killed_between_two_steps_goes_on_behind_the_last_one(bench: Bench, point: str) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    script = f"{WRITE}open({str(bench.folder / 'runs')!r}, 'a').write('x')\n"
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.dying_worker", point, env=bench.environ(script), start_new_session=True
    )
    async with asyncio.timeout(60):
        assert await dying.wait() == -signal.SIGKILL
    begun = time.time()

    async def registered() -> bool:
        found = await bench.aws.containers.get(KEY)
        return found is not None and found.ready_at is not None and found.ready_at > begun

    async with a_process(bench, script) as child:
        result = await bench.result(command)
        await eventually(registered, seconds=30)
        child.terminate()
        async with asyncio.timeout(60):
            assert await child.wait() == 0
    assert (result.success, result.pushed) == (True, True)
    assert (bench.folder / "runs").read_text() == "x"
    assert len(bench.repository.log(BRANCH)) == 2
    others = [o for o in bench.outputs if isinstance(o, wire.ResultMessage) and o != result]
    assert others == []


async def test_it_works_as_pid_1(bench: Bench) -> None:
    probe = ["unshare", "--pid", "--fork", "true"]
    if shutil.which("unshare") is None or subprocess.run(probe, check=False).returncode != 0:  # noqa: ASYNC221
        pytest.skip("no process namespaces here")
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    argv = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable, "-m", "hermes.app.worker"]
    holder = "import subprocess; subprocess.Popen(['setsid', 'sleep', '60'])\n"
    outer = await asyncio.create_subprocess_exec(
        *argv, env=bench.environ(f"{WRITE}{holder}{WAIT}"), start_new_session=True
    )
    try:
        await bench.halfway()
        (inner,) = [stat for stat in descendants.stats().values() if stat.parent == outer.pid]
        os.kill(inner.pid, signal.SIGTERM)
        async with asyncio.timeout(60):
            assert await outer.wait() == 0
    finally:
        if outer.returncode is None:
            os.killpg(outer.pid, signal.SIGKILL)
            await outer.wait()
    assert (await bench.result(command)).retryable


async def test_orphans_of_an_agent_become_the_workers_and_are_reaped(bench: Bench) -> None:
    """As process 1 does; here as a subreaper, which needs no namespace."""
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    orphan = "import subprocess; subprocess.run(['sh', '-c', 'sleep 1 & echo $! > orphan'])\n"
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.integration.quick_worker",
        env=bench.environ(f"{WRITE}{orphan}{WAIT}"),
        start_new_session=True,
    )
    try:
        await bench.halfway()
        (name,) = bench.folder.glob("workspace/sessions/*/tree/orphan")
        pid = int(name.read_text())
        assert descendants.stats()[pid].parent == child.pid
        await eventually(lambda: pid not in descendants.stats())  # ended, and not left as a zombie
        child.terminate()
        async with asyncio.timeout(60):
            assert await child.wait() == 0
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            await child.wait()
    assert (await bench.result(command)).retryable


async def test_bad_settings_are_a_sentence(bench: Bench) -> None:
    environ = {**bench.environ(WRITE), "HERMES_WORKER_REPOSITRY_URL": "x"}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hermes.app.worker", env=environ, stderr=asyncio.subprocess.PIPE
    )
    _out, err = await asyncio.wait_for(child.communicate(), 20)
    assert child.returncode == worker.UNUSABLE
    assert (
        err.decode()
        == "hermes worker: HERMES_WORKER_REPOSITRY_URL is no setting of the worker; did you mean HERMES_WORKER_REPOSITORY_URL?\n"
    )


# ── started as root ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def open_bench(bench: Bench) -> Iterator[Bench]:
    """Where other users may come to: pytest's own folders are closed."""
    worker_user, folder = 10001, Path(tempfile.mkdtemp(prefix="hermes-root-"))
    folder.chmod(0o755)
    repository = Repository(folder / "origin")
    repository.write("main", {"index.html": "<h1>Welcome</h1>\n"}, "First")
    for path in (repository.path, *repository.path.rglob("*")):
        os.chown(path, worker_user, worker_user)
    yield dataclasses.replace(bench, folder=folder, repository=repository)
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
async def test_a_worker_started_as_root_gives_that_up_and_its_agent_reads_nothing_of_it(open_bench: Bench) -> None:
    bench = open_bench
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    script = (
        "id -u; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -c HERMES_WORKER_; "
        "ls ../../../runtime 2>/dev/null; echo Hello > index.html; (setsid env -i sleep 600 &)"
    )
    environ = {
        **bench.environ(""),
        "HERMES_WORKER_AGENT": json.dumps({"kind": "command", "argv": ["/bin/sh", "-c", script]}),
        "HERMES_WORKER_USER": "10001",
        "HERMES_WORKER_AGENT_USER": "20000",
    }
    child = await asyncio.create_subprocess_exec(
        worker_python(bench.folder), "-m", "hermes.app.worker", env=environ, cwd="/"
    )
    try:
        result = await bench.result(command)
        living = [becoming.uids(pid) for pid in descendants.stats()]
        said = result.summary.split()
        assert result.success, result
        assert becoming.uids(child.pid) == {10001}
        assert int(said[0]) > 20000
        assert said[1:] == ["0"]  # no process' settings were open to it, and no name in `runtime`
        assert {int(said[0])} not in living  # though it left somebody behind
        async with asyncio.timeout(30):
            assert await child.wait() == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    for path in (bench.repository.path, *bench.repository.path.rglob("*")):
        os.chown(path, 0, 0)
    assert bench.repository.show(BRANCH, "index.html") == "Hello"
