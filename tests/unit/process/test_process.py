"""Real processes, real signals: what is run, how it ends, and that nothing stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hermes import errors
from hermes.domain.interrupts import InterruptReason
from hermes.execution import ExecutionState
from hermes.process import descendants, environment
from hermes.process.framing import Line
from hermes.process.process import Process, ProcessOutcome, Spec, StopSchedule
from hermes.process.reaper import Reaper
from tests.marks import mark

QUICK = StopSchedule(interrupt=0.3, term=0.6, kill=0.9)
PATIENT = StopSchedule(interrupt=0.3, term=10.0, kill=12.0)
Make = Callable[..., Process]


class Heard:
    def __init__(self) -> None:
        self.lines: list[tuple[str, bytes]] = []
        self.news = asyncio.Condition()

    async def __call__(self, stream: str, line: Line) -> None:
        async with self.news:
            self.lines.append((stream, line.data))
            self.news.notify_all()

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(60), self.news:
            await self.news.wait_for(lambda: any(text in line for _stream, line in self.lines))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(autouse=True)
def _sigint_is_heard() -> Iterator[None]:
    """A shell starts what it has in the background deaf to SIGINT, and children inherit that; a worker sets a handler of its own."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def state() -> ExecutionState:
    return ExecutionState()


@pytest.fixture
def make(tmp_path: Path, heard: Heard, state: ExecutionState) -> Make:
    def python(script: str, **more: object) -> Process:
        own_mark = mark(tmp_path)
        env = environment.reduced(os.environ, home=tmp_path / "home", mark=own_mark)
        own = more.pop("own_interrupt", None)
        stop_schedule = more.pop("stop_schedule", QUICK)
        spec = Spec(argv=(sys.executable, "-u", "-c", script), cwd=tmp_path, env=env, mark=own_mark, **more)  # type: ignore[arg-type]
        given: dict[str, Any] = {"stop_schedule": stop_schedule, "own_interrupt": own}
        return Process(spec=spec, state=state, on_line=heard, drain_seconds=0.3, **given)

    return python


async def ended(process: Process) -> ProcessOutcome:
    async with asyncio.timeout(60):
        return await process.run()


async def stop_after(process: Process, heard: Heard, state: ExecutionState, text: bytes = b"ready") -> ProcessOutcome:
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        running = group.create_task(process.run())
        await heard.until(text)
        state.request_interrupt(InterruptReason.USER_CANCELLED)
    return running.result()


async def test_output_exit_status_and_input_are_handed_on(make: Make, heard: Heard) -> None:
    outcome = await ended(
        make("import sys; print(sys.stdin.read()); print('oh', file=sys.stderr); sys.exit(3)", stdin=b"hello")
    )
    assert outcome.returncode == 3
    assert sorted(heard.lines) == [("stderr", b"oh"), ("stdout", b"hello")]
    assert not outcome.stopped


async def test_a_child_that_closes_its_input_does_not_disturb(make: Make) -> None:
    outcome = await ended(make("import os; os.close(0); print('done')", stdin=b"x" * 1_000_000))
    assert outcome.returncode == 0


async def test_a_line_of_ten_megabytes_and_one_without_an_end_come_whole(make: Make, heard: Heard) -> None:
    await ended(make("import sys; sys.stdout.write('x' * 10_000_000 + '\\n' + 'y' * 70_000)"))
    assert [len(line) for _stream, line in heard.lines] == [10_000_000, 70_000]


async def test_binary_noise_is_only_bytes(make: Make, heard: Heard, tmp_path: Path) -> None:
    outcome = await ended(make("import sys; sys.stdout.buffer.write(bytes(range(256)) * 100)", log=tmp_path / "log"))
    assert outcome.returncode == 0
    assert outcome.output_bytes == 25_600
    assert (tmp_path / "log").stat().st_size >= 25_600 - 200


async def test_descriptor_3_is_a_channel_of_its_own(make: Make, heard: Heard) -> None:
    await ended(make("import os; os.write(3, b'{\"progress\": \"half\"}\\n'); print('out')", control=True))
    assert sorted(heard.lines) == [("control", b'{"progress": "half"}'), ("stdout", b"out")]


