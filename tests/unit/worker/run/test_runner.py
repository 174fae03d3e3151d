"""One command end to end against a real repository: success, every way to fail, every moment to be stopped."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hermes import errors
from hermes.agents import select
from hermes.agents.port import Agent, AgentReport, AgentTask, Progress
from hermes.config.agent_settings import AgentKind, AgentSettings
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason
from hermes.domain.request import CommandType
from hermes.execution import ExecutionState
from hermes.process import descendants
from hermes.process.process import StopSchedule
from hermes.repository.workspace import Workspace
from hermes.worker.run import attachments
from hermes.worker.run.build import Build
from hermes.worker.run.publish import Publication, Published
from hermes.worker.run.runner import Runner
from hermes.worker.run.tools import AgentSetup, Inputs, Preview, Tools
from hermes.worker.run.work_saver import Budget, WorkSaver
from tests import env
from tests.env import quiet
from tests.unit.worker.drawer import Drawer
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, command_id, git

QUICK = StopSchedule(interrupt=0.2, term=0.4, kill=0.6)
WRITE = "open('index.html', 'w').write('<h1>Hello</h1>\\n')"


def script(text: str) -> Agent:
    return select.build(AgentSettings(kind=AgentKind.COMMAND, argv=(sys.executable, "-u", "-c", text)))


@dataclass
class Bench:
    open_workspace: Callable[..., Workspace]
    said: list[tuple[str, str]] = field(default_factory=list)
    state: ExecutionState = field(default_factory=ExecutionState)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    url: str | None = None
    build_command: str | None = None
    preview_url: str | None = None
    publication: Publication | None = None
    budget: Budget = field(default_factory=Budget)
    hangs: bool = False
    fetch: attachments.Fetch | None = None
    drawer: Drawer = field(default_factory=Drawer)
    attached: dict[str, bytes] = field(default_factory=dict)

    def runner(self, agent: Agent | None = None) -> Runner:
        async def keep_log(command: wire.CommandMessage, path: Path) -> str:
            await self.drawer.put(f"logs/{command.command_id}", path.read_bytes())
            return f"logs/{command.command_id}"

        return Runner(
            tools=Tools(
                agent=AgentSetup(
                    agent=agent or select.build(AgentSettings()), environment=os.environ, stop_schedule=QUICK
                ),
                inputs=Inputs(fetch=self.fetch or self._attached),
                preview=Preview(
                    build=Build(command=self.build_command, environment=os.environ, stop_schedule=QUICK),
                    publication=self.publication,
                    url=self.preview_url,
                ),
            ),
            workspace=lambda _command: self.open_workspace(self.url),
            saver=WorkSaver(publication=self.publication, keep_log=keep_log, budget=self.budget, env=env.quiet()),
            env=quiet(),
        )

    async def _attached(self, ref: wire.AttachmentRef) -> bytes:
        return self.attached[ref.key]

    async def progress(self, step: str, words: str, _percent: int | None) -> None:
        self.said.append((step, words))
        self.news.set()

    async def run(self, agent: Agent, command: wire.CommandMessage | None = None) -> wire.ResultMessage:
        async with asyncio.timeout(60):
            return await self.runner(agent).run(command or a_command(), state=self.state, progress=self.progress)

    async def stopped(
        self,
        agent: Agent,
        command: wire.CommandMessage | None = None,
        *,
        at: tuple[str, str],
        reason: InterruptReason = InterruptReason.PRIORITY_OVERRIDE,
    ) -> wire.ResultMessage:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.run(agent, command))
            async with asyncio.timeout(60):
                while at not in self.said:
                    self.news.clear()
                    await self.news.wait()
            self.drawer.hangs = self.hangs
            self.state.request_interrupt(reason, "", "newer")
        return running.result()


@pytest.fixture
def bench(open_workspace: Callable[..., Workspace], drawer: Drawer) -> Bench:
    return Bench(open_workspace, drawer=drawer)


async def test_an_edit_ends_in_a_pushed_commit_and_facts(bench: Bench, origin: Origin) -> None:
    bench.preview_url = "https://{branch}.example.org/{commit}"
    result = await bench.run(script(f"{WRITE}\nprint('Title changed.')"))
    assert result.success
    assert result.files_changed == ("index.html",)
    assert result.pushed
    assert result.branch == BRANCH
    assert result.git_commit == origin.log(BRANCH, "%H")[0]
    assert result.summary == "Title changed."
    assert result.preview_url == f"https://{BRANCH}.example.org/{result.git_commit}"
    assert result.log_key == f"logs/{command_id()}"
    assert b"Title changed." in bench.drawer.kept[f"logs/{command_id()}"]


async def test_a_claim_without_a_change_is_no_commit(bench: Bench, origin: Origin) -> None:
    result = await bench.run(script("print('I changed everything and pushed it.')"))
    assert result.success
    assert result.git_commit is None
    assert not result.pushed
    assert origin.branches() == ["main"]


async def test_a_file_that_is_not_committed_is_named_even_if_it_was_the_only_one(bench: Bench) -> None:
    result = await bench.run(script("open('.env', 'w').write('KEY=1')"))
    assert result.git_commit is None
    assert ".env looks like a secret" in result.hint


async def test_the_patch_agent_goes_the_whole_way(bench: Bench, origin: Origin) -> None:
    agent = select.build(AgentSettings())
    result = await bench.run(agent, a_command('replace "Welcome" with "Hi" in index.html'))
    assert result.success
    assert origin.show(BRANCH, "index.html") == "<h1>Hi</h1>"


async def test_an_agent_that_fails_leaves_its_work_as_a_partial_commit(bench: Bench, origin: Origin) -> None:
    result = await bench.run(script(f"{WRITE}\nimport sys; sys.exit('no more credit')"))
    assert not result.success
    assert "no more credit" in (result.error or "")
    assert BRANCH in (result.error or "")
    assert result.pushed
    assert origin.log(BRANCH)[0] == "Partial work: Please update the homepage title"


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


async def test_work_that_could_not_be_pushed_is_pushed_with_the_next_request(bench: Bench, origin: Origin) -> None:
    origin.hook("pre-receive", "sleep 60")
    bench.budget = Budget(save=1.0, transcript=2.0)
    await bench.stopped(script(WRITE), at=("commit", "Committing and pushing"))
    (origin.path / "hooks" / "pre-receive").unlink()
    bench.state = ExecutionState()
    result = await bench.run(script("open('more.txt', 'w').write('more')"), a_command("More", seq=2))
    assert result.success
    assert "had not been pushed" in result.hint
    assert origin.show(BRANCH, "index.html") == "<h1>Hello</h1>"
    assert {"more.txt", "index.html"} <= set(origin.files(BRANCH))


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


async def test_a_remote_that_disappears_keeps_the_work_and_says_so(bench: Bench, origin: Origin) -> None:
    gone = origin.path.with_name("gone.git")
    agent = script(f"{WRITE}\nimport os; os.rename({str(origin.path)!r}, {str(gone)!r})")
    result = await bench.run(agent)
    assert not result.success
    assert not result.pushed
    assert "There is no repository" in (result.error or "")
    assert f"bundles/{SESSION}/{result.git_commit}.bundle" in result.hint
    gone.rename(origin.path)
    bench.state = ExecutionState()
    again = await bench.run(script("open('more.txt', 'w').write('more')"), a_command("More", seq=2))
    assert again.success
    assert origin.show(BRANCH, "index.html") == "<h1>Hello</h1>"


async def test_a_branch_that_is_force_pushed_underneath_gets_the_work_on_top(bench: Bench, origin: Origin) -> None:
    await bench.run(script("open('first.txt', 'w').write('1')"))
    git("fetch", "--quiet", cwd=origin.other)
    git("checkout", "--quiet", "-B", "elsewhere", "origin/main", cwd=origin.other)
    (origin.other / "theirs.txt").write_text("theirs")
    git("add", "-A", cwd=origin.other)
    git("commit", "--quiet", "-m", "Rewritten", cwd=origin.other)
    env = "{k: v for k, v in __import__('os').environ.items() if not k.startswith('GIT_')}"
    push = ["git", "-C", str(origin.other), "push", "--quiet", "--force", "origin", f"HEAD:{BRANCH}"]
    force = f"import subprocess; subprocess.run({push!r}, check=True, env={env})"
    bench.state = ExecutionState()
    result = await bench.run(script(f"{WRITE}\n{force}"), a_command("Again", seq=2))
    assert result.success
    assert result.pushed
    assert {"theirs.txt", "index.html"} <= set(origin.files(BRANCH))
    assert origin.show(BRANCH, "index.html") == "<h1>Hello</h1>"


async def test_an_unknown_repository_is_a_failure_in_words(bench: Bench, tmp_path: Path) -> None:
    bench.url = f"file://{tmp_path}/nowhere.git"
    result = await bench.run(script(WRITE))
    assert not result.success
    assert result.error == "There is no repository at nowhere.git."
    assert result.hint


async def test_a_rejected_push_names_the_side_branch(bench: Bench, origin: Origin) -> None:
    origin.hook("update", f'test "$1" != refs/heads/{BRANCH} || {{ echo "protected" >&2; exit 1; }}')
    result = await bench.run(script(WRITE))
    assert not result.success
    assert "protected" in (result.error or "")
    assert (result.branch or "").startswith("hermes/side/")
    assert "workspace" not in f"{result.error} {result.hint}"
    assert result.pushed


async def test_a_remote_that_takes_nothing_is_said_once_and_the_work_is_a_bundle(bench: Bench, origin: Origin) -> None:
    origin.hook("pre-receive", "echo closed >&2; exit 1")
    result = await bench.run(script(WRITE))
    (key,) = (key for key in bench.drawer.kept if key.startswith("bundles/"))
    assert key in result.hint
    (origin.other / "work.bundle").write_bytes(bench.drawer.kept[key])
    git("fetch", "--quiet", "work.bundle", f"refs/hermes/sessions/{SESSION}:refs/heads/found", cwd=origin.other)
    assert git("show", "found:index.html", cwd=origin.other) == "<h1>Hello</h1>"
    assert not result.success
    assert not result.pushed
    assert (result.error or "").count("closed") == 1
    assert result.git_commit is not None
    assert result.git_commit[:12] in result.hint


async def test_a_fenced_worker_leaves_the_sessions_branch_alone(bench: Bench, origin: Origin) -> None:
    agent = script(f'{WRITE}\nimport os, time; os.write(3, b\'{{"progress": "on"}}\\n\'); time.sleep(60)')
    runner = bench.runner(agent)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        running = group.create_task(
            runner.run(
                a_command(),
                state=bench.state,
                progress=bench.progress,
                fenced=lambda: bench.state.interrupt_signal is not None,
            )
        )
        while ("agent", "on") not in bench.said:
            bench.news.clear()
            await bench.news.wait()
        bench.state.request_interrupt(InterruptReason.SYSTEM_SHUTDOWN, "", "fenced")
    assert (running.result().branch or "").startswith("hermes/side/")
    assert BRANCH not in origin.branches()


async def test_a_deleted_worktree_is_a_failure_in_words(bench: Bench, origin: Origin) -> None:
    result = await bench.run(script("import shutil, os; shutil.rmtree(os.getcwd())"))
    assert "deleted the whole worktree" in (result.error or "")
    assert origin.branches() == ["main"]


class Overstaying:
    """An agent that takes no notice of anything but being cancelled."""

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        await progress("agent", "for ever", None)
        await asyncio.Event().wait()
        raise AssertionError


class Broken:
    """An agent with a fault of its own."""

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        (task.worktree / "half.txt").write_text("half")
        raise KeyError("oops")


async def test_an_agent_that_overstays_is_let_go(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.worker.run.steps.AGENT_GRACE_SECONDS", 0.3)
    result = await bench.stopped(Overstaying(), at=("agent", "for ever"))
    assert result.interrupted


async def test_a_fault_of_hermes_is_a_failure_that_keeps_the_work(bench: Bench, origin: Origin) -> None:
    result = await bench.run(Broken())
    assert "Hermes itself failed" in (result.error or "")
    assert "half.txt" in origin.files(BRANCH)


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


async def test_what_a_dead_run_left_is_saved_and_may_run_again(bench: Bench, origin: Origin) -> None:
    space = bench.open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "half.txt").write_text("half")
    result = await bench.runner().salvage(a_command())
    assert result.retryable
    assert result.pushed
    assert "half.txt" in origin.files(BRANCH)


async def test_nothing_to_salvage_is_a_report_too(bench: Bench) -> None:
    result = await bench.runner().salvage(a_command())
    assert result.retryable
    assert result.git_commit is None


@pytest.mark.parametrize("kind", [CommandType.BUILD, CommandType.PREVIEW])
async def test_no_build_command_is_said(bench: Bench, kind: CommandType) -> None:
    result = await bench.run(Broken(), a_command("build", kind=kind))
    assert result.error == "This project has no build command."


async def test_a_build_runs_in_the_worktree(bench: Bench) -> None:
    bench.build_command = "test -f index.html && echo built && exit 3"
    failed = await bench.run(Broken(), a_command("build", kind=CommandType.BUILD))
    assert "exit status 3" in (failed.error or "")
    assert "built" in (failed.error or "")
    bench.build_command = "true"
    assert (await bench.run(Broken(), a_command("build", kind=CommandType.BUILD, seq=2))).success


class Showing(Publication):
    """A publication that remembers; what it shows is what lies in the worktree then."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    async def publish(
        self, command: wire.CommandMessage, worktree: Path, state: ExecutionState, **_: object
    ) -> Published:
        self.shown.append(("whole", (worktree / "dist" / "page").read_text()))
        return Published("previews/x/", 1, 1, 0)

    async def keep_partial(self, command: wire.CommandMessage, worktree: Path, **_: object) -> Published:
        self.shown.append(("partial", (worktree / "dist" / "page").read_text()))
        return Published("previews/x.partial/", 1, 1, 0)


