"""The one part of a worker that stays root: it starts programs as other users, ends them, and gives a session's folders their owner.

The worker starts it before it gives up being root, and talks to it over a pair of sockets; nobody else can. It reads a few small words of
JSON and nothing that an agent wrote: what is to be run, with which environment, is read by the child after it has become the other user.
No request can name a user or a path: a session has a name, and the users are those of the range that the launcher was started with.

Each session has a separate user while it is open, held by a lock that every launcher of this machine respects. Its folder is closed
to everybody but the worker while it is not open, so that a number which was another session's before opens nothing.

    sessions/NAME        the worker's; its group may pass through (0710) while the session is open, nobody else (0700)
    sessions/NAME/PART   the session's user's (0700): tree, home, in, own

A user's processes are ended by `kill(-1)` of a child with that user's effective number and a real one that nobody has: the kernel does
it in one step, so that no fork escapes, and no process of the user's can signal that child. It is repeated until none is left.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import importlib
import json
import os
import pickle
import selectors
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hermes.process import acts as _loaded  # noqa: F401 - most children need it: it is there when they begin
from hermes.process import becoming

PARTS = ("tree", "home", "in", "own")
"""The folders of a session that are its user's."""
REQUEST_BYTES = 16 * 1024
FILES = 64
"""Descriptors with one request; Linux takes 253."""
LOCKS = Path("/run/hermes-users")

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Every round ends all that were there at one moment; only one that the kernel cannot end yet (a hanging disk) takes more.
_END_SECONDS = 10.0
_PAUSE_SECONDS = 0.01


@dataclass(slots=True)
class _Session:
    uid: int
    lock: int
    folder: int
    """Its own, open: never found again by name."""


@dataclass(slots=True)
class _Ending:
    """A request that is answered when nobody of the user is left, or when the time is over."""

    request: int
    uid: int
    until: float
    seen: set[int] = field(default_factory=set)
    then: Callable[[], None] | None = None


