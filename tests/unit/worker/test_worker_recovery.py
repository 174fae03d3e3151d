"""A worker that dies at any point of a command: the next one neither repeats nor forgets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.domain import wire
from hermes.domain.request import CommandType
from hermes.execution import Environment, ExecutionRegistry, ExecutionState, ExecutionStatus, FileStore
from hermes.process.process import StopSchedule
from hermes.repository.workspace import Workspace
from hermes.worker.executions import Executions, Mirrored
from hermes.worker.run.build import Build
from hermes.worker.run.runner import Runner
from hermes.worker.run.tools import AgentSetup, Inputs, Preview, Tools
from hermes.worker.run.work_saver import WorkSaver
from tests import env
from tests.env import quiet
from tests.unit.worker.origin import BRANCH, Origin, a_command, git


class Died(BaseException):
    """Acts as SIGKILL does: nothing of the worker runs after it."""


class Counting:
    """An agent that writes a line for every run."""

    def __init__(self) -> None:
        self.runs = 0

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        self.runs += 1
        with (task.worktree / "runs.txt").open("a") as file:
            file.write("run\n")
        return AgentReport(summary="Ran.", cost_usd=0.5)


async def silent(_step: str, _words: str, _percent: int | None) -> None:
    return None


class Bench:
    def __init__(self, open_workspace: Callable[..., Workspace], folder: Path) -> None:
        self.open_workspace = open_workspace
        self.agent = Counting()
        disk = FileStore(folder / "disk")
        self.executions = Executions(
            disk=disk, store=Mirrored(disk=disk, copy=FileStore(folder / "copy")), registry=ExecutionRegistry()
        )
        self.elsewhere = Executions(
            disk=FileStore(folder / "other"), store=FileStore(folder / "copy"), registry=ExecutionRegistry()
        )

    def runner(self, dies_at: str = "") -> Runner:
        def reach(name: str) -> None:
            if name == dies_at:
                raise Died

        async def no_log(_command: wire.CommandMessage, _path: Path) -> None:
            return None

        async def no_file(_ref: wire.AttachmentRef) -> bytes:
            raise AssertionError

        return Runner(
            tools=Tools(
                agent=AgentSetup(agent=self.agent, environment=os.environ),
                inputs=Inputs(fetch=no_file),
                preview=Preview(build=Build(command=None, environment=os.environ, stop_schedule=StopSchedule())),
            ),
            workspace=lambda _command: self.open_workspace(),
            saver=WorkSaver(keep_log=no_log, env=env.quiet()),
            env=quiet(crash_point=reach),
        )

    async def die(self, command: wire.CommandMessage, at: str) -> None:
        state = self.executions.begin(command)
        with pytest.raises(Died):
            async with asyncio.timeout(60):
                await self.runner(at).run(command, state=state, progress=silent)

    async def again(self, command: wire.CommandMessage) -> wire.ResultMessage:
        state = await self.executions.take_up(command)
        async with asyncio.timeout(60):
            return await self.runner().recover(command, state=state, progress=silent)


@pytest.fixture
def bench(open_workspace: Callable[..., Workspace], tmp_path: Path) -> Bench:
    return Bench(open_workspace, tmp_path / "snapshots")


POINTS = [
    f"{step}.{point}"
    for step in ("workspace", "attachments", "agent", "commit", "push")
    for point in ("begun", "done", "kept")
]


@pytest.mark.parametrize("at", POINTS)
async def test_after_a_death_at_any_point_the_work_is_there_once(bench: Bench, origin: Origin, at: str) -> None:
    command = a_command()
    await bench.die(command, at)

    result = await bench.again(command)

    if at in ("agent.begun", "agent.done"):  # nobody knows what half an agent has done: saved, and said to be so
        assert result.retryable
        assert bench.agent.runs == (at == "agent.done")
        assert (BRANCH in origin.branches()) is (at == "agent.done")
    else:
        assert result.success
        assert result.pushed
        assert (result.summary, result.cost_usd, bench.agent.runs) == ("Ran.", 0.5, 1)
        assert origin.show(BRANCH, "runs.txt") == "run"
        assert result.git_commit == origin.log(BRANCH, "%H")[0]
        assert len(origin.log(BRANCH)) == 2


@pytest.mark.parametrize("at", ["undo.begun", "undo.done", "undo.kept", "push.done"])
async def test_an_undo_that_was_cut_short_is_not_undone_again(bench: Bench, origin: Origin, at: str) -> None:
    await bench.runner().run(a_command(), state=ExecutionState(), progress=silent)
    undo = a_command("undo", kind=CommandType.UNDO, seq=2)
    await bench.die(undo, at)

    result = await bench.again(undo)

    assert result.success
    assert "runs.txt" not in origin.files(BRANCH)
    assert len(origin.log(BRANCH)) == 3


async def test_an_undo_that_was_done_and_not_said_is_not_undone_by_the_next_attempt(
    bench: Bench, origin: Origin
) -> None:
    await bench.runner().run(a_command(), state=ExecutionState(), progress=silent)
    undo = a_command("undo", kind=CommandType.UNDO, seq=2)
    await bench.die(undo, "undo.done")

    second = undo.model_copy(update={"attempt": 2})
    result = await bench.runner().run(second, state=ExecutionState(), progress=silent)

    assert result.success
    assert "runs.txt" not in origin.files(BRANCH)


async def test_an_attempt_whose_work_was_pushed_is_not_run_again_in_another_container(
    bench: Bench, origin: Origin
) -> None:
    command = a_command()
    await bench.die(command, "push.kept")
    second = command.model_copy(update={"attempt": 2})

    state = await bench.elsewhere.after(second)
    assert state is not None
    result = await bench.runner().run(second, state=state, progress=silent)

    assert result.success
    assert (result.attempt, bench.agent.runs) == (2, 1)
    assert result.git_commit == origin.log(BRANCH, "%H")[0]


async def rewritten(origin: Origin) -> None:
    """Somebody has thrown away what was pushed."""
    git("fetch", "--quiet", cwd=origin.other)
    git("push", "--quiet", "--force", "origin", f"origin/main:refs/heads/{BRANCH}", cwd=origin.other)


async def test_what_was_pushed_and_is_gone_is_pushed_again_from_the_same_disk(bench: Bench, origin: Origin) -> None:
    await bench.die(a_command(), "push.kept")
    await rewritten(origin)

    result = await bench.again(a_command())

    assert (result.success, result.pushed, bench.agent.runs) == (True, True, 1)
    assert origin.show(BRANCH, "runs.txt") == "run"
    assert "was no longer there, and was pushed again" in result.hint


async def test_what_was_pushed_and_is_gone_is_done_again_in_another_container(
    bench: Bench, origin: Origin, elsewhere: Callable[..., Workspace]
) -> None:
    await bench.die(a_command(), "push.kept")
    await rewritten(origin)
    second = a_command().model_copy(update={"attempt": 2})
    state = await bench.elsewhere.after(second)
    bench.open_workspace = elsewhere

    result = await bench.runner().run(second, state=state or ExecutionState(), progress=silent)

    assert (result.success, result.pushed, bench.agent.runs) == (True, True, 2)
    assert origin.show(BRANCH, "runs.txt") == "run"
    assert "which is no longer in the repository: so it was done again" in result.hint


async def test_what_somebody_built_on_counts_as_pushed(bench: Bench, origin: Origin) -> None:
    await bench.die(a_command(), "push.kept")
    origin.write(BRANCH, {"theirs.txt": "theirs"})
    result = await bench.again(a_command())
    assert (result.success, result.hint, bench.agent.runs) == (True, "", 1)
    assert "theirs.txt" in origin.files(BRANCH)


async def test_an_attempt_whose_work_was_not_pushed_is_run_again(bench: Bench) -> None:
    command = a_command()
    await bench.die(command, "commit.kept")
    assert await bench.elsewhere.after(command.model_copy(update={"attempt": 2})) is None


async def test_history_shows_what_was_done_and_the_network_steps_are_tried_again(bench: Bench) -> None:
    space = bench.open_workspace(url="http://127.0.0.1:1/site.git")
    bench.open_workspace = lambda *_: space
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    state = ExecutionState(env=Environment(sleep=sleep))
    result = await bench.runner().run(a_command(), state=state, progress=silent)

    assert not result.success
    assert "did not answer" in (result.error or "")
    assert len(pauses) == 2
    (record,) = state.steps
    assert (record.key, record.status, record.failures) == ("workspace", ExecutionStatus.FAILED, 3)


async def test_a_settled_command_leaves_no_snapshot(bench: Bench, tmp_path: Path) -> None:
    await bench.die(a_command(), "push.kept")
    await bench.executions.forget(a_command())
    assert await bench.executions.take_up(a_command()) is None
    assert list((tmp_path / "snapshots").glob("*/*.json")) == []


async def test_a_torn_snapshot_is_none(bench: Bench, tmp_path: Path) -> None:
    await bench.die(a_command(), "push.kept")
    for path in (tmp_path / "snapshots" / "disk").glob("*.json"):
        path.write_text("{")
    result = await bench.again(a_command())
    assert result.retryable
