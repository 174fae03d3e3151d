"""What is uploaded as the live pages: what the live branch has, whatever lies in the worktree and whoever else publishes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hermes.agents.port import AgentReport, AgentTask
from hermes.config.check_settings import CheckCommand, CheckSettings
from hermes.domain import wire
from hermes.domain.request import CommandType
from hermes.execution import ExecutionState
from hermes.process.process import StopSchedule
from hermes.repository.workspace import Workspace
from hermes.worker.run.build import Build
from hermes.worker.run.checks import Checks
from hermes.worker.run.publish import Publication, Published
from hermes.worker.run.runner import Runner
from hermes.worker.run.tools import Preview
from tests.unit.worker.origin import Origin, a_command
from tests.unit.worker.run.runner_bench import QUICK
from tests.unit.worker.test_worker_recovery import Bench, silent

LIVE = wire.LiveBranch(branch="main")
BUILD = "mkdir -p dist && cat *.txt > dist/index.html"


class Bucket(Publication):
    """The place of the live pages; each upload as names and texts."""

    def __init__(self) -> None:
        self.live: list[dict[str, str]] = []
        self.during: Callable[[], None] = lambda: None

    async def publish(
        self, command: wire.CommandMessage, worktree: Path, state: ExecutionState, **of: Any
    ) -> Published:
        if of.get("prefix"):
            folder = worktree / "dist"
            pages = {path.name: path.read_text() for path in sorted(folder.iterdir())} if folder.exists() else {}
            self.live.append(pages)
            self.during()
        return Published(of.get("prefix") or "t/", 1, 1, 0)

    async def keep_partial(self, command: wire.CommandMessage, worktree: Path, **_: object) -> Published:
        return Published("partial/", 0, 0, 0)


class SiteBench(Bench):
    """A bench whose project has a build and a place for its live pages."""

    def __init__(self, open_workspace: Callable[..., Workspace], folder: Path) -> None:
        super().__init__(open_workspace, folder)
        self.bucket = Bucket()
        self.checks: Checks | None = None
        self.reach: Callable[[str], None] | None = None

    def runner(self, dies_at: str = "") -> Runner:
        made = super().runner(dies_at)
        build = Build(command=BUILD, environment=os.environ, stop_schedule=StopSchedule())
        made._tools = replace(made._tools, preview=Preview(build=build, publication=self.bucket), checks=self.checks)
        if self.reach is not None:
            made._crash_point = self.reach
        return made

    @property
    def tree(self) -> Path:
        return self.open_workspace().paths.tree

    async def run(self, command: wire.CommandMessage) -> wire.ResultMessage:
        return await self.runner().run(command, state=ExecutionState(), progress=silent)

    async def approved(self) -> wire.CommandMessage:
        """The command that publishes a change that is done, and built in the worktree."""
        made = await self.run(_with(a_command(), live=LIVE))
        assert made.git_commit is not None, made.error
        plan = wire.Publishing(
            approval_id="a",
            commit=made.git_commit,
            base=made.live_base,
            of_command=made.command_id,
            title="Runs",
            approved_by=(wire.CoAuthor(email="bob@example.org"),),
            prefix="site/",
        )
        publish = a_command("ok", seq=4).model_copy(update={"type": CommandType.PUBLISH})
        return _with(publish, live=LIVE, publishing=plan)


class Sly:
    """The agent of a question: it changes no file of git, and leaves a page where builds put theirs."""

    runs = 0

    async def run(self, task: AgentTask, **_: object) -> AgentReport:
        (task.worktree / "dist").mkdir(exist_ok=True)
        (task.worktree / "dist" / "unapproved.html").write_text("NOBODY APPROVED THIS")
        return AgentReport(summary="It is blue.")


def _with(command: wire.CommandMessage, **context: object) -> wire.CommandMessage:
    return command.model_copy(update={"context": command.context.model_copy(update=context)})


@pytest.fixture
def site(open_workspace: Callable[..., Workspace], tmp_path: Path, origin: Origin) -> SiteBench:
    origin.write("main", {".gitignore": "dist/\ncache/\n", "a.txt": "A\n"})
    return SiteBench(open_workspace, tmp_path / "snapshots")


async def test_an_ignored_page_that_lies_in_the_worktree_does_not_go_live(site: SiteBench) -> None:
    command = await site.approved()
    (site.tree / "dist" / "unapproved.html").write_text("NOBODY APPROVED THIS")
    (site.tree / "poison.txt").write_text("NOBODY APPROVED THIS")

    result = await site.run(command)

    assert result.success, result.error
    assert site.bucket.live == [{"index.html": "A\nrun\n"}]


async def test_a_page_that_the_agent_of_a_question_leaves_does_not_go_live(site: SiteBench) -> None:
    command = await site.approved()
    site.agent, before = Sly(), site.agent  # type: ignore[assignment]
    assert (await site.run(a_command("What colour is it?", kind=CommandType.ASK, seq=3))).success
    site.agent = before

    result = await site.run(command)

    assert result.success, result.error
    assert site.bucket.live == [{"index.html": "A\nrun\n"}]


async def test_what_the_checks_leave_does_not_go_live(site: SiteBench) -> None:
    command = await site.approved()
    check = CheckCommand(name="test", run="test ! -e dist && mkdir dist && echo x > dist/report.html")
    site.checks = Checks(settings=CheckSettings(commands=(check,)), environment=os.environ, stop_schedule=QUICK)

    result = await site.run(command)

    assert (result.success, result.failed_checks) == (True, ()), result.error
    assert site.bucket.live == [{"index.html": "A\nrun\n"}]


@pytest.mark.parametrize("at", ["build.kept", "live.begun", "live.pushed"])
@pytest.mark.parametrize("how", ["snapshot", "attempt"])
async def test_after_a_death_what_the_live_branch_has_is_built_and_uploaded(
    site: SiteBench, origin: Origin, at: str, how: str
) -> None:
    command = await site.approved()
    origin.write("main", {"b.txt": "B\n"})
    await site.die(command, at)
    (site.tree / "dist").mkdir(exist_ok=True)
    (site.tree / "dist" / "index.html").write_text("what the thread had built before")

    again = command.model_copy(update={"attempt": 2})
    result = await (site.again(command) if how == "snapshot" else site.run(again))

    assert result.success, result.error
    assert site.bucket.live == [{"index.html": "A\nB\nrun\n"}]


async def test_what_another_thread_published_before_our_upload_is_not_uploaded_over(
    site: SiteBench, origin: Origin
) -> None:
    command = await site.approved()

    def reach(name: str) -> None:
        if name == "live.pushed":
            origin.write("main", {"c.txt": "C\n"})

    site.reach = reach
    result = await site.run(command)

    assert result.success, result.error
    assert site.bucket.live == [{"index.html": "A\nC\nrun\n"}]
    assert result.git_commit == origin.log("main", "%H")[1]
    site.reach = None
    again = await site.run(_with(a_command(seq=5), live=LIVE))  # the thread goes on, without a word of leftovers
    assert again.success, again.error
    assert "saved first" not in again.hint


@pytest.mark.parametrize(("moves", "uploads"), [(1, 2), (9, 3)])
async def test_what_another_thread_publishes_during_our_upload_is_uploaded_by_us_too(
    site: SiteBench, origin: Origin, moves: int, uploads: int
) -> None:
    command = await site.approved()

    def during() -> None:
        if len(site.bucket.live) <= moves:
            origin.write("main", {"c.txt": f"C{len(site.bucket.live)}\n"})

    site.bucket.during = during
    result = await site.run(command)

    assert result.success, result.error
    assert len(site.bucket.live) == uploads
    assert site.bucket.live[-1] == {"index.html": f"A\nC{uploads - 1}\nrun\n"}
