"""One contract for every agent: what it must do, and what it must survive in the program that it drives."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hermes import errors
from hermes.agents import select
from hermes.agents.port import AgentReport, AgentTask
from hermes.config.agent_settings import AgentKind, AgentSettings, TokenPrices
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.execution import ExecutionInterrupted, ExecutionState
from hermes.process import descendants, environment
from hermes.process.process import StopSchedule
from tests.marks import mark

PROGRAMS = Path(__file__).with_name("agents_programs")
SCRIPTS = {
    AgentKind.COMMAND: "plain_agent.py",
    AgentKind.CLAUDE: "fake_claude.py",
    AgentKind.AIDER: "fake_aider.py",
    AgentKind.CODEX: "fake_codex.py",
}
#: With these the stand-in's tokens cost $0.25.
PRICES = TokenPrices(input=2, output=10)
DRIVEN = tuple(SCRIPTS)
QUICK = StopSchedule(interrupt=0.4, term=0.8, kill=1.2)


@dataclass
class Bench:
    """One agent with a task at hand."""

    settings: AgentSettings
    task: AgentTask
    state: ExecutionState
    said: list[tuple[str, str, int | None]]

    async def run(self, instruction: str, **changes: object) -> AgentReport:
        async def progress(step: str, words: str, percent: int | None) -> None:
            self.said.append((step, words, percent))

        task = replace(self.task, instruction=instruction, **changes)  # type: ignore[arg-type]
        async with asyncio.timeout(60):
            return await select.build(self.settings).run(task, state=self.state, progress=progress)

    async def stopped(self, instruction: str) -> AgentReport:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.run(instruction))
            started = self.task.worktree / "started"
            async with asyncio.timeout(60):
                while not started.exists():  # noqa: ASYNC110 - a file of another process
                    await asyncio.sleep(0.02)
            self.state.request_interrupt(InterruptReason.PRIORITY_OVERRIDE)
        return running.result()


@pytest.fixture
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    kind: AgentKind = request.param
    argv = (sys.executable, str(PROGRAMS / SCRIPTS[kind])) if kind in SCRIPTS else ()
    worktree = tmp_path / "tree"
    (worktree / ".git").mkdir(parents=True)
    (worktree / "index.html").write_text("<h1>Welcome</h1>\n")
    task = AgentTask(
        command_id=mark(tmp_path),
        instruction="",
        worktree=worktree,
        home=tmp_path / "home",
        inbox=tmp_path / "in",
        log=tmp_path / "log",
        environment=os.environ,
        stop_schedule=QUICK,
    )
    prices = PRICES if kind is AgentKind.CODEX else None
    yield Bench(AgentSettings(kind=kind, argv=argv, token_prices=prices), task, ExecutionState(), [])
    assert descendants.marked(task.command_id) == frozenset()


over_all = pytest.mark.parametrize("bench", list(AgentKind), indirect=True)
over_programs = pytest.mark.parametrize("bench", DRIVEN, indirect=True)
over_models = pytest.mark.parametrize("bench", [AgentKind.CLAUDE, AgentKind.AIDER, AgentKind.CODEX], indirect=True)


def edit(bench: Bench) -> str:
    return 'replace "Welcome" with "Edited" in index.html' if bench.settings.kind is AgentKind.PATCH else "edits"


def nonsense(bench: Bench) -> str:
    return "hello?" if bench.settings.kind is AgentKind.PATCH else "exits_1"


@over_all
async def test_an_instruction_is_carried_out_and_accounted_for(bench: Bench) -> None:
    report = await bench.run(edit(bench))
    assert (bench.task.worktree / "index.html").read_text() == "<h1>Edited</h1>\n"
    assert report.error is None
    assert report.summary
    assert bench.said


@over_all
async def test_a_failure_is_words_for_a_person(bench: Bench) -> None:
    report = await bench.run(nonsense(bench))
    assert report.error
    assert report.error.endswith((".", "moon"))
    assert report.hint
    assert "Traceback" not in report.error


@over_all
async def test_what_is_interrupted_before_it_begins_changes_nothing(bench: Bench) -> None:
    bench.state.request_interrupt(InterruptReason.USER_CANCELLED)
    with pytest.raises(ExecutionInterrupted):
        await bench.run(edit(bench))
    assert (bench.task.worktree / "index.html").read_text() == "<h1>Welcome</h1>\n"


@over_programs
@pytest.mark.parametrize("how", ["waits", "ignores_sigint", "ignores_sigint_and_sigterm"])
async def test_an_interrupt_ends_it_however_deaf_it_is(bench: Bench, how: str) -> None:
    begun = asyncio.get_running_loop().time()
    report = await bench.stopped(how)
    assert report.error is None
    assert asyncio.get_running_loop().time() - begun < 50  # by itself it ends after 60


@over_programs
@pytest.mark.parametrize(
    "how",
    [
        "leaves_setsid_child", "leaves_child_that_holds_output", "prints_ten_megabytes_on_one_line", "prints_no_line_end",
        "prints_binary_noise", "closes_stdin", "forks", "edits_git_config_and_hooks",
    ],
)  # fmt: skip
async def test_a_rude_program_that_ends_well_has_succeeded(bench: Bench, how: str) -> None:
    report = await bench.run(how)
    assert report.error is None
    assert len(report.summary) < 20_000


@over_programs
async def test_an_end_by_a_signal_from_outside_is_said(bench: Bench) -> None:
    report = await bench.run("exits_143")
    assert "ended from outside (signal 15)" in (report.error or "")


@over_programs
async def test_the_error_quotes_what_was_said_last(bench: Bench) -> None:
    assert "cannot reach the moon" in ((await bench.run("exits_1")).error or "")


@over_programs
async def test_a_deleted_worktree_ends_the_run_and_nothing_else(bench: Bench) -> None:
    await bench.run("deletes_the_worktree")
    assert not bench.task.worktree.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "small"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(path)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("no small disk can be mounted here")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


@over_programs
async def test_a_program_that_fills_the_disk_can_still_be_stopped(bench: Bench, small_disk: Path) -> None:
    (small_disk / "tree").mkdir()
    bench.task = replace(bench.task, worktree=small_disk / "tree", home=small_disk / "home", log=small_disk / "log")
    report = await bench.stopped("fills_the_disk")
    assert report.error is None


@over_programs
async def test_too_much_output_is_an_interrupt(bench: Bench) -> None:
    await bench.run("prints_without_end", limits=wire.CommandLimits(output_bytes=200 * 1024))
    stop = bench.state.interrupt_signal
    assert stop is not None
    assert (stop.reason, stop.triggered_by) == (InterruptReason.RESOURCE_LIMIT, ResourceLimit.OUTPUT)
    assert stop.message == "It printed more than 200 KiB, which is the most for one request."


@over_programs
async def test_too_much_memory_is_an_interrupt(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hermes.process.process.MEMORY_SECONDS", 0.1)
    await bench.run("hoards", limits=wire.CommandLimits(memory_bytes=200 * 1024 * 1024))
    stop = bench.state.interrupt_signal
    assert stop is not None
    assert (stop.reason, stop.triggered_by) == (InterruptReason.RESOURCE_LIMIT, ResourceLimit.MEMORY)
    assert stop.message == "It used more than 200 MiB of memory, which is the most for one request."


@over_programs
async def test_too_high_a_cost_is_an_interrupt_and_the_cost_is_reported(bench: Bench) -> None:
    report = await bench.run("edits", limits=wire.CommandLimits(cost_usd=0.2))
    assert report.cost_usd == 0.25
    stop = bench.state.interrupt_signal
    assert stop is not None
    assert (stop.reason, stop.triggered_by) == (InterruptReason.RESOURCE_LIMIT, ResourceLimit.COST)
    assert stop.message == "It cost $0.25, and one request may cost $0.20."


@over_programs
async def test_a_missing_program_is_said_in_words(bench: Bench) -> None:
    bench.settings = AgentSettings(kind=bench.settings.kind, argv=("/no/such/agent",))
    with pytest.raises(errors.AgentFailed, match="could not be started"):
        await bench.run("edits")


@over_programs
async def test_secrets_are_masked_in_the_log(bench: Bench) -> None:
    await bench.run("exits_1", secrets=("reach the moon",))
    assert "reach the moon" not in bench.task.log.read_text()


@over_models
async def test_a_failed_api_call_is_a_failure_whatever_the_exit_status(bench: Bench) -> None:
    assert "answered with an error" in ((await bench.run("api_failure")).error or "")


@pytest.mark.parametrize("bench", [AgentKind.COMMAND], indirect=True)
async def test_a_command_line_asks_reports_and_counts_on_descriptor_3(bench: Bench) -> None:
    report = await bench.run("asks")
    assert (report.question, report.summary, report.cost_usd) == ("Which page?", "All done.", 0.25)
    assert ("agent", "Looking around", 10) in bench.said


@pytest.mark.parametrize("bench", [AgentKind.CLAUDE], indirect=True)
class TestClaude:
    @pytest.mark.parametrize("how", ["asks", "asks_by_tool"])
    async def test_a_question_needs_an_answer(self, bench: Bench, how: str) -> None:
        assert (await bench.run(how)).question == "Which page?"

    async def test_a_question_that_nobody_answered_is_none_where_the_work_went_on(self, bench: Bench) -> None:
        assert (await bench.run("asks_and_goes_on")).question is None

    async def test_a_conversation_goes_on_by_its_id(self, bench: Bench) -> None:
        first = await bench.run("edits")
        assert first.session_id
        second = await bench.run("edits", resume=first.session_id)
        assert second.session_id == first.session_id
        assert first.session_id in second.summary

    async def test_a_budget_that_it_has_used_up_by_its_own_count_is_the_same_interrupt(self, bench: Bench) -> None:
        report = await bench.run("spends_too_much", limits=wire.CommandLimits(cost_usd=5.0))
        stop = bench.state.interrupt_signal
        assert stop is not None
        assert (stop.reason, stop.triggered_by) == (InterruptReason.RESOURCE_LIMIT, ResourceLimit.COST)
        assert stop.message == "It used up the $5.00 that one request may cost."
        assert report.cost_usd == 5.25

    @pytest.mark.parametrize(("version", "budget"), [("2.1.276", "5.0"), ("2.1.277", "5.25")])
    async def test_a_conversation_that_goes_on_costs_the_difference(
        self, bench: Bench, version: str, budget: str
    ) -> None:
        bench.settings = AgentSettings(kind=AgentKind.CLAUDE, argv=(*bench.settings.argv, f"--as-version={version}"))
        limits = wire.CommandLimits(cost_usd=5.0)
        first = await bench.run("edits", limits=limits)
        second = await bench.run("edits", resume=first.session_id, limits=limits)
        assert (first.cost_usd, second.cost_usd) == (0.25, 0.25)
        assert second.summary.endswith(budget)  # what it may spend is counted from where its own count begins

    async def test_a_forgotten_conversation_is_begun_anew(self, bench: Bench) -> None:
        report = await bench.run("edits", resume="forgotten")
        assert report.error is None
        assert report.session_id not in (None, "forgotten")

    async def test_its_own_interrupt_keeps_the_cost(self, bench: Bench) -> None:
        report = await bench.stopped("waits")
        assert report.cost_usd == 0.25
        assert report.error is None

    async def test_progress_names_the_file_as_the_person_knows_it(self, bench: Bench) -> None:
        await bench.run("edits")
        assert ("agent", "Editing index.html", None) in bench.said


@pytest.mark.parametrize("bench", [AgentKind.CODEX], indirect=True)
class TestCodex:
    async def test_a_conversation_goes_on_by_its_id(self, bench: Bench) -> None:
        first = await bench.run("edits")
        second = await bench.run("edits", resume=first.session_id)
        assert (second.error, second.session_id) == (None, first.session_id)

    async def test_a_forgotten_conversation_is_begun_anew(self, bench: Bench) -> None:
        report = await bench.run("edits", resume="forgotten")
        assert report.error is None
        assert report.session_id not in (None, "forgotten")

    async def test_without_prices_it_costs_nothing_that_is_known(self, bench: Bench) -> None:
        bench.settings = bench.settings.model_copy(update={"token_prices": None})
        assert (await bench.run("edits")).cost_usd is None


Build = Callable[..., AgentSettings]


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "command"},
        {"kind": "patch", "argv": ["x"]},
        {"kind": "claude", "env": ["AWS_SECRET_ACCESS_KEY"]},
        {"kind": "claude", "env": ["KEY=value"]},
        {"kind": "claude", "env": ["AWS_SESSION_TOKEN"]},
        {"kind": "claude", "model": "--evil"},
        {"kind": "wizard"},
        {"kind": "claude", "token_prices": {"input": 1, "output": 1}},
        {"kind": "codex", "token_prices": {"input": -1, "output": 1}},
        {"kind": "claude", "modle": "x"},
    ],
)
def test_impossible_settings_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"validation error"):
        AgentSettings.model_validate(bad)


def test_the_settings_of_bedrock_and_vertex_may_be_handed_on(tmp_path: Path) -> None:
    names = (
        "CLAUDE_CODE_USE_BEDROCK", "AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION",
        "CLAUDE_CODE_USE_VERTEX", "CLOUD_ML_REGION", "ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_APPLICATION_CREDENTIALS",
    )  # fmt: skip
    assert AgentSettings(kind=AgentKind.CLAUDE, env=names).env == names
    made = environment.reduced(dict.fromkeys(names, "x"), allow=names, home=tmp_path, mark="m")
    assert set(names) <= set(made)
