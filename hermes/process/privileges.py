"""How a worker that was started as root gives that up: it starts the launcher and becomes a user that owns nothing but its folder."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hermes import errors
from hermes.process import becoming
from hermes.process.user import Users

#: Users of one worker, one for each session that is open and as many again for the numbers to come round late.
RANGE = 1024
#: Users of the image whose only use this is.
_OURS = "agent-"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_LAUNCHER = ("-I", "-m", "hermes.process.launcher")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Who is who: the worker's user and group, and the first of the range that agents run as."""

    worker: int
    group: int
    first: int

    @classmethod
    def read(cls, worker: str, agents: str) -> Numbers:
        """By name or number. Raises `errors.ConfigError` for a user that is none, is root, or is in the agents' range."""
        uid, gid = _found(worker, "HERMES_WORKER_USER")
        first, _ = _found(agents, "HERMES_WORKER_AGENT_USER")
        taken = range(first, first + RANGE)
        if uid in taken:
            raise errors.ConfigError(
                f"HERMES_WORKER_AGENT_USER: agents run as the users {first} to {taken[-1]}, and {uid} is the worker's own; "
                "give agents a number above all users of the machine, such as 20000, or the worker another user (HERMES_WORKER_USER)"
            )
        # The first may have any name: it can be given by it, and nobody runs as it.
        others = sorted(
            found.pw_name
            for found in pwd.getpwall()
            if found.pw_uid in taken[1:] and not found.pw_name.startswith(_OURS)
        )
        if others:
            raise errors.ConfigError(
                f"HERMES_WORKER_AGENT_USER: agents run as the users {first} to {taken[-1]}, and {others[0]} is one of them; "
                "give a number above all users of the machine, such as 20000"
            )
        return cls(uid, gid, first)


def give_up(numbers: Numbers, workspace: Path, *, lost: Callable[[], None]) -> Users:
    """Start the launcher and become the worker's user, for good. Raises `errors.ConfigError` where that cannot be.

    Called before anything else is read or written; `lost` is called if the launcher ends before the worker.
    """
    if os.geteuid() != 0:
        raise errors.ConfigError(
            "HERMES_WORKER_AGENT_USER: agents can run as other users only where the worker is started as root"
        )
    try:
        users = start(numbers, workspace, lost=lost)
        os.umask(0o022)  # what is closed to agents is so by its folder
        os.setgroups([])
        os.setresgid(numbers.group, numbers.group, numbers.group)
        os.setresuid(numbers.worker, numbers.worker, numbers.worker)
        becoming.no_new_rights()
        for found in (os.__file__, __file__):  # what is imported later is read as this user
            with Path(found).open("rb"):
                pass
    except PermissionError as error:
        if os.geteuid() == 0:
            raise errors.ConfigError(f"the worker cannot give up being root: {error.strerror}") from error
        raise errors.ConfigError(
            f"HERMES_WORKER_USER: user {numbers.worker} cannot read {error.filename}; "
            "install Python and Hermes where every user may read"
        ) from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise errors.ConfigError(f"the worker cannot give up being root: {error.strerror}{where}") from error
    return users


def start(numbers: Numbers, workspace: Path, *, lost: Callable[[], None]) -> Users:
    """The launcher alone; it goes when the worker does. Raises OSError."""
    sessions = _folders(workspace.absolute(), numbers)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    given = (theirs.fileno(), sessions, numbers.worker, numbers.first, RANGE)
    try:
        process = subprocess.Popen(
            [sys.executable, *_LAUNCHER, *map(str, given)],
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},  # nothing of ours is for it
            cwd="/",
            stdin=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), sessions),
            start_new_session=True,
        )
    finally:
        theirs.close()
        os.close(sessions)
    return Users(channel=ours, process=process, lost=lost)


def environment(source: Mapping[str, str], numbers: Numbers) -> dict[str, str]:
    """The same with a home that the worker's user may use."""
    try:
        home = pwd.getpwuid(numbers.worker).pw_dir
    except KeyError:
        home = "/nonexistent"
    return {**source, "HOME": home}


def _folders(workspace: Path, numbers: Numbers) -> int:
    """The worker's folder is its own, all in `runtime` included, and open for agents to pass through; `sessions`, opened."""
    workspace.mkdir(parents=True, exist_ok=True)
    opened = {}
    for name, mode in (("", 0o711), ("runtime", 0o700), ("sessions", 0o711)):
        path = workspace / name
        path.mkdir(exist_ok=True)
        handle = opened[name] = os.open(path, _FOLDER)
        os.fchmod(handle, mode)
        if name == "runtime":
            becoming.take_over(handle, numbers.worker, group=numbers.group)
        else:
            os.fchown(handle, numbers.worker, numbers.group)
    os.close(opened[""])
    os.close(opened["runtime"])
    return opened["sessions"]


def _found(name: str, setting: str) -> tuple[int, int]:
    try:
        found = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
        uid, gid = found.pw_uid, found.pw_gid
    except KeyError:
        if not name.isdigit():
            raise errors.ConfigError(f"{setting}: there is no user {name!r} on this machine") from None
        uid = gid = int(name)
    if uid == 0:
        raise errors.ConfigError(f"{setting}: it cannot be root")
    return uid, gid
