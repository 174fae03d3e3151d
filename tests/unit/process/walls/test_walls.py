"""Walls around real programs, at each level that the machine has."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from hermes import errors
from hermes.config.walls_settings import Demand, WallsSettings
from hermes.domain.interrupts import InterruptReason
from hermes.execution import ExecutionState
from hermes.process import descendants, environment
from hermes.process.framing import Line
from hermes.process.process import Process, ProcessOutcome, Spec, StopSchedule
from hermes.process.walls import MachineWalls, Sandbox, WallLevel
from tests import walled
from tests.eventually import eventually
from tests.marks import mark

SOON = StopSchedule(interrupt=0.5, term=20.0, kill=40.0)


@pytest.fixture(params=walled.LEVELS)
def machine(request: pytest.FixtureRequest) -> MachineWalls:
    return walled.at(request.param)


class Room:
    """A session's folders and the walls around them."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.tree, self.home = folder / "tree", folder / "home"
        self.tree.mkdir()
        self.home.mkdir()
        self.sandbox = sandbox
        self.said: list[str] = []

    def spec(self, argv: Sequence[str], *, control: bool = False) -> Spec:
        name = mark(self.folder)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # as where Hermes' environment is activated
        env = environment.reduced({**os.environ, "PATH": path}, home=self.home, mark=name)
        walls = self.sandbox.around(self.tree, self.home)
        return Spec(argv=tuple(argv), cwd=self.tree, env=env, mark=name, walls=walls, control=control)

    async def run(self, script: str, state: ExecutionState | None = None, *, control: bool = False) -> ProcessOutcome:
        async def keep(stream: str, line: Line) -> None:
            self.said.append(line.text if stream != "control" else f"control: {line.text}")

        spec = self.spec(("/bin/sh", "-c", script), control=control)
        return await Process(spec=spec, stop_schedule=SOON, state=state, on_line=keep).run()


@pytest.fixture
def room(machine: MachineWalls, tmp_path: Path) -> Room:
    return Room(tmp_path, Sandbox(machine=machine))


async def test_a_program_reads_and_writes_its_own_folders_and_no_others(room: Room) -> None:
    secret = room.folder / "secret.txt"
    secret.write_text("S3KR3T\n")
    outcome = await room.run(
        f"echo mine > made.txt; cat {secret}; echo theirs > {room.folder}/planted.txt; echo x > /usr/planted; ls {room.folder}/tree"
    )
    assert outcome.returncode == 0
    assert (room.tree / "made.txt").read_text() == "mine\n"
    assert "S3KR3T" not in "\n".join(room.said)
    assert not (room.folder / "planted.txt").exists()
    assert not Path("/usr/planted").exists()
    assert "made.txt" in room.said


async def test_what_it_prints_and_how_it_ends_come_through(room: Room) -> None:
    outcome = await room.run("echo out; echo err >&2; echo '{}' >&3; exit 7", control=True)
    assert outcome.returncode == 7
    assert sorted(room.said) == ["control: {}", "err", "out"]


async def test_a_subreaper_has_no_zombie_of_it_afterwards(room: Room) -> None:
    script = (
        "import asyncio, os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from hermes.process import descendants\n"
        "from hermes.process.process import Process, Spec, StopSchedule\n"
        "from hermes.process.walls import MachineWalls, Sandbox, WallLevel\n"
        "descendants.become_subreaper()\n"
        "machine = MachineWalls(level=WallLevel(sys.argv[2]), bwrap=sys.argv[3], landlock=int(sys.argv[4]))\n"
        "here = Path(sys.argv[5])\n"
        "spec = Spec(argv=('/bin/true',), cwd=here, env={}, mark=sys.argv[6], walls=Sandbox(machine=machine).around(here))\n"
        "print(asyncio.run(Process(spec=spec, stop_schedule=StopSchedule()).run()).returncode)\n"
        "print([one for one in descendants.stats().values() if one.parent == os.getpid()])\n"
    )
    machine = room.sandbox.machine
    given = [
        str(Path(__file__).parents[4]),
        machine.level,
        machine.bwrap,
        str(machine.landlock),
        str(room.tree),
        mark(room.folder),
    ]
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script, *given], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.stdout.splitlines() == ["0", "[]"], ran.stderr


async def test_the_installed_programs_run_inside(room: Room) -> None:
    programs = [name for name in ("git", "node") if shutil.which(name)]
    lines = "; ".join(f"{name} --version" for name in programs)
    outcome = await room.run(f"{lines}; {sys.executable} -c 'import json, sys; print(sys.prefix)'")
    assert outcome.returncode == 0, room.said
    assert sys.prefix in room.said


