"""The project's checks: run before the push, corrected once, and told where they still fail."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from hermes.agents.port import AgentReport, AgentTask, Progress
from hermes.config.check_settings import CheckSettings
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason
from hermes.domain.request import CommandType
from hermes.execution import ExecutionState
from hermes.worker.run.checks import Checks, matter
from tests.unit.worker.origin import BRANCH, Origin, a_command
from tests.unit.worker.run.runner_bench import QUICK, Bench


def project(*commands: object, **more: object) -> Checks:
    settings = CheckSettings.model_validate({"commands": list(commands), **more})
    return Checks(settings=settings, environment=os.environ, secrets=("s3cr3t-key",), stop_schedule=QUICK)


class Rounds:
    """An agent that writes another text in each round."""

    def __init__(self, *texts: str, fails: bool = False, cost: float | None = None) -> None:
        self.texts = list(texts)
        self.tasks: list[AgentTask] = []
        self.fails = fails
        self.cost = cost

    async def run(self, task: AgentTask, *, state: ExecutionState, progress: Progress) -> AgentReport:
        self.tasks.append(task)
        (task.worktree / "index.html").write_text(self.texts[len(self.tasks) - 1])
        if self.fails and len(self.tasks) > 1:
            raise KeyError("oops")
        return AgentReport(summary=f"round {len(self.tasks)}", session_id="talk-1", cost_usd=self.cost)


GOOD = {
    "run": "grep -q 9-17 index.html || { echo 'error: the hours are not 9-17' >&2; echo s3cr3t-key; exit 3; }",
    "name": "hours",
}


async def test_work_that_passes_is_pushed_after_one_round(bench: Bench, origin: Origin) -> None:
    bench.checks = project(GOOD, "true")
    agent = Rounds("<p>9-17</p>\n")
    result = await bench.run(agent)
    assert (result.success, result.pushed, result.failed_checks) == (True, True, ())
    assert len(agent.tasks) == 1
    assert [step for step, _ in bench.said].index("check") < [step for step, _ in bench.said].index("commit") + 2


async def test_the_agent_corrects_what_the_checks_found(bench: Bench, origin: Origin) -> None:
    bench.checks = project(GOOD)
    agent = Rounds("<p>8-17</p>\n", "<p>9-17</p>\n", cost=0.25)
    result = await bench.run(agent)
    assert (result.success, result.failed_checks, result.summary, result.cost_usd) == (True, (), "round 1", 0.5)
    second = agent.tasks[1]
    assert second.resume == "talk-1"
    assert "the hours are not 9-17" in second.instruction
    assert "exit status 3" in second.instruction
    assert agent.tasks[0].instruction in second.instruction
    assert "s3cr3t-key" not in second.instruction
    assert origin.show(BRANCH, "index.html") == "<p>9-17</p>"
    assert len(origin.log(BRANCH)) == len(origin.log("main")) + 1, "one commit for the request"


async def test_work_that_still_fails_is_kept_and_the_result_names_the_check(bench: Bench, origin: Origin) -> None:
    bench.checks = project(GOOD, {"run": "true", "name": "fine"})
    agent = Rounds("<p>1</p>\n", "<p>2</p>\n")
    result = await bench.run(agent)
    assert (result.success, result.pushed, result.branch) == (True, True, BRANCH)
    assert result.failed_checks == (wire.FailedCheck(name="hours", lines=("error: the hours are not 9-17",)),)
    assert origin.show(BRANCH, "index.html") == "<p>2</p>"
    assert len(agent.tasks) == 2, "it is asked once"


async def test_a_correction_that_breaks_costs_nothing(bench: Bench, origin: Origin) -> None:
    bench.checks = project(GOOD)
    result = await bench.run(Rounds("<p>1</p>\n", "<p>9-17</p>\n", fails=True))
    assert result.pushed
    assert not result.success, "Hermes itself failed"
    assert origin.show(BRANCH, "index.html") == "<p>9-17</p>"


async def test_a_correction_that_takes_everything_back_is_not_taken(bench: Bench, origin: Origin) -> None:
    before = origin.show("main", "index.html") + "\n"
    bench.checks = project(GOOD)
    result = await bench.run(Rounds("<p>1</p>\n", before))
    assert [one.name for one in result.failed_checks] == ["hours"]
    assert origin.show(BRANCH, "index.html") == "<p>1</p>"


async def test_there_is_no_second_round_without_money_for_it(bench: Bench) -> None:
    bench.checks = project(GOOD)
    agent = Rounds("<p>1</p>\n", cost=1.0)
    limits = wire.CommandLimits(cost_usd=1.0)
    command = a_command()
    command = command.model_copy(update={"context": command.context.model_copy(update={"limits": limits})})
    result = await bench.run(agent, command)
    assert [one.name for one in result.failed_checks] == ["hours"]
    assert len(agent.tasks) == 1


async def test_what_a_check_writes_is_no_work(bench: Bench, origin: Origin) -> None:
    bench.checks = project("echo report > report.txt && echo changed > index.html")
    result = await bench.run(Rounds("<p>mine</p>\n"))
    assert result.files_changed == ("index.html",)
    assert bench.open_workspace().paths.tree.joinpath("index.html").read_text() == "<p>mine</p>\n"
    assert not bench.open_workspace().paths.tree.joinpath("report.txt").exists()
    assert origin.show(BRANCH, "index.html") == "<p>mine</p>"


async def test_an_undo_is_checked_and_not_corrected(bench: Bench) -> None:
    await bench.run(Rounds("<p>9-17</p>\n"))
    bench.checks = project(GOOD)
    result = await bench.run(agent := Rounds("x"), a_command("undo", kind=CommandType.UNDO, seq=2))
    assert (result.pushed, [one.name for one in result.failed_checks]) == (True, ["hours"])
    assert agent.tasks == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"run": "sleep 600", "name": "hangs", "seconds": 0.3}, "It took longer than 0.3 s"),
        (
            {"run": "trap '' TERM INT; while :; do sleep 0.05; done", "name": "deaf", "seconds": 0.3},
            "It took longer than 0.3 s",
        ),
        ({"run": "yes 123456789 | head -c 100000000", "name": "prints"}, "It printed more than 1 MiB"),
        ({"run": "no-such-program-anywhere", "name": "absent"}, "not found"),
    ],
    ids=["hangs", "deaf", "prints 100 MB", "absent"],
)
async def test_a_check_that_never_ends_or_prints_too_much_is_a_failed_check(
    bench: Bench, command: object, words: str
) -> None:
    bench.checks = project(command)
    limits = wire.CommandLimits(output_bytes=1024 * 1024)
    order = a_command(kind=CommandType.EDIT)
    order = order.model_copy(update={"context": order.context.model_copy(update={"limits": limits})})
    result = await bench.run(Rounds("<p>1</p>\n", "<p>1</p>\n"), order)
    assert result.pushed
    [failed] = result.failed_checks
    assert words in failed.lines[0]
    assert len(failed.lines) <= 3


async def test_what_a_check_forks_is_ended(bench: Bench, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    one = f"setsid sh -c 'echo $$ >> {pids}; sleep 600'"
    fork = f"for i in 1 2 3; do ({one} &); done; while [ $(wc -l < {pids} || echo 0) -lt 3 ]; do sleep 0.02; done"
    bench.checks = project(fork)
    result = await bench.run(Rounds("<p>1</p>\n"))
    assert result.failed_checks == ()
    for pid in pids.read_text().split():
        until = time.monotonic() + 60
        while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1]:
            assert time.monotonic() < until, "it is still there"
            await asyncio.sleep(0.02)


async def test_an_interrupt_stops_a_check_and_the_work_is_saved(bench: Bench, origin: Origin) -> None:
    bench.checks = project({"run": "sleep 600", "name": "long", "seconds": 600})
    result = await bench.stopped(Rounds("<p>1</p>\n"), at=("check", "Checking"), reason=InterruptReason.USER_CANCELLED)
    assert (result.interrupted, result.pushed) == (True, True)
    assert origin.show(BRANCH, "index.html") == "<p>1</p>"


def test_the_lines_that_matter_are_those_about_the_error() -> None:
    output = "\n".join(
        [
            "> site@1.0.0 test",
            "ok 1 - the menu",
            "not ok 2 - the footer has the hours",
            "  Error: Expected '8-17' to equal '9-17'",
            "    at test.js:4:3",
            "1 failed, 1 passed",
            "npm error code 1",
        ]
    )
    assert matter(output) == ("not ok 2 - the footer has the hours", "Error: Expected '8-17' to equal '9-17'")
    assert matter("one\ntwo\nthree\nfour") == ("two", "three", "four")
    assert matter("3 errors") == ("3 errors",)
    assert matter("") == ()
    assert len(matter("error " + "x" * 5000)[0]) == 200
