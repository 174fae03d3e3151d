"""One command end to end against a real repository: success, failure, what a dead run left, attachments."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.agents import select
from hermes.config.agent_settings import AgentSettings
from hermes.domain import wire
from hermes.domain.request import CommandType
from hermes.worker.run import attachments
from tests.unit.worker.origin import BRANCH, Origin, a_command, command_id
from tests.unit.worker.run.runner_bench import WRITE, Bench, Broken, script


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


async def test_a_fault_of_hermes_is_a_failure_that_keeps_the_work(bench: Bench, origin: Origin) -> None:
    result = await bench.run(Broken())
    assert "Hermes itself failed" in (result.error or "")
    assert "half.txt" in origin.files(BRANCH)


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
