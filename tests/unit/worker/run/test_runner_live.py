"""Commands that publish, against a real repository: what reaches the live branch, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.domain import wire
from hermes.domain.request import CommandType
from tests.unit.worker.origin import BRANCH, Origin, a_command, git
from tests.unit.worker.run.runner_bench import Bench, script

LIVE = wire.LiveBranch(branch="main", fresh=True)
NOBODY = script("raise SystemExit('no agent runs for this')")
BOB = wire.CoAuthor(name="Bob", email="bob@example.org")


def edit(text: str, path: str = "index.html") -> Any:
    return script(f"open({path!r}, 'w').write({text!r})")


def an_edit(seq: int = 1) -> wire.CommandMessage:
    return _with(a_command(seq=seq), live=LIVE)


def a_publish(result: wire.ResultMessage, seq: int = 2, *, back: bool = False, **facts: Any) -> wire.CommandMessage:
    assert result.git_commit is not None
    plan = wire.Publishing(
        approval_id="a",
        commit=result.git_commit,
        base=result.live_base,
        takes_back=back,
        of_command=result.command_id,
        title="New title",
        approved_by=(BOB,),
    )
    command = a_command("ok", seq=seq).model_copy(update={"type": CommandType.PUBLISH})
    return _with(command, live=LIVE, publishing=plan.model_copy(update=facts))


def _with(command: wire.CommandMessage, **context: Any) -> wire.CommandMessage:
    return command.model_copy(update={"context": command.context.model_copy(update=context)})


async def test_the_approved_commit_is_merged_and_says_whose_yes_it_has(bench: Bench, origin: Origin) -> None:
    before = origin.log("main", "%H")[0]
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    assert made.live_base == before

    result = await bench.run(NOBODY, a_publish(made))

    assert result.success, result.error
    assert (result.branch, result.pushed) == ("main", True)
    assert result.git_commit == origin.log("main", "%H")[0]
    assert git("rev-parse", "main^1", "main^2", cwd=origin.path).split() == [before, made.git_commit]
    assert origin.show("main", "index.html") == "<h1>Hi</h1>"
    assert "Approved-by: Bob <bob@example.org>" in git("log", "-1", "--format=%B", "main", cwd=origin.path)
    assert result.files_changed == ("index.html",)


async def test_what_was_committed_after_the_approved_commit_stays_behind(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    await bench.run(edit("<h1>Not approved</h1>"), an_edit(2))

    assert (await bench.run(NOBODY, a_publish(made, 3))).success

    assert origin.show("main", "index.html") == "<h1>Hi</h1>"
    assert origin.show(BRANCH, "index.html") == "<h1>Not approved</h1>"


async def test_a_live_branch_that_has_moved_is_merged_with(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    origin.write("main", {"other.html": "other"})

    assert (await bench.run(NOBODY, a_publish(made))).success

    assert origin.show("main", "index.html") == "<h1>Hi</h1>"
    assert origin.show("main", "other.html") == "other"


async def test_a_live_branch_that_moves_during_the_push_is_merged_with_again(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    bench.build_command = (  # somebody pushes while the merged tree is built, once
        f"[ -e {origin.other}/done ] || (cd {origin.other} && git fetch -q && git checkout -q -B main origin/main && echo x > other.html "
        "&& git add other.html && git -c user.name=x -c user.email=x@x commit -qm other && git push -q origin main && touch done)"
    )

    result = await bench.run(NOBODY, a_publish(made))

    assert result.success, result.error
    assert origin.show("main", "index.html") == "<h1>Hi</h1>"
    assert origin.show("main", "other.html") == "x"
    assert len([one for one in origin.log("main") if one.startswith("Publish:")]) == 1


async def test_a_conflict_is_said_and_nothing_is_pushed(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    theirs = origin.write("main", {"index.html": "<h1>Theirs</h1>"})

    result = await bench.run(NOBODY, a_publish(made))

    assert (result.success, result.fault) == (False, errors.Fault.CONFLICT)
    assert origin.log("main", "%H")[0] == theirs
    assert result.git_commit is None


async def test_a_merged_tree_that_does_not_build_does_not_go_live(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    before = origin.log("main", "%H")[0]
    bench.build_command = "exit 3"

    result = await bench.run(NOBODY, a_publish(made))

    assert (result.success, result.fault) == (False, errors.Fault.BUILD)
    assert origin.log("main", "%H")[0] == before
    bench.build_command = None
    again = await bench.run(edit("<h1>Hi!</h1>"), an_edit(3))  # and the next request goes on from the thread's own work
    assert git("rev-parse", f"{again.git_commit}^", cwd=origin.path) == made.git_commit


async def test_a_protected_branch_is_the_operators_matter(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    origin.hook("update", "#!/bin/sh\ncase $1 in refs/heads/main) echo protected >&2; exit 1;; esac\n")

    result = await bench.run(NOBODY, a_publish(made))

    assert (result.success, result.fault) == (False, errors.Fault.PUSH)
    assert "protected" in (result.error or "")


@pytest.mark.parametrize("how", ["deleted", "renamed"])
async def test_a_live_branch_that_is_gone_is_not_made_anew(bench: Bench, origin: Origin, how: str) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    if how == "renamed":
        git("branch", "trunk", "main", cwd=origin.path)
    git("update-ref", "-d", "refs/heads/main", cwd=origin.path)

    result = await bench.run(NOBODY, a_publish(made))

    assert (result.success, result.fault) == (False, errors.Fault.BRANCH)
    assert "main" not in origin.branches()


async def test_a_live_branch_whose_history_was_changed_gets_nothing_back_by_a_merge(
    bench: Bench, origin: Origin
) -> None:
    first = origin.log("main", "%H")[0]
    origin.write("main", {"secret.html": "secret"})
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    git("update-ref", "refs/heads/main", first, cwd=origin.path)

    result = await bench.run(NOBODY, a_publish(made))

    assert (result.success, result.fault) == (False, errors.Fault.BRANCH)
    assert "secret.html" not in origin.files("main")


async def test_what_was_published_is_not_published_twice(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    first = await bench.run(NOBODY, a_publish(made))
    origin.write("main", {"other.html": "other"})
    tip = origin.log("main", "%H")[0]

    again = await bench.run(NOBODY, a_publish(made))

    assert again.success
    assert again.git_commit == first.git_commit
    assert origin.log("main", "%H")[0] == tip


async def test_an_undo_takes_back_what_was_published_and_only_that(bench: Bench, origin: Origin) -> None:
    before = origin.show("main", "index.html")
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    live = await bench.run(NOBODY, a_publish(made))
    origin.write("main", {"other.html": "other"})

    result = await bench.run(NOBODY, a_publish(live, 3, back=True))

    assert result.success, result.error
    assert origin.show("main", "index.html") == before
    assert origin.show("main", "other.html") == "other"
    assert origin.log("main")[0] == "Take back: New title"
    again = await bench.run(NOBODY, a_publish(live, 4, back=True))
    assert (again.success, again.fault) == (False, errors.Fault.NOTHING_TO_UNDO)


async def test_two_threads_that_publish_both_end_up_live(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    git("update-ref", "refs/heads/thread-other", made.git_commit or "", cwd=origin.path)
    other = origin.write("thread-other2", {"second.html": "2"})
    assert (await bench.run(NOBODY, a_publish(made))).success
    second = made.model_copy(update={"git_commit": other, "command_id": "other"})
    assert (await bench.run(NOBODY, a_publish(second, 3))).success
    assert origin.show("main", "index.html") == "<h1>Hi</h1>"
    assert origin.show("main", "second.html") == "2"


# ── up to date with the live branch ───────────────────────────────────────────────────────────────────────────────────


async def test_a_thread_begins_with_the_live_branch(bench: Bench, origin: Origin) -> None:
    tip = origin.write("production", {"live.html": "live"})
    command = _with(a_command(), live=LIVE.model_copy(update={"branch": "production"}))

    made = await bench.run(edit("<h1>Hi</h1>"), command)

    assert made.live_base == tip
    assert git("rev-parse", f"{made.git_commit}^", cwd=origin.path) == tip


async def test_a_thread_is_brought_up_to_date_before_a_request(bench: Bench, origin: Origin) -> None:
    first = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    tip = origin.write("main", {"other.html": "other"})

    second = await bench.run(edit("<p>2</p>", "second.html"), an_edit(2))

    assert second.success, second.error
    assert second.live_base == tip
    assert second.files_changed == ("second.html",)
    assert {"other.html", "second.html"} <= set(origin.files(BRANCH))
    assert origin.show(BRANCH, "index.html") == "<h1>Hi</h1>"
    merge = git("rev-parse", f"{second.git_commit}^", cwd=origin.path)
    assert git("rev-parse", f"{merge}^1", f"{merge}^2", cwd=origin.path).split() == [first.git_commit, tip]


async def test_a_thread_whose_work_is_live_goes_on_from_there(bench: Bench, origin: Origin) -> None:
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    live = await bench.run(NOBODY, a_publish(made))

    second = await bench.run(edit("<p>2</p>", "second.html"), an_edit(3))

    assert git("rev-parse", f"{second.git_commit}^", cwd=origin.path) == live.git_commit


async def test_a_project_may_keep_its_threads_as_they_are(bench: Bench, origin: Origin) -> None:
    stays = LIVE.model_copy(update={"fresh": False})
    first = await bench.run(edit("<h1>Hi</h1>"), _with(a_command(), live=stays))
    origin.write("main", {"other.html": "other"})

    second = await bench.run(edit("<p>2</p>", "second.html"), _with(a_command(seq=2), live=stays))

    assert "other.html" not in origin.files(BRANCH)
    assert second.live_base == first.live_base


async def test_a_conflict_with_the_live_branch_is_the_agents_first_task(bench: Bench, origin: Origin) -> None:
    await bench.run(edit("<h1>Hi</h1>"), an_edit())
    tip = origin.write("main", {"index.html": "<h1>Theirs</h1>"})
    agent = script("assert '<<<<<<<' in open('index.html').read(); open('index.html', 'w').write('<h1>Both</h1>')")

    second = await bench.run(agent, an_edit(2))

    assert second.success, second.error
    assert second.brought_together
    assert second.live_base == tip
    assert origin.show(BRANCH, "index.html") == "<h1>Both</h1>"
    assert git("rev-parse", f"{second.git_commit}^2", cwd=origin.path) == tip
    assert (await bench.run(NOBODY, a_publish(second, 3))).success
    assert origin.show("main", "index.html") == "<h1>Both</h1>"


async def test_a_conflict_that_the_agent_leaves_is_said_and_cannot_go_live(bench: Bench, origin: Origin) -> None:
    await bench.run(edit("<h1>Hi</h1>"), an_edit())
    tip = origin.write("main", {"index.html": "<h1>Theirs</h1>"})

    second = await bench.run(edit("<p>2</p>", "second.html"), an_edit(2))

    assert (second.success, second.fault) == (False, errors.Fault.CONFLICT)
    assert "index.html" in (second.error or "")
    assert tip not in git("rev-list", BRANCH, cwd=origin.path).split()


async def test_an_undo_leaves_what_the_live_branch_brought_in(bench: Bench, origin: Origin) -> None:
    before = origin.show("main", "index.html")
    await bench.run(edit("<h1>Hi</h1>"), an_edit())
    origin.write("main", {"other.html": "other"})
    await bench.run(edit("<p>2</p>", "second.html"), an_edit(2))
    for seq in (3, 4):
        undo = a_command("undo", seq=seq).model_copy(update={"type": CommandType.UNDO})
        assert (await bench.run(NOBODY, _with(undo, live=LIVE))).success

    assert origin.show(BRANCH, "index.html") == before
    assert origin.show(BRANCH, "other.html") == "other"
    assert "second.html" not in origin.files(BRANCH)


async def test_branches_whose_work_is_live_for_long_are_deleted(bench: Bench, origin: Origin) -> None:
    keeps = LIVE.model_copy(update={"keep_seconds": 3600.0})
    made = await bench.run(edit("<h1>Hi</h1>"), an_edit())
    old = git("commit-tree", "main^{tree}", "-p", "main", "-m", "x", cwd=origin.path)
    git("update-ref", "refs/heads/thread-old", old, cwd=origin.path)
    git("update-ref", "refs/heads/thread-young", made.git_commit or "", cwd=origin.path)
    text = "Publish: x\n\nApproved-by: B <b@b>\nHermes-Session: s\nHermes-Command: other"
    merge = git("-c", "user.name=H", "commit-tree", "main^{tree}", "-p", "main", "-p", old, "-m", text, cwd=origin.path)
    aged = git("cat-file", "-p", merge, cwd=origin.path)
    second = next(line for line in aged.splitlines() if line.startswith("author "))
    stamp = second.split()[-2]
    raw = aged.replace(stamp, str(int(stamp) - 7200))
    (origin.path / "aged").write_text(raw + "\n")
    merge = git("hash-object", "-t", "commit", "-w", "aged", cwd=origin.path)
    git("update-ref", "refs/heads/main", merge, cwd=origin.path)

    publish = a_publish(made)
    await bench.run(NOBODY, _with(publish, live=keeps))

    assert "thread-old" not in origin.branches()
    assert "thread-young" in origin.branches()
