"""What is Claude Code's own, with the real program; the contract of all agents is in `test_real_programs.py`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes import errors
from hermes.agents import select
from hermes.config.agent_settings import AgentKind, AgentSettings, Allowed
from hermes.process import descendants
from tests.agents import real
from tests.agents.model_server import Call, ModelServer, Say
from tests.marks import mark
from tests.programs import needed


@pytest.fixture(params=real.CLAUDE_VERSIONS if real.EVERY else real.CLAUDE_VERSIONS[-1:])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[real.Desk]:
    monkeypatch.setattr("hermes.agents.claude_code.turn.AGENT_RESULT_SECONDS", 3.0)
    argv = needed.claude(version)
    with ModelServer() as model:
        desk = real.Desk(tmp_path, real.settings(AgentKind.CLAUDE, argv, "--allowedTools=Bash"), model)
        real.plant(desk.tree, {"index.html": "<h1>Welcome</h1>\n"})
        yield desk
    assert descendants.marked(mark(tmp_path)) == frozenset()


async def test_a_broken_transcript_is_no_end_of_a_thread(desk: real.Desk) -> None:
    desk.model.script["go"] = [[Say("I go on.")]]
    first = await desk.run("Hello. [[go]]")
    (transcript,) = desk.home.glob(f".claude/projects/*/{first.session_id}.jsonl")
    transcript.write_text("torn {\n")
    report = await desk.run("Hello again. [[go]]", resume=first.session_id)
    assert (report.error, report.summary) == (None, "I go on.")


async def test_it_can_read_what_came_with_the_mail(desk: real.Desk) -> None:
    attached = desk.folder / "in" / "attachments" / "notes.txt"
    real.plant(attached.parent, {"notes.txt": "The name of the cat is Minka.\n"})
    desk.model.script["read"] = [[Call("Read", {"file_path": str(attached)})], [Say("I have read it.")]]
    report = await desk.run("Read the notes. [[read]]", attachments=(attached,))
    assert report.error is None
    assert "The name of the cat is Minka." in desk.model.asked[-1].text


async def test_it_reads_nothing_else_outside_its_folder(desk: real.Desk) -> None:
    attached = desk.folder / "in" / "attachments" / "notes.txt"
    real.plant(attached.parent, {"notes.txt": "x\n"})
    real.plant(desk.folder, {"other.txt": "The name of the dog is Rex.\n"})
    desk.model.script["read"] = [[Call("Read", {"file_path": str(desk.folder / "other.txt")})], [Say("I could not.")]]
    await desk.run("Read it. [[read]]", attachments=(attached,))
    assert "The name of the dog is Rex." not in desk.model.asked[-1].text


async def test_the_projects_rules_are_told_and_named(desk: real.Desk) -> None:
    real.plant(desk.tree, {"CLAUDE.md": "Always write in Dutch.\n", "docs/AGENTS.md": "x\n"})
    desk.model.script["go"] = [[Say("Ja.")]]
    await desk.run("Go. [[go]]")
    assert "Always write in Dutch." in desk.model.asked[-1].text
    assert "docs/AGENTS.md" in desk.model.asked[-1].text


@pytest.mark.parametrize("allowed", [False, True])
async def test_what_it_is_not_allowed_to_run_is_reported(desk: real.Desk, allowed: bool) -> None:
    (program, *_) = needed.claude("newest")
    allow = (Allowed.TESTS,) if allowed else ()
    names = ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL")
    desk.settings = AgentSettings(kind=AgentKind.CLAUDE, argv=(program,), env=names, allow=allow)
    desk.agent = select.build(desk.settings)
    desk.model.script["try"] = [
        [Call("Bash", {"command": "make test", "description": "test"})],
        [Say("The tests were tried.")],
    ]
    real.plant(desk.tree, {"Makefile": "test:\n\ttouch tested\n"})
    report = await desk.run("Run the tests. [[try]]")
    assert report.error is None
    assert report.denied == (() if allowed else ("make test",))
    assert (desk.tree / "tested").exists() == allowed


async def test_a_server_that_it_leaves_running_does_not_hold_its_result(desk: real.Desk) -> None:
    serve = {"command": "exec sleep 3210", "run_in_background": True, "description": "serve"}
    desk.model.script["serve"] = [[Call("Bash", serve)], [Say("It is served.")]]
    begun = asyncio.get_running_loop().time()
    report = await desk.run("Serve it. [[serve]]")
    assert (report.error, report.summary) == (None, "It is served.")
    assert report.cost_usd is not None
    assert desk.state.interrupt_signal is None
    assert asyncio.get_running_loop().time() - begun < 60


async def test_a_helper_in_the_background_is_waited_for(desk: real.Desk) -> None:
    helper = {
        "description": "look",
        "prompt": "Look. [[slow]]",
        "subagent_type": "general-purpose",
        "run_in_background": True,
    }
    desk.model.script |= {
        "help": [[Call("Agent", helper)], [Say("A helper looks.")], [Say("The helper has found it.")]],
        "slow": [[Say("Found.", after_seconds=6.0)]],
    }
    report = await desk.run("Look for it. [[help]]")
    assert (report.error, report.summary) == (None, "The helper has found it.")


async def test_a_version_that_obeys_the_repository_is_not_started(tmp_path: Path) -> None:
    program = tmp_path / "claude"
    program.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "2.0.65 (Claude Code)" || touch started\n')
    program.chmod(0o755)
    with ModelServer() as model:
        desk = real.Desk(tmp_path, real.settings(AgentKind.CLAUDE, (str(program),)), model)
        with pytest.raises(errors.AgentFailed, match=r"\(2.0.65\) is too old") as failed:
            await desk.run("Go.")
    assert "2.0.77 or newer" in failed.value.hint
    assert not (desk.tree / "started").exists()


async def test_a_program_that_does_not_say_its_version_is_not_started(tmp_path: Path) -> None:
    program = tmp_path / "claude"
    program.write_text('#!/bin/sh\necho "key: $ANTHROPIC_API_KEY"\n')
    program.chmod(0o755)
    with ModelServer() as model:
        desk = real.Desk(tmp_path, real.settings(AgentKind.CLAUDE, (str(program),)), model)
        with pytest.raises(errors.AgentFailed, match=r"does not say which version .* said: key:\)") as failed:
            await desk.run("Go.")
    assert os.path.basename(program) in failed.value.message


async def test_a_program_that_takes_too_long_to_say_its_version_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.agents.claude_code.version._SECONDS", 0.2)
    program = tmp_path / "claude"
    program.write_text("#!/bin/sh\nexec sleep 300\n")
    program.chmod(0o755)
    with ModelServer() as model:
        desk = real.Desk(tmp_path, real.settings(AgentKind.CLAUDE, (str(program),)), model)
        with pytest.raises(errors.AgentFailed, match=r"does not say within 0.2 s which version"):
            await desk.run("Go.")
