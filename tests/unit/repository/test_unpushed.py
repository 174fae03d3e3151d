"""Work that no push could bring to the remote: kept as a bundle, and brought there by whatever container serves the session next."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hermes import errors
from hermes.repository import commit_message
from hermes.repository.workspace import Workspace
from tests.unit.worker.drawer import Drawer
from tests.unit.worker.origin import BRANCH, SESSION, Origin, a_command, git

Open = Callable[..., Workspace]


async def left(space: Workspace, name: str = "work.txt") -> str:
    """Work that was committed and not pushed; its key."""
    await space.prepare(a_command())
    (space.paths.tree / name).write_text("work\n")
    work = await space.commit(a_command(), text=commit_message.for_command(a_command()))
    assert work is not None
    key = await space.unpushed.keep()
    assert key == f"bundles/{SESSION}/{work.head}.bundle"
    return key


async def test_a_bundle_is_restored_in_another_container_and_the_reply_says_so(
    open_workspace: Open, elsewhere: Open, origin: Origin, drawer: Drawer
) -> None:
    await left(open_workspace())

    space = elsewhere()
    notes = await space.prepare(a_command("More", seq=2))

    assert notes == [f"Work of an earlier request that had been kept in Hermes' storage is now on {BRANCH}."]
    assert (space.paths.tree / "work.txt").read_text() == "work\n"
    assert "work.txt" in origin.files(BRANCH)
    assert drawer.kept == {}
    assert await elsewhere().prepare(a_command("And more", seq=3)) == []


async def test_in_the_same_container_the_bundle_is_not_needed_and_goes(
    open_workspace: Open, origin: Origin, drawer: Drawer
) -> None:
    await left(open_workspace())
    notes = await open_workspace().prepare(a_command("More", seq=2))
    assert notes == [f"Work of an earlier request that had not been pushed is now on {BRANCH}."]
    assert "work.txt" in origin.files(BRANCH)
    assert drawer.kept == {}


async def test_restored_work_goes_on_top_of_what_others_pushed_meanwhile(
    open_workspace: Open, elsewhere: Open, origin: Origin
) -> None:
    await left(open_workspace())
    origin.write(BRANCH, {"theirs.txt": "theirs"})
    (note,) = await elsewhere().prepare(a_command("More", seq=2))
    assert "on top of theirs" in note
    assert {"theirs.txt", "work.txt"} <= set(origin.files(BRANCH))


async def test_a_bundle_stays_until_the_remote_has_its_work(
    open_workspace: Open, elsewhere: Open, origin: Origin, drawer: Drawer
) -> None:
    key = await left(open_workspace())
    origin.hook("pre-receive", "echo closed >&2; exit 1")
    with pytest.raises(errors.PushRejected):
        await elsewhere().prepare(a_command("More", seq=2))
    assert list(drawer.kept) == [key]
    (origin.path / "hooks" / "pre-receive").unlink()
    assert await elsewhere().prepare(a_command("Again", seq=3))
    assert drawer.kept == {}


async def test_without_the_storage_nothing_begins_as_if_there_were_no_such_work(
    open_workspace: Open, elsewhere: Open, drawer: Drawer
) -> None:
    await left(open_workspace())
    drawer.out_of_reach = True
    with pytest.raises(errors.Transient):
        await elsewhere().prepare(a_command("More", seq=2))


async def test_a_bundle_whose_base_is_gone_is_named_and_stays(
    open_workspace: Open, elsewhere: Open, origin: Origin, drawer: Drawer
) -> None:
    origin.write(BRANCH, {"base.txt": "base"})
    key = await left(open_workspace())
    git("checkout", "--quiet", "--orphan", "anew", cwd=origin.other)
    git("commit", "--quiet", "-m", "All anew", cwd=origin.other)
    for name in ("main", BRANCH):
        git("push", "--quiet", "--force", "origin", f"HEAD:{name}", cwd=origin.other)
    git("reflog", "expire", "--expire=now", "--all", cwd=origin.path)
    git("gc", "--quiet", "--prune=now", cwd=origin.path)
    (note,) = await elsewhere().prepare(a_command("More", seq=2))
    assert key in note
    assert "no longer in the repository" in note
    assert list(drawer.kept) == [key]


async def test_a_file_that_is_no_bundle_does_no_harm(elsewhere: Open, drawer: Drawer) -> None:
    drawer.kept[f"bundles/{SESSION}/{'a' * 40}.bundle"] = b"# v2 git bundle\nnonsense"
    drawer.kept[f"bundles/{SESSION}/../x.bundle"] = b""
    (note,) = await elsewhere().prepare(a_command())
    assert "kept in Hermes' storage" in note


@pytest.mark.parametrize(
    ("theirs", "where"), [({"theirs.txt": "theirs"}, BRANCH), ({"work.txt": "theirs"}, f"{BRANCH}-2")]
)
async def test_what_came_to_lie_elsewhere_is_not_taken_for_unpushed_by_the_next_request(
    open_workspace: Open, origin: Origin, theirs: dict[str, str], where: str
) -> None:
    space = open_workspace()
    await space.prepare(a_command())
    (space.paths.tree / "work.txt").write_text("work\n")
    work = await space.commit(a_command(), text=commit_message.for_command(a_command()))
    assert work is not None
    origin.write(BRANCH, theirs)
    assert (await space.land(work)).branch == where
    before = origin.branches()

    assert await open_workspace().prepare(a_command("More", seq=2)) == []
    assert origin.branches() == before


async def test_a_request_that_cannot_begin_for_an_earlier_ones_work_says_so(
    open_workspace: Open, origin: Origin
) -> None:
    await left(open_workspace())
    origin.hook("pre-receive", "echo closed >&2; exit 1")
    words = "not begun: work of an earlier request is to be pushed first"
    with pytest.raises(errors.PushRejected, match=words) as caught:
        await open_workspace().prepare(a_command("More", seq=2))
    assert "write a new message instead of answering this one" in caught.value.hint


async def test_a_bundle_that_the_role_may_not_read_is_named_and_keeps_nobody_from_working(
    open_workspace: Open, elsewhere: Open, drawer: Drawer
) -> None:
    key = await left(open_workspace())
    drawer.closed = True
    (note,) = await elsewhere().prepare(a_command("More", seq=2))
    assert key in note
    assert "could not be read" in note
    assert list(drawer.kept) == [key]