async def test_secrets_do_not_reach_the_log_or_the_listener(make: Make, heard: Heard, tmp_path: Path) -> None:
    await ended(make("print('token s3cr3t-value!')", secrets=("s3cr3t-value",), log=tmp_path / "log"))
    assert heard.lines == [("stdout", b"token [secret]!")]
    assert "s3cr3t" not in (tmp_path / "log").read_text()


async def test_a_full_disk_costs_the_log_and_not_the_run(make: Make, heard: Heard) -> None:
    outcome = await ended(make("print('x' * 1000)", log=Path("/dev/full")))
    assert outcome.returncode == 0
    assert heard.lines


async def test_an_unknown_program_is_said_in_words(tmp_path: Path) -> None:
    spec = Spec(argv=("no-such-program-here",), cwd=tmp_path, env={"PATH": "/usr/bin"})
    with pytest.raises(errors.StepFailed, match="no-such-program-here"):
        await Process(spec=spec, stop_schedule=QUICK).run()


async def test_an_interrupt_is_sigint_first(make: Make, heard: Heard, state: ExecutionState) -> None:
    # Many short sleeps: a signal that comes just before one begins is seen by Python only after it.
    script = (
        "import time\ntry:\n print('ready')\n while True: time.sleep(0.05)\n"
        "except KeyboardInterrupt:\n print('tidied'); raise SystemExit(0)"
    )
    outcome = await stop_after(make(script, stop_schedule=PATIENT), heard, state)
    assert outcome.stopped
    assert outcome.returncode == 0
    assert ("stdout", b"tidied") in heard.lines


def test_a_stop_of_a_program_without_a_way_of_its_own_keeps_its_pauses_and_begins_now() -> None:
    usual = StopSchedule(interrupt=10.0, term=15.0, kill=20.0)
    assert usual.at_once() == StopSchedule(interrupt=0.0, term=5.0, kill=10.0)


@pytest.mark.parametrize(("ignored", "by"), [(["SIGINT"], signal.SIGTERM), (["SIGINT", "SIGTERM"], signal.SIGKILL)])
async def test_who_ignores_a_signal_gets_the_next(
    make: Make, heard: Heard, state: ExecutionState, ignored: list[str], by: signal.Signals
) -> None:
    deaf = "".join(f"signal.signal(signal.{name}, signal.SIG_IGN);" for name in ignored)
    outcome = await stop_after(make(f"import signal, time; {deaf} print('ready'); time.sleep(30)"), heard, state)
    assert outcome.returncode == -by


async def test_the_own_way_of_stopping_comes_before_signals(make: Make, heard: Heard, state: ExecutionState) -> None:
    process: Process

    async def ask() -> None:
        process.write(b"please stop\n")

    process = make("print('ready'); print('got', input())", keep_stdin=True, own_interrupt=ask)
    outcome = await stop_after(process, heard, state)
    assert outcome.returncode == 0
    assert ("stdout", b"got please stop") in heard.lines


async def test_a_stopped_process_is_ended_all_the_same(make: Make, heard: Heard, state: ExecutionState) -> None:
    outcome = await stop_after(
        make("import os, signal; print('ready'); os.kill(os.getpid(), signal.SIGSTOP)"), heard, state
    )
    assert outcome.returncode is not None


HOLDER = "import subprocess, sys; print(subprocess.Popen(['sleep', '60'], start_new_session={}).pid); print('ready')"


@pytest.mark.parametrize("own_session", [False, True])
async def test_a_child_that_holds_the_output_delays_nothing_and_is_ended(
    make: Make, heard: Heard, own_session: bool
) -> None:
    outcome = await ended(make(HOLDER.format(own_session)))
    assert outcome.returncode == 0
    assert outcome.seconds < 50  # the child would hold it for 60
    assert not alive(int(heard.lines[0][1]))


