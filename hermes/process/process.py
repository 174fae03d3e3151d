"""One child process, supervised: its group, its output, its end, and what it leaves behind.

The process is watched by its pid, never by its output: a child of a child may hold a pipe open for ever. When the pid is gone,
the rest of its group is killed, its output is read for a short while more, and stragglers are swept by mark and descent.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from hermes import errors
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.execution import ExecutionState
from hermes.process import descendants, pipes
from hermes.process.framing import Framer, Line
from hermes.process.log import Log
from hermes.process.user import Child, User
from hermes.process.walls import Walls

#: The stop of a process, counted from its beginning: SIGINT, SIGTERM, SIGKILL (docs/worker.md).
INTERRUPT_SECONDS: Final = 10.0
TERM_SECONDS: Final = 15.0
KILL_SECONDS: Final = 20.0
#: Output that still comes after the process has ended is read for this long; a stray child may hold the pipe for ever.
DRAIN_OUTPUT_SECONDS: Final = 2.0
#: A process that is cancelled may tidy up for this long after SIGTERM (git removes its lock files).
TIDY_SECONDS: Final = 1.0
#: How often the memory of a running agent is measured.
MEMORY_SECONDS: Final = 2.0

CONTROL_FD = 3
"""The descriptor on which a child may report progress, one JSON object in each line."""

_POLL_SECONDS = 0.02
_UNKILLABLE_SECONDS = 5.0

_Child = subprocess.Popen[bytes] | Child

OnLine = Callable[[str, Line], Awaitable[None]]
"""Called for each line with the name of its stream: `stdout`, `stderr` or `control`."""

OnBytes = Callable[[bytes], None]
"""Called for each piece of standard output, where that is no text of lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSchedule:
    """When a stop gets firmer, in seconds from its beginning; before `interrupt` the agent's own way of stopping has its time."""

    interrupt: float = INTERRUPT_SECONDS
    term: float = TERM_SECONDS
    kill: float = KILL_SECONDS

    def at_once(self) -> Self:
        """The same schedule for a process without its own interrupt: SIGINT comes first, at once."""
        return type(self)(interrupt=0.0, term=self.term - self.interrupt, kill=self.kill - self.interrupt)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What to run, and within which limits."""

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    """The whole environment; `environment.reduced` makes one."""
    mark: str | None = None
    """The tag in its environment by which stragglers are found; None for our own programs, which leave none."""
    stdin: bytes = b""
    keep_stdin: bool = False
    """Leave the input open after `stdin`, for a dialogue."""
    control: bool = False
    """Open descriptor 3 for the child."""
    log: Path | None = None
    secrets: tuple[str, ...] = ()
    output_bytes: int | None = None
    memory_bytes: int | None = None
    user: User | None = None
    """The user that it runs as, if not that of this process."""
    walls: Walls | None = None
    """What contains it; None for our own programs, and where the machine has no walls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessOutcome:
    """How a process ended."""

    returncode: int | None
    """Negative for a signal, None if even SIGKILL did not end it."""
    stopped: bool
    """We asked it to end."""
    seconds: float
    output_bytes: int
    tail: str
    held: bool
    """Something held its output open after its end."""
    stragglers: int
    """Processes it left behind, now ended."""


