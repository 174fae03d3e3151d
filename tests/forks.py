"""Test programs by a process that has imported everything and forks: each costs milliseconds, where an interpreter costs a second.

A program is a module that runs as `__main__`, with arguments, environment and standard streams of its own, and dies for real. In /proc a
fork shows the environment and command line of the process that it is a fork of: tests of those start an interpreter.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from tests import warm

#: What most programs import; the rest they load themselves.
_PRELOADED: Final = ("hermes.app.gateway", "hermes.app.worker", "hermes.cli.main", "hermes.cli.ingest", "tests.env")
_STREAMS: Final = 3
_START_SECONDS: Final = 60.0


class Program:
    """One that was started; what `asyncio.subprocess.Process` has, as far as tests use it."""

    def __init__(self, pid: int, said: asyncio.StreamReader, line: asyncio.StreamWriter) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._end(said, line))

    async def _end(self, said: asyncio.StreamReader, line: asyncio.StreamWriter) -> int:
        told = await said.readline()
        line.close()
        self.returncode = int(json.loads(told)["code"])
        return self.returncode

    async def wait(self) -> int:
        """Its exit status; negative for a signal."""
        return await asyncio.shield(self._ended)

    def send_signal(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Forks:
    """The process that forks, once for each test process."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hermes-forks-")
        self._path = f"{self._folder.name}/s"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.forks", self._path],
            cwd=Path(__file__).parents[1],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """What still runs is killed."""
        self._process.communicate(timeout=_START_SECONDS)
        self._folder.cleanup()

    async def start(
        self,
        module: str,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        streams: tuple[int, int, int] | None = None,
        start_new_session: bool = False,
    ) -> Program:
        """`python -m module …`: the three streams are file descriptors; without them it reads nothing, and writes where the test writes."""
        order = {"module": module, "arguments": arguments, "env": dict(os.environ if env is None else env)}
        line = socket.socket(socket.AF_UNIX)
        line.connect(self._path)
        nothing = os.open(os.devnull, os.O_RDONLY)
        socket.send_fds(line, [b"f"], list(streams or (nothing, 1, 2)))
        os.close(nothing)
        reader, writer = await asyncio.open_connection(sock=line)
        writer.write(json.dumps(order | {"session": start_new_session}).encode() + b"\n")
        async with asyncio.timeout(_START_SECONDS):
            pid = json.loads(await reader.readline())["pid"]
        return Program(pid, reader, writer)


def _serve(path: str) -> tuple[dict[str, Any], list[int]] | None:
    """Forks until the standard input ends; returns what to become in each fork, and None in the process itself."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    heard, woken = os.pipe2(os.O_NONBLOCK)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    children: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([listener, sys.stdin, heard], [], [])
        if heard in ready:
            os.read(heard, 4096)
            _reap(children)
        if sys.stdin in ready:
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            return None
        if listener in ready:
            line, _ = listener.accept()
            _, streams, _, _ = socket.recv_fds(line, 1, _STREAMS)
            with line.makefile("rb") as lines:
                order = json.loads(lines.readline())
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for inherited in (listener, line, *children.values()):
                    inherited.close()
                os.close(heard)
                os.close(woken)
                return order, streams
            for descriptor in streams:
                os.close(descriptor)
            children[pid] = line
            line.sendall(json.dumps({"pid": pid}).encode() + b"\n")


def _reap(children: dict[int, socket.socket]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        # Whoever started it may wait for it no more.
        with children.pop(pid) as line, contextlib.suppress(ConnectionError):
            line.sendall(json.dumps({"code": os.waitstatus_to_exitcode(status)}).encode() + b"\n")


def _become(order: dict[str, Any], streams: list[int]) -> None:
    if order["session"]:
        os.setsid()
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = [order["module"], *order["arguments"]]
    random.seed()
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    for _name in _PRELOADED:
        importlib.import_module(_name)
    warm.read_files_once()
    gc.collect()
    gc.freeze()
    _given = _serve(sys.argv[1])
    if _given is not None:
        _become(*_given)
