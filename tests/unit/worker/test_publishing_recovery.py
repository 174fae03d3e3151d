"""A worker that dies at any point of a publication: the next one publishes what is missing, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hermes.domain import wire
from hermes.domain.request import CommandType
from hermes.execution import ExecutionState
from hermes.repository.workspace import Workspace
from tests.unit.worker.origin import BRANCH, Origin, a_command
from tests.unit.worker.test_worker_recovery import Bench, silent

LIVE = wire.LiveBranch(branch="main")
POINTS = [
    "workspace.kept",
    *(f"{step}.{point}" for step in ("merge", "live") for point in ("begun", "done", "kept")),
    "live.pushed",
]


@pytest.fixture
def bench(open_workspace: Callable[..., Workspace], tmp_path: Path) -> Bench:
    return Bench(open_workspace, tmp_path / "snapshots")


async def _approved(bench: Bench) -> wire.CommandMessage:
    """The command that publishes a change that is done."""
    edit = _with(a_command(), live=LIVE)
    made = await bench.runner().run(edit, state=ExecutionState(), progress=silent)
    assert made.git_commit is not None
    plan = wire.Publishing(
        approval_id="a",
        commit=made.git_commit,
        base=made.live_base,
        of_command=made.command_id,
        title="Runs",
        approved_by=(wire.CoAuthor(email="bob@example.org"),),
    )
    publish = a_command("ok", seq=2).model_copy(update={"type": CommandType.PUBLISH})
    return _with(publish, live=LIVE, publishing=plan)


def _with(command: wire.CommandMessage, **context: object) -> wire.CommandMessage:
    return command.model_copy(update={"context": command.context.model_copy(update=context)})


def _publications(origin: Origin) -> list[str]:
    return [subject for subject in origin.log("main") if subject.startswith("Publish: ")]


@pytest.mark.parametrize("at", POINTS)
async def test_after_a_death_at_any_point_it_is_published_once(bench: Bench, origin: Origin, at: str) -> None:
    command = await _approved(bench)
    await bench.die(command, at)

    result = await bench.again(command)

    assert result.success, result.error
    assert (result.branch, result.pushed, result.files_changed) == ("main", True, ("runs.txt",))
    assert result.git_commit == origin.log("main", "%H")[0]
    assert _publications(origin) == ["Publish: Runs"]
    assert bench.agent.runs == 1


@pytest.mark.parametrize("at", POINTS)
async def test_another_container_publishes_it_once(bench: Bench, origin: Origin, at: str) -> None:
    command = await _approved(bench)
    await bench.die(command, at)
    again = command.model_copy(update={"attempt": 2})

    result = await bench.runner().run(again, state=ExecutionState(), progress=silent)

    assert result.success, result.error
    assert _publications(origin) == ["Publish: Runs"]


async def test_a_death_without_a_snapshot_leaves_the_threads_branch_as_it_was(bench: Bench, origin: Origin) -> None:
    command = await _approved(bench)
    before = origin.log(BRANCH, "%H")
    await bench.die(command, "live.begun")

    result = await bench.runner().recover(command, state=None, progress=silent)

    assert result.retryable
    assert origin.log(BRANCH, "%H") == before
    assert _publications(origin) == []