class Process:
    """Runs one child to its end, or stops it by the schedule when the command's state is interrupted."""

    def __init__(
        self,
        *,
        spec: Spec,
        stop_schedule: StopSchedule,
        state: ExecutionState | None = None,
        on_line: OnLine | None = None,
        on_bytes: OnBytes | None = None,
        own_interrupt: Callable[[], Awaitable[None]] | None = None,
        drain_seconds: float = DRAIN_OUTPUT_SECONDS,
    ) -> None:
        self._spec = spec
        self._stop_schedule = stop_schedule if own_interrupt else stop_schedule.at_once()
        self._state = state
        self._on_line = on_line
        self._on_bytes = on_bytes
        self._own_interrupt = own_interrupt
        self._drain_seconds = drain_seconds
        self._known: set[descendants.Stat] = set()
        self._log = Log(spec.log, secrets=spec.secrets)
        self._framers: dict[str, Framer] = {}
        self._ended = asyncio.Event()
        self._given_up = asyncio.Event()
        self._output_bytes = 0
        self._stopped = False
        self._pid = 0
        self._feed: pipes.Feed | None = None

    def write(self, data: bytes) -> None:
        """More input for the child."""
        if self._feed is not None:
            self._feed.write(data)

    def close_stdin(self) -> None:
        """No more input for the child."""
        if self._feed is not None:
            self._feed.close()

    async def run(self) -> ProcessOutcome:
        """Run to the end. Raises `errors.StepFailed` if it cannot be started; a cancellation ends the child first."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with self._log, contextlib.ExitStack() as stack:
            child, readers = await self._start(stack)
            self._pid = child.pid
            try:
                held, left = await self._supervise(child, readers)
            finally:
                if not self._ended.is_set():
                    await self._abort(child)
            return ProcessOutcome(
                returncode=await self._reap(child),
                stopped=self._stopped,
                seconds=loop.time() - begun,
                output_bytes=self._output_bytes,
                tail=self._log.tail,
                held=held,
                stragglers=left,
            )

    async def _start(self, stack: contextlib.ExitStack) -> tuple[_Child, dict[str, int]]:
        spec = self._spec
        program = shutil.which(spec.argv[0], path=spec.env.get("PATH")) if spec.argv else None
        if program is None:
            raise errors.StepFailed(f"The program {spec.argv[0] if spec.argv else ''!r} was not found.")
        argv = [program, *spec.argv[1:]]
        readers, writers = {}, {}
        for name in ("stdout", "stderr", *(("control",) if spec.control else ())):
            readers[name], writers[name] = os.pipe()
            stack.callback(os.close, readers[name])
        source, sink = os.pipe()
        child: _Child
        door = spec.walls.door() if spec.walls is not None else None
        doors = [door.fileno()] if door is not None else []
        env = spec.env
        try:
            if spec.walls is not None:
                number = None if door is None else len(writers) + 1 if spec.user is not None else door.fileno()
                env = spec.walls.environment(env)
                argv = spec.walls.enter(argv, env, own_user=spec.user is not None, door=number)
            if spec.user is not None:
                streams = [source, *writers.values(), *doors]
                child = await spec.user.start(argv, cwd=spec.cwd, env=env, streams=streams)
            else:
                child = _started(spec, argv, env, source, writers, doors)
        except BaseException as error:
            os.close(sink)
            if isinstance(error, OSError):
                name = Path(spec.argv[0]).name
                raise errors.StepFailed(f"{name} could not be started: {error.strerror}.") from error
            raise
        finally:
            for fd in (source, *writers.values()):
                os.close(fd)
            if door is not None:
                door.close()
        self._feed = pipes.Feed(sink)
        stack.callback(self._feed.dispose)
        self._feed.write(spec.stdin)
        if not spec.keep_stdin:
            self._feed.close()
        return child, readers

    async def _supervise(self, child: _Child, readers: Mapping[str, int]) -> tuple[bool, int]:
        assert self._feed is not None
        left, trouble = 0, None
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(self._read(name, fd), name=f"read {name}") for name, fd in readers.items()]
            aside = [
                group.create_task(self._feed.pump(), name="stdin"),
                group.create_task(self._watch_pid(child), name="pid"),
                group.create_task(self._watch_interrupt(), name="interrupt"),
                group.create_task(self._watch_kin(), name="kin"),
            ]
            await _first(self._ended, self._given_up)
            self._signal(signal.SIGKILL)
            try:
                left = await self._sweep()
            except errors.HermesError as error:  # told when nothing of this waits any more
                trouble = error
            _done, pending = await asyncio.wait(reading, timeout=self._drain_seconds)
            for task in (*aside, *pending):
                task.cancel()
        for name, framer in self._framers.items():
            await self._lines(name, framer.end())
        if trouble is not None:
            raise trouble
        return bool(pending), left

    async def _read(self, name: str, fd: int) -> None:
        framer = self._framers[name] = Framer()
        async for chunk in pipes.chunks(fd):
            self._output_bytes += len(chunk)
            if name == "stdout" and self._on_bytes is not None:
                self._on_bytes(chunk)
                continue
            await self._lines(name, framer.feed(chunk))
            self._check_output()

    async def _lines(self, name: str, lines: list[Line]) -> None:
        for line in lines:
            line = self._log.masked(line)
            if name != "control":
                self._log.write(line)
            if self._on_line is not None:
                await self._on_line(name, line)

    def _check_output(self) -> None:
        allowed = self._spec.output_bytes
        if allowed is not None and self._output_bytes > allowed and self._state is not None:
            words = f"It printed more than {_size(allowed)}, which is the most for one request."
            self._state.request_interrupt(InterruptReason.RESOURCE_LIMIT, words, ResourceLimit.OUTPUT)

    async def _watch_pid(self, child: _Child) -> None:
        if isinstance(child, Child):
            await child.ended.wait()
            self._ended.set()
            return
        await pipes.ended(child)
        self._ended.set()

    async def _watch_interrupt(self) -> None:
        if self._state is None:
            return
        await self._state.wait_interrupted()
        self._stopped = True
        # Who stems from it is known by its parent alone, and that may be gone after the first signal, which is to come at once.
        self._note_kin(descendants.kin)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        if self._own_interrupt is not None:
            await self._ask(self._own_interrupt)
        for seconds, number in (
            (self._stop_schedule.interrupt, signal.SIGINT),
            (self._stop_schedule.term, signal.SIGTERM),
            (self._stop_schedule.kill, signal.SIGKILL),
        ):
            if seconds > 0:
                await asyncio.sleep(begun + seconds - loop.time())
                self._note_kin()
            self._signal(number)
        await asyncio.sleep(_UNKILLABLE_SECONDS)
        self._given_up.set()

    async def _ask(self, own_interrupt: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(self._stop_schedule.interrupt):
                await own_interrupt()
        except (TimeoutError, OSError):
            return  # the schedule's next step is due anyway

    async def _watch_kin(self) -> None:
        allowed = self._spec.memory_bytes
        while self._spec.mark is not None:
            kin = self._note_kin()
            if allowed is not None and self._state is not None:
                used = descendants.memory_bytes((self._pid, *(stat.pid for stat in kin)))
                if used > allowed:
                    words = f"It used more than {_size(allowed)} of memory, which is the most for one request."
                    self._state.request_interrupt(InterruptReason.RESOURCE_LIMIT, words, ResourceLimit.MEMORY)
            await asyncio.sleep(MEMORY_SECONDS)

    async def _abort(self, child: _Child) -> None:
        self._note_kin()
        try:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TIDY_SECONDS):
                    while child.poll() is None:  # noqa: ASYNC110 - the watch of the pid was cancelled
                        await asyncio.sleep(_POLL_SECONDS)
        finally:
            self._signal(signal.SIGKILL)
            await self._sweep()
            if isinstance(child, Child):
                await asyncio.wait_for(child.ended.wait(), _UNKILLABLE_SECONDS)
            else:
                child.wait(_UNKILLABLE_SECONDS)

    def _note_kin(
        self, look: Callable[[int], frozenset[descendants.Stat]] = descendants.descendants
    ) -> frozenset[descendants.Stat]:
        if self._spec.mark is None:
            return frozenset()
        if self._spec.user is not None:  # its user is nobody else's, and the launcher ends who has it
            return descendants.of_user(self._spec.user.uid)
        kin = look(self._pid)
        self._known |= kin
        return kin

    async def _sweep(self) -> int:
        if self._spec.mark is None:
            return 0
        if self._spec.user is not None:
            return await self._spec.user.end()
        return await descendants.sweep(self._spec.mark, self._known)

    async def _reap(self, child: _Child) -> int | None:
        """How the child ended; what of its group has become ours meanwhile is no zombie afterwards."""
        returncode = child.poll()
        if self._spec.walls is not None and self._spec.user is None and returncode is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_UNKILLABLE_SECONDS):
                    while not descendants.reap_group(self._pid):  # noqa: ASYNC110 - nothing else tells of it
                        await asyncio.sleep(_POLL_SECONDS)
        return returncode

    def _signal(self, number: signal.Signals) -> None:
        if self._spec.user is not None:
            self._spec.user.signal(self._pid, number)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, number)


def _started(
    spec: Spec, argv: list[str], env: Mapping[str, str], source: int, writers: Mapping[str, int], doors: list[int]
) -> subprocess.Popen[bytes]:
    """As the worker's own user."""
    if spec.control:
        # The shell only moves the pipe to descriptor 3 and becomes the program: no code between fork and exec in our process.
        argv = ["/bin/sh", "-c", f'exec "$@" {CONTROL_FD}>"$0"', f"/dev/fd/{writers['control']}", *argv]
    return subprocess.Popen(
        argv,
        cwd=spec.cwd,
        env=dict(env),
        stdin=source,
        stdout=writers["stdout"],
        stderr=writers["stderr"],
        pass_fds=[*([writers["control"]] if spec.control else []), *doors],
        start_new_session=True,
    )


def _size(count: int) -> str:
    """The reason in words for a person."""
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"


async def _first(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
