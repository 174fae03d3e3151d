"""One run of the runtime's own git: a child with a time limit and nothing of what guards an untrusted agent, no log and no stop schedule.

The child is watched by its pid, never by its output, for what it starts (ssh, a credential daemon) may hold a pipe open for ever. It is the
leader of its own group, which ends with it; a cancelled run is told to end first, so that git removes its lock files.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from hermes import errors
from hermes.process import pipes
from hermes.process.process import TIDY_SECONDS

#: A process that not even SIGKILL ends is waited for so long.
_UNKILLABLE_SECONDS = 5.0
#: No pipe of Linux holds more, unless root says so.
_PIPE_BYTES = 1024 * 1024

OnBytes = Callable[[bytes], None]
"""Called for each piece of a stream."""


async def run(*args: str, cwd: Path, env: Mapping[str, str], stdin: bytes, on_out: OnBytes, on_err: OnBytes) -> int:
    """Run git to its end; returns its exit status, negative for a signal. Raises `errors.StepFailed` if it cannot be started."""
    child = _started(args, cwd, env, piped=bool(stdin))
    with contextlib.ExitStack() as stack:
        for stream in filter(None, (child.stdin, child.stdout, child.stderr)):
            stack.enter_context(contextlib.closing(stream))
        try:
            await _to_its_end(child, stdin, on_out, on_err)
        finally:
            if child.returncode is None:
                await _abort(child)
    return child.returncode


def _started(args: Sequence[str], cwd: Path, env: Mapping[str, str], *, piped: bool) -> subprocess.Popen[bytes]:
    program = shutil.which("git", path=env.get("PATH"))
    if program is None:
        raise errors.StepFailed("The program 'git' was not found.")
    try:
        return subprocess.Popen(
            (program, *args),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise errors.StepFailed(f"git could not be started: {error.strerror}.") from error


async def _to_its_end(child: subprocess.Popen[bytes], stdin: bytes, on_out: OnBytes, on_err: OnBytes) -> None:
    assert child.stdout is not None
    assert child.stderr is not None
    async with asyncio.TaskGroup() as group:
        reading = [
            group.create_task(_read(stream.fileno(), take), name=f"read {name}")
            for name, stream, take in (("stdout", child.stdout, on_out), ("stderr", child.stderr, on_err))
        ]
        aside = []
        if child.stdin is not None:
            aside.append(group.create_task(_feed(child.stdin, stdin), name="stdin"))
        await pipes.ended(child)
        _signal(child, signal.SIGKILL)  # before its number is free for another: what is left of its group
        child.wait()
        for task in (*aside, *reading):
            task.cancel()
    for stream, take in ((child.stdout, on_out), (child.stderr, on_err)):
        _rest(stream.fileno(), take)


async def _feed(stream: IO[bytes], data: bytes) -> None:
    feed = pipes.Feed(os.dup(stream.fileno()))
    stream.close()
    feed.write(data)
    feed.close()
    await feed.pump()


async def _read(fd: int, take: OnBytes) -> None:
    async for chunk in pipes.chunks(fd):
        take(chunk)


def _rest(fd: int, take: OnBytes) -> None:
    """What is left in the pipe: all that git had written. A process that still has it open is not waited for."""
    os.set_blocking(fd, False)
    left = _PIPE_BYTES
    with contextlib.suppress(BlockingIOError):
        while left > 0 and (chunk := os.read(fd, left)):
            left -= len(chunk)
            take(chunk)


async def _abort(child: subprocess.Popen[bytes]) -> None:
    try:
        _signal(child, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(pipes.ended(child), TIDY_SECONDS)
    finally:
        _signal(child, signal.SIGKILL)
        child.wait(_UNKILLABLE_SECONDS)


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
