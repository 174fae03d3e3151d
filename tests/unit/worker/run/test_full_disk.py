"""The disk is full: the command ends with words for the person, and its work is saved in the room that was kept aside."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes import errors
from hermes.agents.port import Agent, AgentReport, AgentTask, Progress
from hermes.execution import ExecutionState
from hermes.process.reserve import Reserve
from hermes.repository.workspace import Workspace
from hermes.worker.run.runner import Runner
from tests.unit.worker.drawer import Drawer
from tests.unit.worker.origin import BRANCH, Origin, a_command
from tests.unit.worker.run.runner_bench import Bench


class Filling:
    """An agent that edits, and then finds no room."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        (task.worktree / "index.html").write_text("<h1>Half</h1>\n")
        raise self._error


FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def chained() -> Exception:
    error = errors.StepFailed("The snapshot could not be kept.")
    error.__cause__ = FULL
    return error


@pytest.mark.parametrize(
    "error",
    [FULL, OSError(errno.EDQUOT, "share"), errors.StepFailed("fatal: write error: No space left on device"), chained()],
    ids=["full", "share", "git", "cause"],
)
async def test_a_full_disk_ends_a_command_with_words_and_what_was_saved(
    open_workspace: Callable[..., Workspace], drawer: Drawer, origin: Origin, tmp_path: Path, error: Exception
) -> None:
    reserve = Reserve(tmp_path / "reserve", size=100_000)
    bench = Bench(open_workspace, drawer=drawer)
    make = bench.runner

    def runner(agent: Agent | None = None) -> Runner:
        made = make(agent)
        made._reserve = reserve
        return made

    bench.runner = runner  # type: ignore[method-assign]
    result = await bench.run(Filling(error), a_command())
    assert not result.success
    assert result.error is not None
    assert "There is no room on the machine" in result.error
    assert "make room" in result.hint
    assert not reserve.held
    assert "<h1>Half</h1>" in origin.show(result.branch or BRANCH, "index.html")
