"""The user that a session's programs run as: a separate one if the worker was started as root, else the worker's.

`Users` is the worker's side of `launcher.py`. Where there is none, programs and acts run as the worker itself: then file modes keep nothing
from an agent, and what outlives its command is found by mark and descent alone (`stragglers.py`).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import json
import logging
import os
import pickle
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from hermes import errors
from hermes.process import acts, launcher

#: An answer of the launcher, which ends processes for up to 10 s before it says that one is left.
LAUNCHER_SECONDS: Final = 30.0
#: A launcher whose socket is full is asked again after this.
LAUNCHER_PAUSE_SECONDS: Final = 0.01
#: One thing done among an agent's files as its user: a worktree of a million files is removed in it.
ACT_SECONDS: Final = 300.0

_LOG = logging.getLogger(__name__)
T = TypeVar("T")

_ANSWER_BYTES = 16 * 1024 * 1024
_GONE = "the worker's launcher has ended"


class Child:
    """A program that the launcher started; `returncode` is None while it runs, negative for a signal."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.ended = asyncio.Event()

    def poll(self) -> int | None:
        """As of `subprocess.Popen`."""
        return self.returncode


@dataclass(frozen=True, slots=True)
class User:
    """The user of one open session's programs."""

    uid: int
    session: str
    users: Users

    async def start(self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], streams: Sequence[int]) -> Child:
        """A program with these descriptors from 0 on, in its own session and group. Raises OSError if it cannot be started."""
        return await self.users.start(self.session, argv, cwd=cwd, env=env, streams=streams)

    def signal(self, pid: int, number: int) -> None:
        """The group of a program; never waits."""
        self.users.signal(self.session, pid, number)

    async def end(self) -> int:
        """End every process of this user, however it hides; how many there were. Raises `errors.StepFailed` if one is left."""
        return await self.users.end(self.session)


