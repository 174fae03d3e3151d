"""Workers as processes: real ones, each test with a state folder of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hermes import errors
from hermes.domain.containers import LaunchRequest
from hermes.domain.env import Env
from hermes.launch import local, processes
from hermes.launch.local import LocalLauncher
from hermes.launch.port import RunningTask, TaskState, TaskStatus
from hermes.launch.records import TaskRecords
from hermes.launch.room import MachineRoom
from tests import env
from tests.eventually import eventually

#: What every worker does first.
CLAIM = "import os; from hermes.launch import handover; os.environ.update(handover.take(os.environ))\n"
STEADY = "import time; print('worker', os.environ['HERMES_WORKER_TASK_ID'], os.environ.get('GREETING'), flush=True); time.sleep(60)"
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
print("agent", child.pid, flush=True)
time.sleep(60)
"""

ROOT = Path(__file__).parents[3]
QUIET = env.quiet()
Make = Callable[..., LocalLauncher]


def request(token: str = "token-1", *, gen: int = 1, **environment: str) -> LaunchRequest:
    return LaunchRequest(container_key="acme#site#anna", gen=gen, token=token, environment=environment)


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    made: list[LocalLauncher] = []

    def launcher(program: str = STEADY, env: Env = QUIET, **settings: object) -> LocalLauncher:
        one = LocalLauncher(
            env=env,
            state=tmp_path,
            argv=[sys.executable, "-c", CLAIM + program],
            environment={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            **settings,  # type: ignore[arg-type]
        )
        made.append(one)
        return one

    yield launcher
    for one in made:
        await one.close(0.0)


async def said(tmp_path: Path, token: str, words: str) -> str:
    log = tmp_path / "tasks" / f"{token}.log"
    text: str = await eventually(lambda: log.exists() and words in (found := log.read_text()) and found)
    return text


async def until(launcher: LocalLauncher, task: str, state: TaskState) -> str:
    async def look() -> TaskStatus | None:
        status = await launcher.describe(task)
        return status if status.state is state else None

    status: TaskStatus = await eventually(look)
    return status.reason


async def test_a_worker_gets_its_environment_and_its_task_id(make: Make, tmp_path: Path) -> None:
    launcher = make()

    task = await launcher.run(request(GREETING="hello"))

    assert task == "local:token-1"
    assert "worker local:token-1 hello" in await said(tmp_path, "token-1", "worker")
    assert (await launcher.describe(task)).state is TaskState.RUNNING
    assert await launcher.running() == [RunningTask("acme#site#anna", 1, task)]


async def test_the_worker_leads_a_session_of_its_own(make: Make, tmp_path: Path) -> None:
    await make().run(request())

    record = TaskRecords(folder=tmp_path / "tasks").read("token-1")

    assert record is not None
    assert os.getsid(record.pid) == record.pid


async def test_another_gateway_finds_the_worker_again(make: Make) -> None:
    first = make()
    task = await first.run(request())
    await first.release()

    second = make()

    assert await second.run(request()) == task
    assert (await second.describe(task)).state is TaskState.RUNNING
    assert len(await second.running()) == 1


async def test_many_runs_of_one_token_at_once_start_one_process(make: Make, tmp_path: Path) -> None:
    launchers = [make("import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)") for _ in range(3)]

    tasks = await asyncio.gather(*(one.run(request()) for one in launchers for _ in range(3)))

    assert set(tasks) == {"local:token-1"}
    text = await said(tmp_path, "token-1", "pid")
    assert text.count("pid") == 1


async def test_a_reused_pid_is_not_taken_for_the_worker(make: Make, tmp_path: Path) -> None:
    launcher = make("pass")
    task = await launcher.run(request())
    await until(launcher, task, TaskState.STOPPED)
    file = tmp_path / "tasks" / "token-1.json"

    # As if the kernel had given the worker's pid to this test.
    record = TaskRecords(folder=tmp_path / "tasks").read("token-1")
    assert record is not None
    file.write_text(file.read_text().replace(f'"pid": {record.pid}', f'"pid": {os.getpid()}'))

    assert (await launcher.describe(task)).state is TaskState.STOPPED
    await launcher.stop(task, "must not hit us")
    assert await launcher.running() == []


async def test_the_end_is_told_with_status_and_last_words(make: Make) -> None:
    launcher = make("import sys; print('no such bucket'); sys.exit(3)")

    task = await launcher.run(request())

    await until(launcher, task, TaskState.STOPPED)

    async def told() -> bool:  # the thread that waits for it is a little later than the kernel
        return (await launcher.describe(task)).reason == "the worker ended with status 3; it last said: no such bucket"

    assert await eventually(told)


async def test_an_unknown_task_is_missing_and_may_be_stopped(make: Make) -> None:
    launcher = make()

    for task in ("local:never", "arn:aws:ecs:eu-central-1:1:task/x/y", "local:../../etc/passwd"):
        assert (await launcher.describe(task)).state is TaskState.MISSING
        await launcher.stop(task, "gone")


async def test_a_program_that_is_not_there_is_a_definite_no(tmp_path: Path) -> None:
    launcher = LocalLauncher(env=QUIET, state=tmp_path, argv=["/no/such/program"], environment={})

    with pytest.raises(errors.LaunchFailed, match="/no/such/program"):
        await launcher.run(request())


async def test_a_token_that_is_no_file_name_is_a_definite_no(make: Make) -> None:
    with pytest.raises(errors.LaunchFailed, match="cannot be a file name"):
        await make().run(request("../token"))


async def test_stop_asks_once_and_returns_before_the_end(make: Make, tmp_path: Path) -> None:
    program = """
        import signal, time
        def asked(*_):
            print("SIGTERM", flush=True)
        signal.signal(signal.SIGTERM, asked)
        print("up", flush=True)
        time.sleep(60)
        time.sleep(60)
    """
    launcher = make(textwrap.dedent(program))
    task = await launcher.run(request())
    await said(tmp_path, "token-1", "up")

    await launcher.stop(task, "idle")
    await said(tmp_path, "token-1", "SIGTERM")
    await launcher.stop(task, "idle")

    assert (await launcher.describe(task)).state is TaskState.RUNNING
    text = await said(tmp_path, "token-1", "asked to stop: idle")
    assert text.count("SIGTERM\n") == 1


async def test_who_ignores_the_request_is_killed_with_all_that_stems_from_it(make: Make, tmp_path: Path) -> None:
    launcher = make(STUBBORN, stop_grace=0.2)
    task = await launcher.run(request())
    agent = int((await said(tmp_path, "token-1", "agent")).split()[1])

    await launcher.stop(task, "enough")

    await until(launcher, task, TaskState.STOPPED)
    assert await eventually(lambda: processes.birth(agent) is None)


async def test_a_stop_that_an_earlier_gateway_began_is_taken_up(make: Make, tmp_path: Path) -> None:
    first = make(STUBBORN, stop_grace=60.0)
    task = await first.run(request())
    await said(tmp_path, "token-1", "agent")
    await first.stop(task, "the gateway dies now")
    await first.release()

    second = make(STUBBORN, stop_grace=0.0)
    assert len(await second.running()) == 1

    await until(second, task, TaskState.STOPPED)


async def test_close_stops_every_worker_of_the_folder(make: Make) -> None:
    one, other = make(), make()
    tasks = [await one.run(request("token-1")), await other.run(request("token-2"))]

    await one.close(10.0)

    assert [(await one.describe(task)).state for task in tasks] == [TaskState.STOPPED, TaskState.STOPPED]


async def test_an_ended_worker_is_no_zombie(make: Make, tmp_path: Path) -> None:
    launcher = make("pass")
    task = await launcher.run(request())
    await until(launcher, task, TaskState.STOPPED)
    record = TaskRecords(folder=tmp_path / "tasks").read("token-1")
    assert record is not None

    assert await eventually(lambda: not os.path.exists(f"/proc/{record.pid}"))


async def test_old_records_are_forgotten(make: Make, tmp_path: Path) -> None:
    clock = [1000.0]
    launcher = make("pass", env=env.quiet(now=lambda: clock[0]))
    task = await launcher.run(request())
    await until(launcher, task, TaskState.STOPPED)

    clock[0] += local.TASK_RECORD_SECONDS + 1
    await launcher.running()

    assert (await launcher.describe(task)).state is TaskState.MISSING
    assert list((tmp_path / "tasks").iterdir()) == []


async def test_no_worker_runs_without_a_record_when_the_gateway_dies_in_between(tmp_path: Path) -> None:
    """The gateway is killed after the process was started and before its record was written."""
    program = textwrap.dedent(
        f"""
        import asyncio, os, pathlib, signal, sys
        from hermes.domain.containers import LaunchRequest
        from hermes.launch.local import LocalLauncher
        from hermes.launch.records import TaskRecords
        from tests import env
        TaskRecords.write = lambda self, record: (print(record.pid, flush=True), os.kill(os.getpid(), signal.SIGKILL))
        marker = {str(tmp_path / "ran")!r}
        worker = {CLAIM!r} + "import pathlib; pathlib.Path(" + repr(marker) + ").touch()"
        launcher = LocalLauncher(
            env=env.quiet(), state=pathlib.Path({str(tmp_path)!r}), argv=[sys.executable, "-c", worker], environment=dict(os.environ)
        )
        asyncio.run(launcher.run(LaunchRequest(container_key="k", gen=1, token="t", environment={{}})))
        """
    )
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    started = int(killed.stdout)
    assert await eventually(lambda: processes.birth(started) is None)
    assert not (tmp_path / "ran").exists()


async def test_no_more_workers_run_than_there_is_room_for(make: Make) -> None:
    launcher = make(room=MachineRoom(most=2))
    first = await launcher.run(request("one"))
    await launcher.run(request("two"))
    with pytest.raises(errors.NoRoom, match="most is 2"):
        await launcher.run(request("three"))
    assert await launcher.run(request("two")) == "local:two", "what runs is found, room or not"
    await launcher.stop(first, "another needs its room")

    async def started() -> bool:
        try:
            await launcher.run(request("three"))
        except errors.NoRoom:
            return False
        return True

    await eventually(started)
    assert sorted(task.task for task in await launcher.running()) == ["local:three", "local:two"]
