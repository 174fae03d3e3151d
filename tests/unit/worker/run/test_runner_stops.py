"""A command that is stopped: by a person, a limit, the end of its worker; at every step, and its work is kept."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from hermes import errors
from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason
from hermes.domain.request import CommandType
from hermes.execution import ExecutionState
from hermes.process import descendants
from hermes.worker.run.work_saver import Budget
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, command_id
from tests.unit.worker.run.runner_bench import WRITE, Bench, Broken, Showing, script


async def test_an_interrupt_saves_what_the_agent_had_done(bench: Bench, origin: Origin, tmp_path: Path) -> None:
    agent = script(f'{WRITE}\nimport os, time; os.write(3, b\'{{"progress": "half"}}\\n\'); time.sleep(60)')
    result = await bench.stopped(agent, at=("agent", "half"))
    assert not result.success
    assert (result.interrupted, result.interrupt_reason, result.interrupted_by) == (
        True,
        InterruptReason.PRIORITY_OVERRIDE,
        "newer",
    )
    assert not result.never_started
    assert not result.retryable
    assert result.pushed
    assert result.branch == BRANCH
    assert origin.show(BRANCH, "index.html") == "<h1>Hello</h1>"
    assert "Stopped: priority_override." in origin.log(BRANCH, "%B")
    assert descendants.marked(command_id()) == frozenset()


@pytest.mark.parametrize(
    ("at", "never_started"),
    [(("workspace", "Bringing the workspace up to date"), True), (("commit", "Committing and pushing"), False)],
)
async def test_a_stop_at_any_step_is_a_report(
    bench: Bench, origin: Origin, at: tuple[str, str], never_started: bool
) -> None:
    result = await bench.stopped(script(WRITE), at=at)
    assert result.interrupted != result.success
    assert result.never_started is never_started
    if not never_started:
        assert origin.show(BRANCH, "index.html") == "<h1>Hello</h1>"


class Listening:
    """An agent that keeps its task."""

    def __init__(self) -> None:
        self.tasks: list[AgentTask] = []

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        self.tasks.append(task)
        return AgentReport(summary="Seen.")


async def test_the_next_agent_is_told_where_the_work_of_the_stopped_one_is(bench: Bench, origin: Origin) -> None:
    agent = script(f'{WRITE}\nimport os, time; os.write(3, b\'{{"progress": "half"}}\\n\'); time.sleep(60)')
    stopped = await bench.stopped(agent, at=("agent", "half"))
    next_one = a_command("And now this.", seq=2)
    # As the gateway wrote it when the newer mail came: then the work was not saved yet.
    previous = wire.Previous(command_id=command_id(1), instruction="x", reason=InterruptReason.PRIORITY_OVERRIDE)
    context = next_one.context.model_copy(update={"previous": previous})
    listening, bench.state = Listening(), ExecutionState()
    await bench.run(listening, next_one.model_copy(update={"context": context}))
    told = listening.tasks[0].previous
    assert told is not None
    assert (told.commit, told.branch) == (stopped.git_commit, BRANCH)


class Stuck:
    """Waits for ever at one place of a run, and says when it is there."""

    def __init__(self) -> None:
        self.there = asyncio.Event()

    async def __call__(self, *_: object, **__: object) -> bytes:
        self.there.set()
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize("step", ["attachments", "publish"])
async def test_a_step_that_waits_for_somebody_else_is_stopped_at_once(bench: Bench, origin: Origin, step: str) -> None:
    stuck = Stuck()
    command = a_command()
    if step == "attachments":
        bench.fetch = stuck
        command = a_command(attachments=[wire.AttachmentRef(key="k", name="a.txt")])
    else:
        bench.publication = showing = Showing()
        bench.build_command = "mkdir -p dist && cp index.html dist/page"
        showing.publish = stuck  # type: ignore[method-assign, assignment]
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        running = group.create_task(bench.run(script(WRITE), command))
        await stuck.there.wait()
        bench.state.request_interrupt(InterruptReason.USER_CANCELLED, "", "newer")
    result = running.result()
    assert (result.interrupted, result.interrupt_reason) == (True, InterruptReason.USER_CANCELLED)
    assert result.pushed is (step == "publish")


async def test_an_agent_and_a_build_are_never_tried_again_by_themselves(bench: Bench, tmp_path: Path) -> None:
    class Unlucky:
        runs = 0

        async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
            self.runs += 1
            raise errors.AwsUnavailable("a service of the agent's own")

    agent = Unlucky()
    assert not (await bench.run(agent)).success
    assert agent.runs == 1
    bench.state = ExecutionState()
    bench.build_command = f"echo x >> {tmp_path}/builds; exit 1"
    assert not (await bench.run(Broken(), a_command("build", kind=CommandType.BUILD, seq=2))).success
    assert (tmp_path / "builds").read_text() == "x\n"


async def test_a_shutdown_is_retryable_and_nobody_elses_stop_is(bench: Bench) -> None:
    agent = script('import os, time; os.write(3, b\'{"progress": "on"}\\n\'); time.sleep(60)')
    result = await bench.stopped(agent, at=("agent", "on"), reason=InterruptReason.SYSTEM_SHUTDOWN)
    assert result.retryable
    assert result.git_commit is None


HOARD = "import time; held = [bytearray(b'x' * 1024 * 1024) for _ in range(150)]; time.sleep(60)"


@pytest.mark.parametrize(
    ("passed", "limits", "text", "reason", "by"),
    [
        ("wall", {"wall_seconds": 4.0}, "import time; time.sleep(60)", InterruptReason.TIMEOUT, "timeout"),
        ("output", {"output_bytes": 9000}, "while True: print('x' * 999)", InterruptReason.RESOURCE_LIMIT, "output"),
        ("memory", {"memory_bytes": 100 * 1024**2}, HOARD, InterruptReason.RESOURCE_LIMIT, "memory"),
        (
            "cost",
            {"cost_usd": 1.0},
            "import os, time; os.write(3, b'{\"cost_usd\": 1.5}\\n'); time.sleep(60)",
            InterruptReason.RESOURCE_LIMIT,
            "cost",
        ),
    ],
)
async def test_each_limit_is_an_interrupt_that_says_which_it_was_and_keeps_the_work(
    bench: Bench,
    origin: Origin,
    monkeypatch: pytest.MonkeyPatch,
    passed: str,
    limits: dict[str, float],
    text: str,
    reason: InterruptReason,
    by: str,
) -> None:
    monkeypatch.setattr("hermes.process.process.MEMORY_SECONDS", 0.1)
    command = a_command(limits=wire.CommandLimits.model_validate(limits))
    result = await bench.run(script(f"{WRITE}\n{text}"), command)
    assert (result.interrupted, result.interrupt_reason, result.interrupted_by) == (True, reason, by)
    assert result.timed_out is (passed == "wall")
    assert passed != "wall" or result.error == "It took longer than 4 seconds."
    assert result.pushed
    assert origin.show(BRANCH, "index.html") == "<h1>Hello</h1>"


@pytest.mark.parametrize("limits", [{"output_bytes": 9000}, {"memory_bytes": 100 * 1024**2}])
async def test_a_build_has_the_same_limits_as_an_agent(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, limits: dict[str, float]
) -> None:
    monkeypatch.setattr("hermes.process.process.MEMORY_SECONDS", 0.1)
    text = "while True: print('x' * 999)" if "output_bytes" in limits else HOARD
    bench.build_command = f'{sys.executable} -u -c "{text}"'
    command = a_command("build", kind=CommandType.BUILD, limits=wire.CommandLimits.model_validate(limits))
    result = await bench.run(Broken(), command)
    assert (result.interrupt_reason, result.interrupted_by) == (
        InterruptReason.RESOURCE_LIMIT,
        next(iter(limits)).removesuffix("_bytes"),
    )


async def test_a_remote_that_hangs_does_not_outlast_an_interrupt(bench: Bench, origin: Origin) -> None:
    origin.hook("pre-receive", "sleep 60")
    bench.budget = Budget(save=2.0, transcript=3.0)
    begun = asyncio.get_running_loop().time()
    result = await bench.stopped(script(WRITE), at=("commit", "Committing and pushing"))
    assert asyncio.get_running_loop().time() - begun < 50  # the remote hangs for 60
    assert result.interrupted
    assert not result.pushed
    assert "could not be pushed in time" in (result.error or "")
    assert f"bundles/{SESSION}/{result.git_commit}.bundle" in result.hint


async def test_what_an_interrupted_agent_says_at_its_end_is_reported(bench: Bench) -> None:
    agent = script(
        "import os, signal, time\n"
        "def stop(*_):\n"
        '    os.write(3, b\'{"summary": "Stopped in order.", "cost_usd": 0.5}\\n\'); os._exit(0)\n'
        "signal.signal(signal.SIGINT, stop)\n"
        'os.write(3, b\'{"progress": "half"}\\n\'); time.sleep(60)'
    )
    result = await bench.stopped(agent, at=("agent", "half"))
    assert result.interrupted
    assert (result.summary, result.cost_usd) == ("Stopped in order.", 0.5)


async def test_a_drain_stays_within_its_budget_whatever_hangs(bench: Bench, origin: Origin) -> None:
    origin.hook("pre-receive", "sleep 60")
    bench.budget = Budget(save=6.0, partial=7.0, transcript=8.0)
    deaf = "import signal\nfor n in (signal.SIGINT, signal.SIGTERM): signal.signal(n, signal.SIG_IGN)\n"
    agent = script(f'{deaf}{WRITE}\nimport os, time; os.write(3, b\'{{"progress": "half"}}\\n\'); time.sleep(60)')
    bench.hangs = True
    begun = asyncio.get_running_loop().time()
    result = await bench.stopped(agent, at=("agent", "half"), reason=InterruptReason.SYSTEM_SHUTDOWN)
    seconds = asyncio.get_running_loop().time() - begun
    assert result.retryable
    assert "could not be pushed in time" in (result.error or "")
    assert seconds < 50  # all that hangs does so for 60


class Overstaying:
    """An agent that takes no notice of anything but being cancelled."""

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        await progress("agent", "for ever", None)
        await asyncio.Event().wait()
        raise AssertionError


async def test_an_agent_that_overstays_is_let_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.worker.run.stepping.AGENT_GRACE_SECONDS", 0.3)
    result = await bench.stopped(Overstaying(), at=("agent", "for ever"))
    assert result.interrupted


async def test_a_cancelled_run_ends_its_agent(bench: Bench) -> None:
    agent = script('import os, time; os.write(3, b\'{"progress": "on"}\\n\'); time.sleep(60)')
    running = asyncio.create_task(bench.run(agent))
    async with asyncio.timeout(60):
        while ("agent", "on") not in bench.said:
            bench.news.clear()
            await bench.news.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert descendants.marked(command_id()) == frozenset()
