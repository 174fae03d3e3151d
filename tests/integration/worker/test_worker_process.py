"""The worker as a separate process: signals, a kill, PID 1, and started as root."""

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
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hermes.app import worker
from hermes.domain import wire
from hermes.domain.containers import ContainerState
from hermes.domain.interrupts import InterruptReason
from hermes.process import becoming, descendants
from tests import marks
from tests.attack.trapping import worker_python
from tests.eventually import eventually
from tests.forks import Forks, Program
from tests.integration.worker.worker_bench import BRANCH, KEY, WAIT, WRITE, Bench
from tests.unit.worker.origin import Origin as Repository

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)


DYING = "tests.integration.worker.dying_worker"


@contextlib.asynccontextmanager
async def a_process(bench: Bench, script: str, forks: Forks | None = None) -> AsyncIterator[Program | Process]:
    """A worker, as an interpreter of its own or as a fork."""
    child: Program | Process
    if forks is not None:
        child = await forks.start(DYING, "never", env=bench.environ(script), start_new_session=True)
    else:
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


async def test_a_killed_worker_restarted_in_place_saves_and_reports_once(bench: Bench, forks: Forks) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with a_process(bench, f"{WRITE}{WAIT}", forks) as child:
        await bench.halfway()
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
    async with a_process(bench, f"{WRITE}{WAIT}", forks) as child:
        result = await bench.result(command)
        child.terminate()
        async with asyncio.timeout(60):
            assert await child.wait() == 0
    assert (result.retryable, result.pushed) == (True, True)
    assert descendants.marked(command.command_id) == frozenset()
    assert bench.repository.log(BRANCH)[0].startswith("Partial work")


@pytest.mark.parametrize("point", ["workspace.kept", "agent.ended", "push.done", "command.run", "command.reported"])
async def test_a_worker_killed_between_two_steps_goes_on_behind_the_last_one(
    bench: Bench, forks: Forks, point: str
) -> None:
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    script = f"{WRITE}open({str(bench.folder / 'runs')!r}, 'a').write('x')\n"
    dying = await forks.start(DYING, point, env=bench.environ(script), start_new_session=True)
    async with asyncio.timeout(60):
        assert await dying.wait() == -signal.SIGKILL
    begun = time.time()

    async def registered() -> bool:
        found = await bench.aws.containers.get(KEY)
        return found is not None and found.ready_at is not None and found.ready_at > begun

    async with a_process(bench, script, forks) as child:
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
        "tests.integration.worker.quick_worker",
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
    _out, err = await asyncio.wait_for(child.communicate(), 60)
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
        "HERMES_WORKER_AGENT_USER": str(marks.users()),
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
        assert int(said[0]) > marks.users()
        assert said[1:] == ["0"]  # no process' settings were open to it, and no name in `runtime`
        assert {int(said[0])} not in living  # though it left somebody behind
        async with asyncio.timeout(60):
            assert await child.wait() == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    for path in (bench.repository.path, *bench.repository.path.rglob("*")):
        os.chown(path, 0, 0)
    assert bench.repository.show(BRANCH, "index.html") == "Hello"