HIDE = "def hide(*_): print('hidden', subprocess.Popen(['env', '-i', 'setsid', 'sleep', '60']).pid)\n"


@pytest.mark.parametrize(
    "script",
    [
        "hide(); time.sleep(.2); print('ready'); time.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGINT, hide); print('ready')\n"
        "while True: time.sleep(.05)",
    ],
    ids=["before it is stopped", "when it is told to stop"],
)
async def test_a_child_that_left_group_and_environment_is_found_by_descent(
    make: Make, heard: Heard, state: ExecutionState, script: str
) -> None:
    outcome = await stop_after(make(f"import signal, subprocess, time\n{HIDE}{script}"), heard, state)
    assert outcome.stragglers >= 1
    (hidden,) = [line.split()[1] for _stream, line in heard.lines if line.startswith(b"hidden")]
    assert not alive(int(hidden))


async def test_two_hundred_forks_are_all_ended(make: Make, heard: Heard, state: ExecutionState, tmp_path: Path) -> None:
    script = (
        "import os, signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "for _ in range(200):\n  if os.fork() == 0:\n    os.setsid(); time.sleep(60); os._exit(0)\nprint('ready'); time.sleep(60)"
    )
    outcome = await stop_after(make(script), heard, state)
    assert outcome.stragglers == 200
    assert descendants.marked(mark(tmp_path)) == frozenset()


async def test_too_much_output_is_an_interrupt_of_its_own_reason(make: Make, state: ExecutionState) -> None:
    outcome = await ended(make("import time\nwhile True: print('x' * 1000)", output_bytes=100_000))
    assert outcome.stopped
    assert state.interrupt_signal is not None
    assert state.interrupt_signal.reason is InterruptReason.RESOURCE_LIMIT


async def test_too_much_memory_is_an_interrupt_children_included(make: Make, state: ExecutionState) -> None:
    child = "import time; x = bytearray(120_000_000); time.sleep(60)"
    outcome = await ended(
        make(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])", memory_bytes=100_000_000)
    )
    assert outcome.stopped
    assert state.interrupt_signal is not None
    assert "memory" in (state.interrupt_signal.message or "")


async def test_a_cancelled_run_leaves_no_process(make: Make, heard: Heard, tmp_path: Path) -> None:
    running = asyncio.create_task(make("import time; print('ready'); time.sleep(60)").run())
    await heard.until(b"ready")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert descendants.marked(mark(tmp_path)) == frozenset()


@pytest.mark.parametrize("left", ["a file", "a link to nothing"])
def test_a_folder_for_temporary_files_is_there_whatever_an_agent_left(left: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    if left == "a file":
        (home / "tmp").write_text("x")
    else:
        (home / "tmp").symlink_to(tmp_path / "nowhere")
    assert Path(environment.reduced({}, home=home, mark="m")["TMPDIR"]).is_dir()


async def test_the_environment_is_what_is_listed_and_no_more(tmp_path: Path) -> None:
    source = {"PATH": "/bin", "AWS_SECRET_ACCESS_KEY": "x", "API_KEY": "k", "OTHER": "o", "HERMES_WORKER_GEN": "1"}
    env = environment.reduced(source, allow=("API_KEY", "AWS_SECRET_ACCESS_KEY"), home=tmp_path / "home", mark="m")
    assert env["API_KEY"] == "k"
    assert env["HOME"] == str(tmp_path / "home")
    assert not any(name.startswith(("AWS_", "OTHER", "HERMES_WORKER")) for name in env)


async def test_pid_1_reaps_orphans_at_the_second_look() -> None:
    reaper = Reaper()
    child = os.posix_spawn("/bin/true", ["true"], {})  # noqa: ASYNC221
    async with asyncio.timeout(60):
        while descendants.stats()[child].state != "Z":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    reaper.reap()
    assert child in descendants.stats()
    assert reaper.reap() >= 1
    assert child not in descendants.stats()


def alive(pid: int) -> bool:
    found = descendants.stats().get(pid)
    return found is not None and found.state not in "ZX"