async def test_an_interrupt_reaches_the_program_which_may_tidy_up(room: Room) -> None:
    async with ExecutionState() as state:
        script = "trap 'echo tidied > tidy.txt; exit 3' INT; touch up; while :; do sleep 0.1; done"
        running = asyncio.create_task(room.run(script, state))
        await eventually(lambda: (room.tree / "up").exists())
        state.request_interrupt(InterruptReason.USER_CANCELLED, "Stop.")
        outcome = await running
    assert outcome.stopped
    assert outcome.returncode == 3
    assert (room.tree / "tidy.txt").read_text() == "tidied\n"


async def test_a_program_that_heeds_no_signal_is_ended(room: Room) -> None:
    async with ExecutionState() as state:
        script = "trap '' INT TERM; touch up; while :; do sleep 0.1; done"
        spec = room.spec(("/bin/sh", "-c", script))
        schedule = StopSchedule(interrupt=0.1, term=0.2, kill=0.5)
        running = asyncio.create_task(Process(spec=spec, stop_schedule=schedule, state=state).run())
        await eventually(lambda: (room.tree / "up").exists())
        state.request_interrupt(InterruptReason.USER_CANCELLED, "Stop.")
        outcome = await running
    assert outcome.stopped
    assert outcome.returncode not in (None, 0)


async def test_the_kernels_own_files_are_closed_and_no_capability_is_left(room: Room) -> None:
    await room.run("(: > /proc/sys/kernel/core_pattern) 2> /dev/null && echo OUT; grep CapEff /proc/self/status")
    assert [line.split() for line in room.said] == [["CapEff:", "0" * 16]]


async def test_closed_calls_answer_that_they_are_not_permitted(room: Room) -> None:
    tries = "import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.unshare(0x10000000), ctypes.get_errno())"
    await room.run(f"{sys.executable} -c '{tries}'")
    assert room.said == [f"-1 {errno.EPERM}"]


def test_a_project_that_demands_walls_is_refused_where_there_are_none(tmp_path: Path) -> None:
    bare = MachineWalls(level=WallLevel.GROUP, why="bubblewrap is not installed, and the kernel has no Landlock")
    demanding = Sandbox(machine=bare, settings=WallsSettings(sandbox=Demand.REQUIRED))
    with pytest.raises(errors.StepFailed, match="bubblewrap is not installed") as refused:
        demanding.around(tmp_path)
    assert refused.value.fault is errors.Fault.SETUP
    assert Sandbox(machine=bare).around(tmp_path) is None
    assert "only a process group" in Sandbox(machine=bare).words


def test_a_project_can_do_without(machine: MachineWalls, tmp_path: Path) -> None:
    off = Sandbox(machine=machine, settings=WallsSettings(sandbox=Demand.OFF))
    assert off.around(tmp_path) is None
    assert 'sandbox = "off"' in off.words


def test_a_folder_that_the_project_shows_is_seen(machine: MachineWalls, tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    shown.mkdir()
    (shown / "licence.txt").write_text("a licence\n")
    room = Room(tmp_path, Sandbox(machine=machine, settings=WallsSettings(readable=(shown,))))
    asyncio.run(room.run(f"cat {shown}/licence.txt; echo x > {shown}/x"))
    assert room.said[0] == "a licence"
    assert not (shown / "x").exists()


def test_nothing_inside_outlives_a_worker_that_is_killed(machine: MachineWalls, tmp_path: Path) -> None:
    room = Room(tmp_path, Sandbox(machine=machine))
    spec = room.spec(("/bin/sh", "-c", "setsid sh -c 'echo $$ > daemon; exec sleep 600' & echo $$ > pid; wait"))
    assert spec.walls is not None
    argv = spec.walls.enter(spec.argv, spec.env, own_user=False)
    script = "import json, subprocess, sys, time; a, c, e = json.loads(sys.argv[1]); subprocess.Popen(a, cwd=c, env=e); time.sleep(600)"
    worker = subprocess.Popen([sys.executable, "-c", script, json.dumps([argv, str(spec.cwd), dict(spec.env)])])
    try:
        _until(lambda: (room.tree / "daemon").exists() and (room.tree / "pid").exists())
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(60)
    if machine.level is WallLevel.NAMESPACES:
        _until(lambda: not descendants.marked(spec.mark or ""))
    else:  # the program itself ends; what left it is found by its mark
        asyncio.run(descendants.sweep(spec.mark or ""))
    assert not descendants.marked(spec.mark or "")


def _until(holds: Callable[[], bool]) -> None:
    async def wait() -> None:
        await eventually(holds)

    asyncio.run(wait())
