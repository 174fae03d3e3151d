"""A booby-trapped agent tries every way out of its walls: as the user of the worker and as another, at each level that this machine has."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import pwd
import shutil
import signal
import site
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hermes.process.walls import MachineWalls, Sandbox, WallLevel
from hermes.worker.outlet import Outlets
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.reaching import Reach
from tests import marks, walled
from tests.attack import table
from tests.eventually import eventually

WAYS = tuple(Path(__file__).parents[1] / name for name in ("ways_by_rights.py", "ways.py", "ways_by_network.py"))
RUN = "import sys; texts = sys.argv[2:]; [exec(text, {'__name__': '__main__'}) for text in texts]"
WORD = "S3KR3T-outside"
KEY = f"sk-ant-{WORD}"
LEAST_WAYS = 60
#: Landlock knows nothing of these; a user of its own closes them, which an agent has on ECS.
OPEN_TO_THE_SAME_USER = {
    "read_shared_memory_of_system_v",
    "read_shared_memory_of_posix",
    "connect_to_a_socket_of_the_machine",
}
_SECONDS = 120


@dataclass(frozen=True)
class Outside:
    """The machine around the walls: what must not be reached, and whether it was."""

    folder: Path
    facts: dict[str, Any]
    reached: list[str]

    @property
    def touched(self) -> list[str]:
        """What was changed outside."""
        secret = Path(self.facts["secret"])
        planted = [*secret.parent.glob("planted*"), *secret.parent.glob("moved"), *Path(self.facts["hooks"]).iterdir()]
        planted += [path for path in map(Path, _MACHINE) if path.exists()]
        whole = secret.read_text() == WORD
        return [str(path) for path in planted] + ([] if whole else ["the secret"]) + self.reached


_MACHINE = (
    "/usr/local/bin/planted-by-an-agent",
    "/etc/cron.d/planted-by-an-agent",
    "/etc/profile.d/planted-by-an-agent.sh",
)


@contextlib.contextmanager
def shared_memory() -> Iterator[int]:
    """A segment of System V with the secret in it."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    number = libc.shmget(0, 4096, 0o1600)
    ctypes.memmove(libc.shmat(number, None, 0), WORD.encode(), len(WORD))
    try:
        yield number
    finally:
        libc.shmctl(number, 0, None)


@contextlib.contextmanager
def victim() -> Iterator[tuple[int, int]]:
    """Another process with a secret; its number, and an address of its memory."""
    script = "import sys, time; print(flush=True); time.sleep(600)"
    env = {"HELD": WORD, "PATH": "/usr/bin:/bin"}
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", script], env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        regions = Path(f"/proc/{process.pid}/maps").read_text().splitlines()
        address = next(int(line.partition("-")[0], 16) for line in regions if " rw-p " in line)
        try:
            yield process.pid, address
        finally:
            process.kill()


@contextlib.asynccontextmanager
async def outside(name: str) -> AsyncIterator[Outside]:
    folder = Path(tempfile.mkdtemp(prefix="hermes-walls-"))
    folder.chmod(0o755)
    reached: list[str] = []

    async def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append("a server")
        writer.close()

    class Datagrams(asyncio.DatagramProtocol):
        def datagram_received(self, _data: bytes, _address: Any) -> None:
            reached.append("a server of datagrams")

    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        kept = folder / "outside"
        (kept / "hooks").mkdir(parents=True)
        kept.chmod(0o700)
        (kept / "secret").write_text(WORD)
        (kept / "secret").chmod(0o600)
        posix = Path("/dev/shm") / f"{name}-{os.getpid()}"
        posix.touch(0o600)
        stack.callback(posix.unlink)
        posix.write_text(WORD)
        pid, address = stack.enter_context(victim())
        tcp = await asyncio.start_server(connected, "127.0.0.1", 0)
        unix = await asyncio.start_unix_server(connected, kept / "socket")
        abstract = await asyncio.start_unix_server(connected, f"\0{name}-{os.getpid()}")
        udp, _ = await loop.create_datagram_endpoint(Datagrams, ("127.0.0.1", 0))
        facts = {
            "secret": str(kept / "secret"),
            "hooks": str(kept / "hooks"),
            "python": site.getsitepackages()[0],
            "home": pwd.getpwuid(os.getuid()).pw_dir,
            "pid": pid,
            "address": address,
            "tcp": tcp.sockets[0].getsockname()[1],
            "udp": udp.get_extra_info("sockname")[1],
            "unix": str(kept / "socket"),
            "abstract": f"{name}-{os.getpid()}",
            "posix": posix.name,
            "shm": stack.enter_context(shared_memory()),
        }
        try:
            yield Outside(folder, facts, reached)
        finally:
            for server in (tcp, unix, abstract):
                server.close()
            udp.close()


