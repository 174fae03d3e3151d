"""Reads processes from the operating system: whether a pid is still our process, and its descendants."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

_PROC = Path("/proc")
_PS_SECONDS = 10


def birth(pid: int) -> str | None:
    """The start time of a process in the system's own unit; together with the pid it is unique. None: it is dead."""
    if _PROC.is_dir():
        stat = _stat(pid)
        # A zombie has ended; only its parent has not looked yet. The boot id tells apart the same tick of two boots.
        return None if stat is None or stat[0] in "ZX" else f"{_boot()}:{stat[19]}"
    answer = _ps("-o", "stat=,lstart=", "-p", str(pid)).strip()
    state, _, started = answer.partition(" ")
    return None if not started or state.startswith("Z") else started.strip()


def descendants(pid: int) -> list[int]:
    """The descendants of `pid`, as far as their chain of parents is unbroken."""
    children: dict[int, list[int]] = {}
    for child, parent in _parents():
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    todo = [pid]
    while todo:
        for child in children.get(todo.pop(), ()):
            if child not in found:
                found.append(child)
                todo.append(child)
    return found


def send(pid: int, number: signal.Signals) -> None:
    """Signal one process; a process that is gone is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def kill_group(pid: int) -> None:
    """SIGKILL the group that `pid` leads; a group that is gone is no error."""
    # EPERM: on macOS the answer for a group of zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _stat(pid: int) -> list[str] | None:
    try:
        # The second field, the name, may hold spaces and parentheses: what is wanted begins after its last one.
        return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "boot"  # some containers hide it; the tick alone is good enough there


def _parents() -> Iterable[tuple[int, int]]:
    if _PROC.is_dir():
        for entry in os.listdir(_PROC):
            if entry.isdigit() and (stat := _stat(int(entry))):
                yield int(entry), int(stat[1])
        return
    for line in _ps("-A", "-o", "pid=,ppid=").splitlines():
        child, parent = line.split()
        yield int(child), int(parent)


def _ps(*arguments: str) -> str:
    done = subprocess.run(["ps", *arguments], capture_output=True, text=True, timeout=_PS_SECONDS, check=False)
    return done.stdout