class Users:
    """Calls the launcher. Raises `errors.HermesError` once it has ended: then no program can be started."""

    def __init__(self, *, channel: socket.socket, process: subprocess.Popen[bytes], lost: Callable[[], None]) -> None:
        """`channel` is the worker's end; `lost` is called when the launcher has gone."""
        self.process = process
        """The launcher."""
        channel.setblocking(False)
        self._channel = channel
        self._lost = lost
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._children: dict[int, Child] = {}
        self._listening = False
        self._gone = False

    async def open(self, session: str) -> User:
        """A user for a session, its folders made or given to it; nobody else has this user until `close`."""
        answer = await self._ask("open", session)
        return User(int(answer["uid"]), session, self)

    async def close(self, session: str) -> None:
        """End all of the user's, and close the session's folder. Raises `errors.StepFailed` if one is left."""
        _none_left(await self._ask("close", session))

    async def end(self, session: str) -> int:
        """As `User.end`."""
        return _none_left(await self._ask("end", session))

    async def start(
        self, session: str, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], streams: Sequence[int]
    ) -> Child:
        """As `User.start`."""
        payload = {"argv": list(argv), "cwd": str(cwd), "env": dict(env)}
        failed, says = os.pipe()
        try:
            with spooled(json.dumps(payload).encode()) as what:
                answer = await self._ask("run", session, files=[what.fileno(), says, *streams])
        except BaseException:
            os.close(failed)
            raise
        finally:
            os.close(says)
        try:
            async with asyncio.timeout(LAUNCHER_SECONDS):
                said = await _read(failed)
        except TimeoutError as error:
            raise OSError(errno.ETIMEDOUT, "it did not become the program") from error
        finally:
            os.close(failed)
        if said:
            number = int(said)
            raise OSError(number, os.strerror(number))
        child: Child = answer["child"]
        return child

    async def act(
        self, session: str, function: Callable[..., Any], args: Sequence[Any], files: Sequence[int] = ()
    ) -> Any:
        """As the function `act` below."""
        name = function.__name__
        packed = pickle.dumps((function.__module__, name, args, bool(files)))
        with tempfile.TemporaryFile() as answer, spooled(packed) as what:
            child: Child = (await self._ask("act", session, files=[what.fileno(), answer.fileno(), *files]))["child"]
            try:
                async with asyncio.timeout(ACT_SECONDS):
                    await child.ended.wait()
            except TimeoutError as error:
                raise errors.StepFailed(
                    f"What was to be done among the session's files took too long ({name})."
                ) from error
            finally:
                if not child.ended.is_set():
                    self.signal(session, child.pid, signal.SIGKILL)
            answer.seek(0)
            said = json.loads(answer.read(_ANSWER_BYTES) or b"{}")
        if "answer" in said:
            return said["answer"]
        if "errno" in said:
            raise OSError(int(said["errno"]), str(said["words"]))
        raise errors.StepFailed(f"What was to be done among the session's files ended early ({name}).")

    def signal(self, session: str, pid: int, number: int) -> None:
        """As `User.signal`."""
        with contextlib.suppress(OSError):  # full or gone: the schedule's next step comes
            self._send({"id": 0, "op": "signal", "session": session, "pid": pid, "number": number}, [])

    async def leave(self) -> None:
        """Close the launcher, which ends all open sessions and itself."""
        self._gone = True
        if self._listening and self._channel.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        await asyncio.to_thread(self.process.wait)

    async def _ask(self, op: str, session: str, *, files: Sequence[int] = ()) -> dict[str, Any]:
        if not self._listening:
            self._listening = True
            asyncio.get_running_loop().add_reader(self._channel, self._hear)
        number = next(self._numbers)
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            await self._sent({"id": number, "op": op, "session": session}, files)
            answer: dict[str, Any] = await asyncio.wait_for(waiting, LAUNCHER_SECONDS)
        except TimeoutError as error:
            raise errors.HermesError(f"the worker's launcher did not answer within {LAUNCHER_SECONDS:g} s") from error
        finally:
            self._waiting.pop(number, None)
        if "errno" in answer:
            raise OSError(int(answer["errno"]), str(answer["error"]))
        if "error" in answer:
            raise errors.HermesError(f"the worker's launcher refused: {answer['error']}")
        return answer

    async def _sent(self, words: dict[str, Any], files: Sequence[int]) -> None:
        while not self._gone:
            try:
                return self._send(words, files)
            except BlockingIOError:
                await asyncio.sleep(LAUNCHER_PAUSE_SECONDS)
            except OSError:
                self._lose()
        raise errors.HermesError(_GONE)

    def _send(self, words: dict[str, Any], files: Sequence[int]) -> None:
        data = json.dumps(words).encode()
        if files:
            socket.send_fds(self._channel, [data], list(files))
        else:
            self._channel.send(data)

    def _hear(self) -> None:
        while True:
            try:
                data = self._channel.recv(launcher.REQUEST_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._lose()
                return
            said = json.loads(data)
            if "exited" in said:
                if (child := self._children.pop(said["exited"], None)) is not None:
                    child.returncode = said["status"]
                    child.ended.set()
                continue
            if "pid" in said:
                said["child"] = self._children[said["pid"]] = Child(said["pid"])
            if (waiting := self._waiting.get(said["id"])) is not None and not waiting.done():
                waiting.set_result(said)

    def _lose(self) -> None:
        if self._gone:
            return
        self._gone = True
        if self._listening:
            asyncio.get_running_loop().remove_reader(self._channel)
        _LOG.error("The worker's launcher has ended.", extra={"action": "launcher.gone"})
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(errors.HermesError(_GONE))
        for child in self._children.values():
            child.ended.set()
        self._lost()


async def act(user: User | None, function: Callable[..., T], *args: Any, files: Sequence[IO[bytes]] = ()) -> T:
    """Call a function of a module as this user, in a separate process; None: in a thread, as the worker. Raises OSError.

    Its answer must be one that JSON can hold: it comes from an agent's user, and is nothing more than words. `files` are handed on as
    descriptors, under the same name.
    """
    for file in files:
        file.flush()
    handles = [file.fileno() for file in files]
    if user is not None:
        answer: T = await user.users.act(user.session, function, args, handles)
        return answer
    return await asyncio.to_thread(function, *args, **({"files": handles} if files else {}))


async def write(user: User | None, root: Path, path: str, data: bytes, *, mode: int = 0o644) -> None:
    """Create a new file among an agent's files. Raises OSError."""
    with spooled(data) as file:
        await act(user, acts.write, str(root), path.split("/"), mode, files=[file])


async def read(user: User | None, root: Path, path: str, *, most: int) -> bytes | None:
    """A plain file of an agent's; None if there is none, or more of it than `most` bytes."""
    with tempfile.TemporaryFile() as file:
        if await act(user, acts.read, str(root), path.split("/"), most, files=[file]) is None:
            return None
        file.seek(0)
        return file.read()


@contextlib.contextmanager
def spooled(data: bytes) -> Iterator[IO[bytes]]:
    """A nameless file with these bytes, for an act."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file


async def _read(pipe: int) -> bytes:
    """What a child says of its failure before it becomes the program; nothing if it became one."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    os.set_blocking(pipe, False)
    loop.add_reader(pipe, ready.set)
    try:
        await ready.wait()
        return os.read(pipe, 64)
    finally:
        loop.remove_reader(pipe)


def _none_left(answer: Mapping[str, Any]) -> int:
    if answer["left"]:
        raise errors.StepFailed(
            f"{answer['left']} processes of the agent could not be ended.",
            hint="The operator has to look at the worker.",
        )
    return int(answer["ended"])