async def _rebound(host: str, _port: int) -> list[str]:
    """A resolver that the attacker controls: its names lead into the machine."""
    return ["127.0.0.1"] if host == "rebound.example" else [host]


async def run_ways(here: Outside, machine: MachineWalls, uid: int | None) -> dict[str, bool]:
    """Everything that the agent tries, in walls, as this user."""
    tree = here.folder / "tree"
    tree.mkdir(mode=0o700)
    if uid is not None:
        os.chown(tree, uid, uid)
    outlets = Outlets(
        environ={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": "http://127.0.0.1:1"},
        allowed=("ANTHROPIC_API_KEY",),
        policy=NetworkPolicy(("rebound.example", "*")),
        reach=Reach(environ={}, resolve=_rebound),
        own_network=machine.level is WallLevel.NAMESPACES,
    )
    async with outlets.open() as outlet:
        walls = Sandbox(machine=machine).around(tree, access=outlet.access)
        assert walls is not None
        env = walls.environment({"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(tree), **outlet.variables})
        door = walls.door()
        doors = [door.fileno()] if door is not None else []
        own = uid is not None
        python = "/usr/bin/python3" if own else sys.executable
        argv = walls.enter(
            [python, "-I", "-c", RUN, json.dumps(here.facts), *(path.read_text() for path in WAYS)],
            env,
            own_user=own,
            door=doors[0] if doors else None,
        )
        who: dict[str, Any] = {"user": uid, "group": uid, "extra_groups": []} if own else {}
        with (here.folder / "said").open("wb") as said:
            streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": subprocess.DEVNULL}
            process = subprocess.Popen(  # noqa: ASYNC220 - it is started at once
                argv, cwd=tree, env=env, pass_fds=doors, start_new_session=True, **streams, **who
            )
        if door is not None:
            door.close()
        await eventually(lambda: process.poll() is not None, seconds=_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    lines = (here.folder / "said").read_text().splitlines()
    return {name: bool(out) for line in lines for name, out in json.loads(line).items()}


def beats(tree: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in tree.glob("beat-*")}


@pytest.mark.parametrize("identity", ["the worker's user", "another user"])
@pytest.mark.parametrize("level", walled.LEVELS)
async def test_by_every_way(level: WallLevel, identity: str, figures: table.Figures) -> None:
    machine = walled.at(level)
    uid = None
    if identity == "another user":
        if os.geteuid() != 0:
            pytest.skip("only root can become another user")
        if not Path("/usr/bin/python3").exists():
            pytest.skip("there is no Python that every user may run")
        uid = marks.users() + 3
    async with outside(f"walls-{level}-{uid}") as here:
        found = await run_ways(here, machine, uid)
        allowed = OPEN_TO_THE_SAME_USER if level is WallLevel.LANDLOCK and uid is None else set()
        out = {name for name, got_out in found.items() if got_out}
        touched = [one for one in here.touched if not (allowed and one == "a server")]
        left = beats(here.folder / "tree")
        if level is WallLevel.NAMESPACES:
            await asyncio.sleep(0.5)  # a process that goes on writes every tenth of a second
            outlived = beats(here.folder / "tree") != left
        else:  # what is left there is found by its user, or by its mark and descent: test_outlive_the_command
            outlived = False
            await _end_all(here.folder / "tree")
    print(_lines(found, level, identity))
    figures.add("ways", len(found))
    figures.add("held", len(found) - len(out))
    assert len(found) >= LEAST_WAYS
    assert out <= allowed
    assert touched == []
    assert not outlived


def _lines(found: dict[str, bool], level: WallLevel, identity: str) -> str:
    rows = (f"  {name.replace('_', ' '):<55} {'GOT OUT' if out else 'held'}" for name, out in found.items())
    return "\n".join([f"{level}, as {identity}:", *rows])


async def _end_all(tree: Path) -> None:
    """End what the agent left behind, which runs in its worktree."""

    def gone() -> bool:
        alive = False
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{pid}/cwd") == str(tree):
                    os.kill(int(pid), signal.SIGKILL)
                    alive = True
        return not alive

    await eventually(gone)
