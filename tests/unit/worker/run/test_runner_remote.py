"""A command whose remote disappears, hangs, refuses or has moved on: the work is kept, and what happened is said."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hermes.domain.interrupts import InterruptReason
from hermes.execution import ExecutionState
from hermes.worker.run.work_saver import Budget
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, git
from tests.unit.worker.run.runner_bench import WRITE, Bench, script


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