async def test_an_edit_is_built_and_published_with_its_link(bench: Bench) -> None:
    bench.publication = showing = Showing()
    bench.build_command = "mkdir -p dist && cp index.html dist/page"
    bench.preview_url = "https://{branch}.example.org/"
    result = await bench.run(script(WRITE))
    assert result.success
    assert showing.shown == [("whole", "<h1>Hello</h1>\n")]
    assert result.preview_url == f"https://{BRANCH}.example.org/"
    assert ("publish", "Publishing") in bench.said


async def test_an_edit_whose_build_fails_is_pushed_and_not_shown(bench: Bench, origin: Origin) -> None:
    bench.publication = showing = Showing()
    bench.build_command, bench.preview_url = "exit 4", "https://{branch}.example.org/"
    result = await bench.run(script(WRITE))
    assert not result.success
    assert "The build failed" in (result.error or "")
    assert BRANCH in (result.error or "")
    assert result.pushed
    assert result.preview_url is None
    assert showing.shown == []


async def test_an_interrupted_build_is_kept_apart_and_said(bench: Bench) -> None:
    bench.publication = showing = Showing()
    bench.build_command = "mkdir -p dist && echo half > dist/page && sleep 60"
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        running = group.create_task(bench.run(Broken(), a_command("preview", kind=CommandType.PREVIEW)))
        while not (page := bench.open_workspace().paths.tree / "dist" / "page").exists() or not page.read_text():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        bench.state.request_interrupt(InterruptReason.USER_CANCELLED)
    result = running.result()
    assert result.interrupted
    assert showing.shown == [("partial", "half\n")]
    assert "previews/x.partial/" in result.hint


