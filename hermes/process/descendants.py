"""Processes that outlive the one that started them: found by a mark in their environment, or by descent, and ended.

A child that calls `setsid` leaves its parent's group and is missed by `killpg`; the mark in `/proc/*/environ` finds it,
and where the child cleared its environment, its descent (noted while its parent still lived) does. Where there is no
`/proc`, only the group is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

#: Stragglers are hunted for this long: they may fork while being hunted.
SWEEP_STRAGGLERS_SECONDS: Final = 3.0

MARK = "HERMES_MARK"
"""The environment variable that every process of one command carries."""

_PROC = Path("/proc")
_LISTS = Path("/proc/thread-self/children")
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PAUSE_SECONDS = 0.02
#: PF_KTHREAD of the kernel's include/linux/sched.h, in the ninth field of `/proc/PID/stat`.
_KERNEL_THREAD = 0x200000


class Stat(NamedTuple):
    """What `/proc/PID/stat` says of a process; `started` tells two bearers of one pid apart."""

    pid: int
    state: str
    parent: int
    started: int


def become_subreaper() -> bool:
    """Make orphans of this process its children instead of init's (Linux); False on other systems."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_environment() -> bool:
    """Others of the same user can no longer read this process's environment and memory (Linux); False elsewhere."""
    return _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> bool:
    try:
        return bool(ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def stats() -> dict[int, Stat]:
    """All visible processes of this machine."""
    return {pid: stat for pid in _pids() if (stat := _stat(pid)) is not None}


def _stat(pid: int) -> Stat | None:
    try:
        # The name (second field) may hold spaces and parentheses: the rest begins after the last one.
        rest = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        return Stat(pid, rest[0].decode(), int(rest[1]), int(rest[19]))
    except (OSError, ValueError, IndexError):
        return None


def descendants(root: int) -> frozenset[Stat]:
    """The processes that stem from `root`, without itself."""
    children: dict[int, list[Stat]] = {}
    for stat in stats().values():
        children.setdefault(stat.parent, []).append(stat)
    found: set[Stat] = set()
    todo = [root]
    while todo:
        for stat in children.get(todo.pop(), ()):
            if stat not in found:
                found.add(stat)
                todo.append(stat.pid)
    return frozenset(found)


def kin(root: int) -> frozenset[Stat]:
    """As `descendants`, by the kernel's lists of children: in no time, however much else runs on the machine.

    A list may be short of one while another of the same parent ends (proc(5)): a look that must miss nobody is `descendants`,
    which this is where the kernel keeps no lists.
    """
    if not _LISTS.exists():
        return descendants(root)
    found: set[Stat] = set()
    todo = [root]
    while todo:
        parent = todo.pop()
        for pid in _children(parent):
            stat = _stat(pid)
            if stat is not None and stat.parent == parent and stat not in found:
                found.add(stat)
                todo.append(pid)
    return frozenset(found)


def of_user(uid: int) -> frozenset[Stat]:
    """The processes that run as this user."""
    found = set()
    for pid in _pids():
        with contextlib.suppress(OSError):
            if os.stat(_PROC / str(pid)).st_uid == uid and (stat := _stat(pid)) is not None:
                found.add(stat)
    return frozenset(found)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):  # it has ended
        for thread in os.listdir(_PROC / str(pid) / "task"):
            with contextlib.suppress(OSError):  # this one of its threads has
                found += map(int, (_PROC / str(pid) / "task" / thread / "children").read_bytes().split())
    return found


def marked(mark: str) -> frozenset[int]:
    """The pids whose environment carries the mark; never our own."""
    return _marked(mark)[0]


def _marked(mark: str) -> tuple[frozenset[int], bool]:
    """The pids that carry the mark, and whether one between two programs showed no environment at all: look again."""
    needle = f"{MARK}={mark}".encode()
    found = set()
    between = False
    for pid in _pids():
        with contextlib.suppress(OSError):
            environment = (_PROC / str(pid) / "environ").read_bytes()
            if needle in environment.split(b"\0"):
                found.add(pid)
            elif not environment:
                between = between or _between_programs(pid)
    found.discard(os.getpid())
    return frozenset(found), between


def _between_programs(pid: int) -> bool:
    """True if it was in the middle of `execve` or of its end: one that cleared its environment has a command line, and still none of it."""
    if (_PROC / str(pid) / "cmdline").read_bytes():
        return bool((_PROC / str(pid) / "environ").read_bytes())
    rest = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    return rest[0] not in (b"Z", b"X") and not int(rest[6]) & _KERNEL_THREAD


def memory_bytes(pids: Iterable[int]) -> int:
    """Resident memory of these processes together."""
    page = os.sysconf("SC_PAGE_SIZE")
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError, ValueError, IndexError):
            total += int((_PROC / str(pid) / "statm").read_bytes().split()[1]) * page
    return total


async def sweep(mark: str, known: Iterable[Stat] = (), *, seconds: float = SWEEP_STRAGGLERS_SECONDS) -> int:
    """End all processes with the mark or found by descent, within `seconds`; returns how many there were."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    known = tuple(known)
    ended: set[int] = set()
    while True:
        living = stats()
        carriers, between = _marked(mark)
        alive = {stat.pid for stat in known if _same(stat, living.get(stat.pid))} | carriers
        alive = {pid for pid in alive if pid in living and living[pid].state not in "ZX"}
        for pid in alive:
            _kill(pid)
        ended |= alive
        for pid in ended:
            reap(pid)
        if not (alive or between) or clock() > deadline:
            return len(ended)
        await asyncio.sleep(_PAUSE_SECONDS)


def reap(pid: int) -> bool:
    """Reap an ended child (an adopted orphan); False if it is not our child or still runs."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return False


def reap_group(group: int) -> bool:
    """Reap the ended children of a process group whose first process was waited for; False while one of them still runs.

    bubblewrap ends before its first process inside does, which then is ours.
    """
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def _same(known: Stat, now: Stat | None) -> bool:
    return now is not None and now.started == known.started


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _pids() -> list[int]:
    try:
        return [int(entry) for entry in os.listdir(_PROC) if entry.isdigit()]
    except FileNotFoundError:
        return []
