"""What an undo takes back, and how often; and that a question leaves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hermes import errors
from hermes.repository.workspace import Workspace
from tests.unit.repository.committing import commit_and_land
from tests.unit.worker.origin import BRANCH, Origin, a_command, git

Open = Callable[..., Workspace]


async def test_undo_takes_back_the_last_command_and_nothing_more(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    for number in (1, 2):
        await space.prepare(a_command(seq=number))
        (space.paths.tree / f"{number}.txt").write_text("x")
        git("add", "-A", cwd=space.paths.tree)
        git("commit", "--quiet", "-m", "Own", cwd=space.paths.tree)
        (space.paths.tree / f"{number}-more.txt").write_text("x")
        await commit_and_land(space, a_command(f"Do {number}", seq=number))
    await space.prepare(a_command("undo", seq=3))
    work = await space.undo(a_command("undo", seq=3))
    await space.land(work)
    files = origin.files(BRANCH)
    assert {"1.txt", "1-more.txt"} <= set(files)
    assert not {"2.txt", "2-more.txt"} & set(files)
    assert origin.log(BRANCH)[0] == "Undo: Do 2"


async def test_undoing_twice_takes_back_two_changes_and_a_third_time_says_that_nothing_is_left(
    open_workspace: Open, origin: Origin
) -> None:
    space = open_workspace()
    for number in (1, 2, 3):
        await space.prepare(a_command(seq=number))
        (space.paths.tree / f"{number}.txt").write_text("x")
        await commit_and_land(space, a_command(f"Do {number}", seq=number))

    async def undo(seq: int) -> None:
        await space.prepare(a_command("undo", seq=seq))
        await space.land(await space.undo(a_command("undo", seq=seq)))

    await undo(4)
    await undo(5)
    assert {"1.txt", "2.txt", "3.txt"} & set(origin.files(BRANCH)) == {"1.txt"}
    assert origin.log(BRANCH)[:2] == ["Undo: Do 2", "Undo: Do 3"]

    await space.prepare(a_command(seq=6))
    (space.paths.tree / "4.txt").write_text("x")
    await commit_and_land(space, a_command("Do 4", seq=6))
    await undo(7)
    await undo(8)
    assert {"1.txt", "2.txt", "3.txt", "4.txt"} & set(origin.files(BRANCH)) == set()
    with pytest.raises(errors.StepFailed, match="nothing to undo"):
        await undo(9)


async def test_what_a_question_changed_is_put_back(open_workspace: Open, origin: Origin) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    before = {path.name: path.read_text() for path in space.paths.tree.glob("*.*") if path.is_file()}
    (space.paths.tree / "new.txt").write_text("x")
    for path in space.paths.tree.glob("*.*"):
        if path.is_file():
            path.write_text("changed")
    git("add", "-A", cwd=space.paths.tree)
    git("commit", "--quiet", "-m", "Own", cwd=space.paths.tree)

    assert await space.discard() is True

    after = {path.name: path.read_text() for path in space.paths.tree.glob("*.*") if path.is_file()}
    assert after == before
    await space.prepare(a_command(seq=2))
    assert await space.discard() is False


async def test_nothing_of_ours_to_undo_is_said(open_workspace: Open) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    with pytest.raises(errors.StepFailed, match="nothing to undo"):
        await space.undo(a_command())