async def test_a_preview_is_built_published_and_linked(bench: Bench) -> None:
    bench.publication = Showing()
    bench.build_command, bench.preview_url = "mkdir -p dist && echo x > dist/page", "https://{thread}.example.org/"
    result = await bench.run(Broken(), a_command("preview", kind=CommandType.PREVIEW))
    assert (result.success, result.preview_url) == (True, "https://abc12345.example.org/")


async def test_push_and_undo_need_no_agent(bench: Bench, origin: Origin) -> None:
    await bench.run(script(WRITE))
    assert (await bench.run(Broken(), a_command("push", kind=CommandType.PUSH, seq=2))).pushed
    undone = await bench.run(Broken(), a_command("undo", kind=CommandType.UNDO, seq=3))
    assert undone.success
    assert origin.show(BRANCH, "index.html") == "<h1>Welcome</h1>"


async def test_attachments_are_laid_out_under_clean_names(bench: Bench) -> None:
    bench.attached = {"k1": b"one", "k2": b"two"}
    refs = [wire.AttachmentRef(key="k1", name="../../x y.txt"), wire.AttachmentRef(key="k2", name="x y.txt")]
    agent = script("import os; print(sorted(os.listdir(os.environ['HERMES_ATTACHMENTS_DIR'])))")
    result = await bench.run(agent, a_command(attachments=refs))
    assert result.summary == "['x y-2.txt', 'x y.txt']"


@pytest.mark.parametrize("name", ["", "..", "/", "a/../..", "-rf", ".git", "\x00", "a" * 500 + ".txt", "ü.png"])
def test_no_name_of_an_attachment_leaves_its_folder(name: str) -> None:
    safe = attachments.safe_name(name)
    assert safe
    assert len(safe) <= 130
    assert "/" not in safe
    assert not safe.startswith((".", "-"))


def test_errors_carry_hints() -> None:
    assert errors.PushRejected("x", hint="y").hint == "y"
