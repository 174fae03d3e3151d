"""Operations of root with user ids: become one, find its processes, and give a folder to it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import stat
from collections.abc import Iterable
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: Folders inside each other; no project has so many, and each is open meanwhile.
_DEPTH = 200
#: Processes and threads of one user: a build with many threads has room, a fork bomb leaves the machine some.
_PROCESSES = 2048
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_LIBC = ctypes.CDLL(None, use_errno=True)


def become(uid: int) -> None:
    """Give up for good all capabilities, our groups, and setuid bits. What else it may reach is limited here, too."""
    resource.setrlimit(resource.RLIMIT_NPROC, (_PROCESSES, _PROCESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    no_new_rights()
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.umask(0o022)


def take_over(folder: int, uid: int, *, group: int | None = None, depth: int = 0) -> None:
    """Make an open folder and all that is in it a user's (and a group's: else that of the same number); nothing that is opened is a link.

    A file with a second name stays as it is: that name may be outside.
    """
    gid = uid if group is None else group
    os.fchown(folder, uid, gid)
    with os.scandir(folder) as found:
        entries = [(one.name, one.stat(follow_symlinks=False)) for one in found]
    for name, seen in entries:
        with contextlib.suppress(OSError):  # gone by now
            if stat.S_ISDIR(seen.st_mode) and depth < _DEPTH:
                inner = os.open(name, _FOLDER, dir_fd=folder)
                try:
                    take_over(inner, uid, group=gid, depth=depth + 1)
                finally:
                    os.close(inner)
            elif stat.S_ISLNK(seen.st_mode):
                os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False)
            elif stat.S_ISREG(seen.st_mode):
                _take_file(os.open(name, _FILE, dir_fd=folder), uid, gid)


def _take_file(file: int, uid: int, gid: int) -> None:
    try:
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
            os.fchmod(file, stat.S_IMODE(found.st_mode) & 0o777)
            os.fchown(file, uid, gid)
    finally:
        os.close(file)


def no_new_rights() -> None:
    """No file's setuid bit or capability is a way up, for this process and all that stem from it."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def adopt_orphans() -> None:
    """Make this process the parent of descendants whose parent ends."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def processes(uid: int) -> set[int]:
    """The processes that have the user id in any of their four ids, and have not ended."""
    return {pid for pid in _pids() if uid in uids(pid)}


def _pids() -> Iterable[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def uids(pid: int) -> frozenset[int]:
    """The numbers of a process's users, in all four places; none of one that has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return frozenset()
    fields = dict(line.partition(":")[::2] for line in lines)
    if fields.get("State", "").strip()[:1] in "ZX":
        return frozenset()
    return frozenset(map(int, fields.get("Uid", "").split()))


def _prctl(option: int, value: int) -> None:
    if _LIBC.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
