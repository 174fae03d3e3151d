"""Which walls this machine can build: found out by trying them, once for each process of ours."""

from __future__ import annotations

import ctypes
import enum
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final

from hermes.process import descendants
from hermes.process.walls import bubblewrap, enter, seccomp

#: A machine that is busy starts even `true` slowly.
_TRY_SECONDS: Final = 30.0
#: Its first process inside ends right after it.
_REAP_SECONDS: Final = 5.0
_PAUSE_SECONDS: Final = 0.01


class WallLevel(enum.StrEnum):
    """What contains a program, the strongest first."""

    NAMESPACES = "namespaces"
    """bubblewrap: a root of its own, its own processes, its own network, and a filter of system calls."""
    LANDLOCK = "landlock"
    """Landlock and a filter of system calls: the files and TCP ports that it may use are listed."""
    GROUP = "group"
    """A process group and limits of the kernel: no wall for files or the network."""

    @property
    def walled(self) -> bool:
        """Whether the kernel keeps the program from other files."""
        return self is not WallLevel.GROUP


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineWalls:
    """The best walls of this machine, and why they are no better."""

    level: WallLevel
    why: str = ""
    """What is missing for the level above, for the operator."""
    bwrap: str = ""
    """The path of bubblewrap."""
    landlock: int = 0
    """The version of Landlock's interface; TCP from 4 on."""

    @property
    def network(self) -> bool:
        """Whether the kernel keeps the program from the network."""
        return self.level is WallLevel.NAMESPACES or (
            self.level is WallLevel.LANDLOCK and self.landlock >= enter.LANDLOCK_WITH_TCP
        )

    @property
    def words(self) -> str:
        """What contains a program here, for `hermes check` and the log."""
        missing = f" ({self.why})" if self.why else ""
        match self.level:
            case WallLevel.NAMESPACES:
                return (
                    "bubblewrap: an agent sees its worktree, its own files and the installed programs, only its own processes, "
                    "and no network but the worker's proxy"
                )
            case WallLevel.LANDLOCK:
                network = "reaches no network but the worker's proxy" if self.network else "has the whole network"
                return (
                    f"Landlock {self.landlock}: an agent opens only its worktree, its own files and the installed programs, "
                    f"{network}, and sees other processes{missing}"
                )
            case WallLevel.GROUP:
                return (
                    "only a process group: an agent reads and writes whatever its user may, and has the whole network"
                    f"{missing}"
                )


def choose(path: str | None = None) -> MachineWalls:
    """Try the levels, the strongest first. Waits for a process: not in an event loop. `path` is the PATH to find bubblewrap on."""
    if sys.platform != "linux":
        return MachineWalls(level=WallLevel.GROUP, why=f"{platform.system()} has neither namespaces nor Landlock")
    bwrap, why = _namespaces(path)
    if bwrap:
        return MachineWalls(level=WallLevel.NAMESPACES, bwrap=bwrap)
    version = landlock_version()
    if version > 0 and seccomp.known():
        return MachineWalls(level=WallLevel.LANDLOCK, why=why, landlock=version)
    lacking = "the kernel has no Landlock" if version <= 0 else f"no filter of system calls for {platform.machine()}"
    return MachineWalls(level=WallLevel.GROUP, why=f"{why}, and {lacking}")


def _namespaces(path: str | None) -> tuple[str, str]:
    """The path of a bubblewrap that works, or why there is none."""
    bwrap = shutil.which("bwrap", path=path)
    if bwrap is None:
        return "", "bubblewrap is not installed"
    if not seccomp.known():
        return "", f"no filter of system calls for {platform.machine()}"
    argv = bubblewrap.argv(bwrap, writable=(), readable=(), network=False, inside=["/bin/true"])
    try:
        tried = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", env={}, start_new_session=True
        )
        try:
            _, said = tried.communicate(timeout=_TRY_SECONDS)
        finally:
            tried.kill()
            tried.wait()
            _reap(tried.pid)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", f"bubblewrap does not work here: {error}"
    if tried.returncode != 0:
        words = " ".join(said.decode(errors="replace").split())[-200:]
        return "", f"bubblewrap does not work here: {words or f'exit status {tried.returncode}'}"
    return bwrap, ""


def _reap(group: int) -> None:
    deadline = time.monotonic() + _REAP_SECONDS
    while not descendants.reap_group(group) and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)


def landlock_version() -> int:
    """The version of the kernel's Landlock; 0 where there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    flag = ctypes.c_uint32(enter.LANDLOCK_VERSION)
    found = int(libc.syscall(enter.LANDLOCK_CREATE, None, ctypes.c_size_t(0), flag))
    return max(found, 0)