class ProcessLauncher:
    """Serves one worker until the worker closes its end."""

    def __init__(self, *, channel: socket.socket, sessions: int, worker: int, first: int, count: int) -> None:
        """`sessions` is the open folder of all sessions, `worker` the worker's user, `first` the number that nobody runs as."""
        self._channel = channel
        self._sessions = sessions
        self._worker = worker
        self._nobody = first
        self._range = range(first + 1, first + count)
        self._next = 0
        self._open: dict[str, _Session] = {}
        self._children: dict[int, str] = {}
        self._endings: list[_Ending] = []
        self._locks = _locks(sessions)

    def serve(self) -> None:
        """Serve until the worker is gone; then end all processes of its sessions."""
        woken, waking = socket.socketpair()
        for end in (woken, waking):
            end.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select(_PAUSE_SECONDS if self._endings else None)}
                if woken in ready:
                    with contextlib.suppress(BlockingIOError):
                        woken.recv(4096)
                self._reap()
                self._go_on_ending()
                if self._channel in ready and not self._one():
                    break
        for session in list(self._open.values()):
            with contextlib.suppress(ValueError):
                self._kill_all(session.uid)

    def _one(self) -> bool:
        data, files, _flags, _ = socket.recv_fds(self._channel, REQUEST_BYTES, FILES)
        try:
            if not data:
                return False
            request = json.loads(data)
            number = int(request["id"])
            try:
                answer = self._do(number, request, files)
            except OSError as error:
                answer = {"error": error.strerror or str(error), "errno": error.errno or errno.EIO}
            except (LookupError, ValueError) as error:
                answer = {"error": str(error)}
            if answer is not None:
                self._say({"id": number, **answer})
            return True
        finally:
            for handle in files:
                os.close(handle)

    def _do(self, number: int, request: dict[str, Any], files: list[int]) -> dict[str, Any] | None:
        name = str(request["session"])
        match request["op"]:
            case "open":
                return {"uid": self._open_session(name)}
            case "close":
                session = self._open[name]
                self._end(number, session.uid, lambda: self._close_session(name))
                return None
            case "end":
                self._end(number, self._open[name].uid)
                return None
            case "run":
                self._lend_pipes(self._open[name].uid, files[2:])
                return {"pid": self._child(name, lambda: _become_program(files))}
            case "act":
                return {"pid": self._child(name, lambda: _do_act(files))}
            case "signal":
                self._signal(self._open[name].uid, int(request["pid"]), int(request["number"]))
                return {}
            case _:
                raise ValueError("no such request")

    def _say(self, words: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # the worker has gone: the next read says so
            self._channel.send(json.dumps(words).encode())

    # ── sessions ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _open_session(self, name: str) -> int:
        if not name or name.startswith(".") or "/" in name or "\0" in name:
            raise ValueError("no name of a session")
        if name in self._open:
            return self._open[name].uid
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=self._sessions)
        with contextlib.ExitStack() as stack:
            folder = os.open(name, _FOLDER, dir_fd=self._sessions)
            stack.callback(os.close, folder)
            owner = os.fstat(folder).st_uid
            if owner not in (0, self._worker):
                raise ValueError("the session's folder is not the worker's")
            session = self._lend(folder)
            stack.callback(os.close, session.lock)
            self._kill_all(session.uid)  # left by a launcher that was killed
            for part in PARTS:
                self._give(folder, part, session.uid)
            os.fchown(folder, self._worker, session.uid)
            os.fchmod(folder, 0o710)
            stack.pop_all()
        self._open[name] = session
        return session.uid

    def _lend(self, folder: int) -> _Session:
        """The user that the folder's parts belong to already, if it is free; else the next one that is, in turn."""
        before: list[int] = []
        with contextlib.suppress(OSError):
            before = [os.stat("tree", dir_fd=folder, follow_symlinks=False).st_uid]
        count = len(self._range)
        turn = (self._range[(self._next + step) % count] for step in range(count))
        for uid in (*(uid for uid in before if uid in self._range), *turn):
            if any(session.uid == uid for session in self._open.values()):
                continue
            lock = os.open(str(uid), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=self._locks)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            if uid not in before:
                self._next = (uid - self._range[0] + 1) % count
            return _Session(uid, lock, folder)
        raise ValueError("every user of the range has a session")

    def _give(self, folder: int, part: str, uid: int) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o700, dir_fd=folder)
        try:
            handle = os.open(part, _FOLDER, dir_fd=folder)
        except NotADirectoryError:  # left there by an older version's agent, whose folder it was
            os.unlink(part, dir_fd=folder)
            os.mkdir(part, 0o700, dir_fd=folder)
            handle = os.open(part, _FOLDER, dir_fd=folder)
        try:
            os.fchmod(handle, 0o700)
            if os.fstat(handle).st_uid != uid:
                becoming.take_over(handle, uid)
        finally:
            os.close(handle)

    def _close_session(self, name: str) -> None:
        session = self._open.pop(name)
        os.fchmod(session.folder, 0o700)
        os.close(session.folder)
        os.close(session.lock)

    # ── processes ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _child(self, name: str, become: Callable[[], None]) -> int:
        """A child of the session's user that becomes what the request says; the numbers of its descriptors are as they came."""
        session = self._open[name]
        pid = os.fork()
        if pid == 0:
            try:
                os.setsid()
                self._channel.close()
                for handle in (
                    self._sessions,
                    self._locks,
                    *(h for s in self._open.values() for h in (s.lock, s.folder)),
                ):
                    os.close(handle)
                signal.set_wakeup_fd(-1)
                for number in (signal.SIGPIPE, signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_DFL)
                becoming.become(session.uid)
                become()
            finally:
                os._exit(127)
        self._children[pid] = name
        return pid

    def _lend_pipes(self, uid: int, files: list[int]) -> None:
        """A program may open its streams again by name (/dev/stdout, /dev/fd/N): pipes of the worker's are made its user's."""
        for handle in files:
            found = os.fstat(handle)
            if stat.S_ISFIFO(found.st_mode) and found.st_uid == self._worker:
                os.fchown(handle, uid, uid)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if self._children.pop(pid, None) is not None:
                    self._say({"exited": pid, "status": os.waitstatus_to_exitcode(status)})

    def _signal(self, uid: int, pid: int, number: int) -> None:
        """Signal the group of a child, as its user, so that no process of another user is hit if the number is reused."""
        if pid > 1:
            self._as_killer(uid, lambda: os.killpg(pid, number))

    def _end(self, request: int, uid: int, then: Callable[[], None] | None = None) -> None:
        self._endings.append(_Ending(request, uid, time.monotonic() + _END_SECONDS, then=then))
        self._go_on_ending()

    def _go_on_ending(self) -> None:
        for ending in list(self._endings):
            found, left = self._kill(ending.uid)
            ending.seen |= found
            if left and time.monotonic() < ending.until:
                continue
            self._endings.remove(ending)
            if (
                ending.then is not None and not left
            ):  # a process that cannot be ended keeps its user, so that no other session gets that user
                ending.then()
            self._say({"id": ending.request, "ended": len(ending.seen), "left": len(left)})

    def _kill(self, uid: int) -> tuple[set[int], set[int]]:
        """End all of a user's at once; those that were seen, and of them those that have not ended yet.

        A look alone may find nobody among processes each of which begins the next and ends. So a look is believed only after the kill: it
        hits all of them in one moment, and none that it hit can begin another.
        """
        found = becoming.processes(uid)
        at_once = self._as_killer(uid, lambda: os.kill(-1, signal.SIGKILL))
        self._reap()
        left = becoming.processes(uid)
        return found | left, left if at_once else found | left

    def _kill_all(self, uid: int) -> None:
        deadline = time.monotonic() + _END_SECONDS
        while self._kill(uid)[1]:
            if time.monotonic() > deadline:
                raise ValueError(f"processes of user {uid} do not end")
            time.sleep(_PAUSE_SECONDS)

    def _as_killer(self, uid: int, do: Callable[[], None]) -> bool:
        """Whether it was done, or there was no process to do it to."""
        try:
            pid = os.fork()
        except OSError:  # a bomb has all the numbers of the container: one by one, then, until there is room
            for found in becoming.processes(uid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(found, signal.SIGKILL)
            return False
        if pid == 0:
            failed = 1
            try:
                os.setgroups([])
                os.setresgid(self._nobody, self._nobody, self._nobody)
                os.setresuid(self._nobody, uid, self._nobody)
                with contextlib.suppress(ProcessLookupError):
                    do()
                failed = 0
            finally:
                os._exit(failed)
        return os.waitpid(pid, 0)[1] == 0


def _become_program(files: list[int]) -> None:
    """Descriptors: the payload, where a failure is said, standard input, output, error, and if there is one the control's."""
    payload, failure, *streams = (fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, FILES + 8) for handle in files)
    try:
        what = json.loads(_all(payload))
        for number, handle in enumerate(streams):
            os.dup2(handle, number)
        os.closerange(len(streams), FILES + 8)
        os.chdir(what["cwd"])
        os.execve(what["argv"][0], what["argv"], what["env"])  # noqa: S606
    except OSError as error:
        os.write(failure, str(error.errno or errno.EIO).encode())


