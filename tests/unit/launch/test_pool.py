"""Workers that wait for a key: real processes, each test with a state folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hermes.domain.containers import LaunchRequest
from hermes.launch import pool, processes
from hermes.launch.local import LocalLauncher
from hermes.launch.port import TaskState
from hermes.launch.records import TaskRecords
from hermes.launch.room import MachineRoom
from tests import env
from tests.eventually import eventually

ROOT = Path(__file__).parents[3]
ONE = MachineRoom(waiting=1)
#: Says what it knows before its claim and after it.
WORKER = """
import os, time
from hermes.launch import handover
print("waits", sorted(os.environ), flush=True)
found = handover.take(os.environ)
print("claimed", found["HERMES_WORKER_TASK_ID"], found["HERMES_WORKER_GEN"], found["KEY"], found["GREETING"], flush=True)
time.sleep(600)
"""

Make = Callable[..., LocalLauncher]


def request(token: str, gen: int = 1) -> LaunchRequest:
    return LaunchRequest(container_key=f"acme#site#{token}", gen=gen, token=token, environment={"GREETING": "hello"})


@pytest.fixture
async def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """A launcher whose pool runs; all its processes have ended at the end."""
    monkeypatch.setattr(pool, "REST_SECONDS", 0.05)
    monkeypatch.setattr(pool, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(pool, "BROKEN_SECONDS", 0.1)
    stop, running = asyncio.Event(), []
    made: list[LocalLauncher] = []

    def launcher(program: str = WORKER, *, room: MachineRoom = ONE) -> LocalLauncher:
        one = LocalLauncher(
            env=env.quiet(),
            state=tmp_path,
            argv=[sys.executable, "-c", program],
            environment={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            secrets=lambda request: {"KEY": f"secret of {request.container_key}"},
            room=room,
        )
        made.append(one)
        running.append(asyncio.create_task(one.pool.run(stop)))
        return one

    yield launcher
    stop.set()
    await asyncio.gather(*running)
    for one in made:
        assert one.pool.waiting == []
        await one.close(0.0)


async def waiting(launcher: LocalLauncher, count: int = 1) -> list[int]:
    """The pids, once so many wait."""
    await eventually(lambda: len(launcher.pool.waiting) == count)
    return launcher.pool.waiting


async def said(tmp_path: Path, token: str) -> str:
    log = tmp_path / "tasks" / f"{token}.log"
    text: str = await eventually(lambda: log.exists() and "claimed" in (found := log.read_text()) and found)
    return text


async def test_the_worker_that_waits_gets_the_key_and_another_takes_its_place(make: Make, tmp_path: Path) -> None:
    launcher = make()
    (first,) = await waiting(launcher)

    task = await launcher.run(request("one", gen=7))

    record = TaskRecords(folder=tmp_path / "tasks").read("one")
    assert record is not None
    assert (record.pid, record.gen) == (first, 7)
    assert "claimed local:one 7 secret of acme#site#one hello" in await said(tmp_path, "one")
    assert (await launcher.describe(task)).state is TaskState.RUNNING
    (second,) = await eventually(lambda: launcher.pool.waiting)
    assert second != first
    # The same token is the same task, and takes nobody else.
    assert await launcher.run(request("one", gen=7)) == task
    assert launcher.pool.waiting == [second]


async def test_one_that_waits_knows_nothing_of_any_project(make: Make, tmp_path: Path) -> None:
    launcher = make()
    (first,) = await waiting(launcher)
    await launcher.run(request("one"))
    before = (await said(tmp_path, "one")).splitlines()[0]

    (second,) = await eventually(lambda: [pid for pid in launcher.pool.waiting if pid != first])

    assert before.startswith("waits")
    assert "HERMES_SECRETS_FD" in before
    for word in ("GREETING", "KEY'", "HERMES_WORKER"):
        assert word not in before
    # Of this process it has its own end of a socket, its output and nothing else.
    links = [os.readlink(f"/proc/{second}/fd/{number}") for number in os.listdir(f"/proc/{second}/fd")]
    assert sorted(kind.partition(":")[0].partition("/waiting-")[0] for kind in links) == sorted(
        ["/dev/null", *[str(tmp_path / "tasks")] * 2, "socket"]
    )


async def test_one_that_died_while_it_waited_is_passed_over_and_replaced(make: Make, tmp_path: Path) -> None:
    launcher = make(room=MachineRoom(waiting=2))
    first, second = await waiting(launcher, 2)
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: processes.birth(first) is None)

    await launcher.run(request("one"))

    record = TaskRecords(folder=tmp_path / "tasks").read("one")
    assert record is not None
    assert record.pid == second
    await waiting(launcher, 2)


async def test_a_program_that_always_ends_is_not_started_round_and_round(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pool, "BROKEN_SECONDS", 600.0)
    started = tmp_path / "started"
    make(f"open({str(started)!r}, 'a').write('x'); raise SystemExit('no such module')")
    await eventually(lambda: "no such module" in caplog.text)
    assert started.read_text() == "x"
    assert list((tmp_path / "tasks").iterdir()) == []


async def test_none_waits_where_there_is_no_room_for_it(make: Make) -> None:
    memory = [2**40]
    launcher = make(room=MachineRoom(most=2, waiting=1, memory_left=2**30, available=lambda: memory[0]))
    await launcher.run(request("one"))
    await waiting(launcher)

    memory[0] = 2**29
    await waiting(launcher, 0)
    memory[0] = 2**40
    await waiting(launcher)
    await launcher.run(request("two"))
    # Two run, which is the most: a third could not be claimed.
    for _ in range(3):
        assert await asyncio.to_thread(launcher.pool._fill_one) is False
    assert launcher.pool.waiting == []


async def test_those_that_wait_end_with_a_launcher_that_is_killed_and_leave_nothing(tmp_path: Path, make: Make) -> None:
    program = textwrap.dedent(
        f"""
        import asyncio, os, pathlib, sys
        from hermes.launch import pool
        from hermes.launch.local import LocalLauncher
        from hermes.launch.room import MachineRoom
        from tests import env
        pool.REST_SECONDS = 0.05
        async def main():
            launcher = LocalLauncher(
                env=env.quiet(),
                state=pathlib.Path({str(tmp_path)!r}), argv=[sys.executable, "-c", {WORKER!r}], environment=dict(os.environ),
                room=MachineRoom(waiting=1),
            )
            running = asyncio.create_task(launcher.pool.run(asyncio.Event()))
            while not launcher.pool.waiting:
                await asyncio.sleep(0.01)
            print(*launcher.pool.waiting, flush=True)
            await running
        asyncio.run(main())
        """
    )
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert killed.stdout is not None
    async with asyncio.timeout(60):
        pid = int(await killed.stdout.readline())
    assert processes.birth(pid) is not None
    killed.kill()
    await killed.wait()
    await eventually(lambda: processes.birth(pid) is None)

    left = [path for path in (tmp_path / "tasks").glob("waiting-*") if f"-{killed.pid}-" in path.name]
    assert left
    await waiting(make())
    assert not any(path.exists() for path in left)


async def test_a_claim_that_was_cut_short_is_none(tmp_path: Path) -> None:
    program = f"import os; os.dup2(0, 9); os.environ['HERMES_SECRETS_FD'] = '9'\n{WORKER}"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdin=(pair := _pair())[1], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.close(pair[1])
    with contextlib.closing(os.fdopen(pair[0], "r+b", buffering=0)) as ours:
        assert await asyncio.to_thread(ours.read, 1) == b"\n"
        ours.write(b'{"variables": {"KEY": "secre')
    async with asyncio.timeout(60):
        out, _ = await process.communicate()
    assert b"the launcher ended before it sent a claim" in out
    assert b"claimed" not in out


def _pair() -> tuple[int, int]:
    ours, theirs = socket.socketpair()
    return ours.detach(), theirs.detach()
