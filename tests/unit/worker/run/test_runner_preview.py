"""What a command builds and shows: the build, its publication, its link."""

from __future__ import annotations

import asyncio

import pytest

from hermes.domain.interrupts import InterruptReason
from hermes.domain.request import CommandType
from tests.unit.worker.origin import BRANCH, Origin, a_command
from tests.unit.worker.run.runner_bench import WRITE, Bench, Broken, Showing, script


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