def _do_act(files: list[int]) -> None:
    """Descriptors: the payload, where the answer goes, and those of the act."""
    payload, answer, *further = files
    module, name, args, takes_files = pickle.loads(_all(payload))  # noqa: S301 - the worker's, and we are less than it by now
    function = getattr(importlib.import_module(module), name)
    try:
        said: dict[str, Any] = {"answer": function(*args, **({"files": further} if takes_files else {}))}
    except OSError as error:
        said = {"errno": error.errno or errno.EIO, "words": error.strerror or str(error)}
    with os.fdopen(answer, "wb") as file:
        file.write(json.dumps(said).encode())
    os._exit(0)


def _all(handle: int) -> bytes:
    return os.pread(handle, os.fstat(handle).st_size, 0)


def _locks(sessions: int) -> int:
    """For all launchers of the machine; beside the sessions where the machine's own folder cannot be written."""
    try:
        LOCKS.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(LOCKS, _FOLDER)
    except OSError:
        with contextlib.suppress(FileExistsError):
            os.mkdir(".users", 0o700, dir_fd=sessions)
        handle = os.open(".users", _FOLDER, dir_fd=sessions)
    if os.fstat(handle).st_uid != 0:
        raise PermissionError(errno.EPERM, "the folder of users in use is not root's")
    os.fchmod(handle, 0o700)
    return handle


def main() -> None:
    """`launcher.py CHANNEL SESSIONS WORKER FIRST COUNT`: two descriptors and three numbers."""
    channel, sessions, worker, first, count = map(int, sys.argv[1:6])
    for handle in (channel, sessions):
        os.set_inheritable(handle, False)
    becoming.adopt_orphans()
    os.umask(0o077)
    with socket.socket(fileno=channel) as open_channel:
        ProcessLauncher(channel=open_channel, sessions=sessions, worker=worker, first=first, count=count).serve()


if __name__ == "__main__":
    main()
