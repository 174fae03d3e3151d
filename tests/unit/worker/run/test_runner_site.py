"""A command shows what it changed: pictures, texts, the diff, and what its built-in check found."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from hermes.config.check_settings import CheckSettings
from hermes.config.show_settings import ShowSettings
from hermes.domain import wire
from hermes.domain.request import CommandType
from hermes.process.walls import Sandbox, machine
from hermes.site import chromium
from hermes.worker.run.checks import Checks
from hermes.worker.run.site.states import SiteStates
from hermes.worker.run.site.viewer import SiteViewer
from hermes.worker.run.tools import SiteTools
from tests.unit.worker.origin import BRANCH, Origin, a_command
from tests.unit.worker.run.runner_bench import QUICK, Bench, Broken, Showing, script
from tests.unit.worker.run.test_runner_checks import Rounds

HEAD = "<!doctype html><title>Home</title>"
NEW = HEAD + "<h1>Welcome</h1><p>Opening hours 9–17</p>"
OLD = HEAD + "<h1>Welcome</h1><p>Opening hours 8–17</p>"
BUILD = "mkdir -p dist && cp index.html dist/index.html && cp index.html dist/page && echo built >> builds.log"


@pytest.fixture
def site(bench: Bench, origin: Origin, tmp_path: Path) -> Bench:
    """A project whose build copies its page; pictures are off, texts and diffs are on."""
    origin.write(
        "main", {"index.html": OLD, ".gitignore": "dist\nbuilds.log\n", "pages/index.html": OLD, "pages/a.html": HEAD}
    )
    bench.build_command = BUILD
    bench.publication = Showing()
    bench.site = tools(bench, tmp_path, "dist", BUILD)
    return bench


def tools(bench: Bench, tmp_path: Path, folder: str, build: str | None, **more: object) -> SiteTools:
    settings = ShowSettings.model_validate({"folder": folder, "pictures": False, "texts": True, "diff": True, **more})

    async def put(key: str, data: bytes, _type: str) -> None:
        await bench.drawer.put(key, data)

    return SiteTools(
        viewer=SiteViewer(settings=settings, environment=os.environ, put=put, seconds=100.0),
        states=SiteStates(root=tmp_path / "sites", folder=folder, build_command=build),
        put=put,
    )


def writing(text: str, path: str = "index.html") -> str:
    return f"open({path!r}, 'w').write({text!r})"


def builds(bench: Bench) -> int:
    return len((bench.open_workspace().paths.tree / "builds.log").read_text().splitlines())


CHANGED = (wire.TextChange(before="Opening hours 8–17", after="9–17"),)


async def test_an_edit_tells_what_reads_differently_and_keeps_its_diff(site: Bench) -> None:
    result = await site.run(script(writing(NEW)))
    assert (result.success, result.text_changes, result.pictures) == (True, CHANGED, ())
    assert result.diff_key == f"shown/acme-site-abc12345/{result.git_commit}.diff"
    assert b"+<!doctype html>" in site.drawer.kept[result.diff_key]
    assert result.files_changed == ("index.html",), "what the build of the site before it left is no work"


async def test_the_site_before_a_change_is_built_once(site: Bench) -> None:
    await site.run(script(writing(NEW)))
    assert builds(site) == 2
    result = await site.run(script(writing(NEW.replace("Welcome", "Hello"))), a_command(seq=2))
    assert builds(site) == 3
    assert result.text_changes == (wire.TextChange(before="Welcome", after="Hello"),)


async def test_a_site_that_did_not_build_before_has_nothing_to_compare_with(site: Bench) -> None:
    site.build_command = "grep -q 9–17 index.html && " + BUILD
    result = await site.run(script(writing(NEW)))
    assert (result.success, result.text_changes) == (True, ())


async def test_a_static_site_needs_no_build_and_shows_what_is_committed(site: Bench, tmp_path: Path) -> None:
    site.build_command = None
    site.publication = showing = Listing()
    site.site = tools(site, tmp_path, "pages", None)
    result = await site.run(script(writing(NEW, "pages/index.html") + "; " + writing("x", "pages/.secret")))
    assert (result.success, result.text_changes) == (True, CHANGED)
    assert showing.files == [["pages/a.html", "pages/index.html"]]


async def test_a_preview_of_a_static_site_shows_all_of_its_thread(site: Bench, tmp_path: Path) -> None:
    site.build_command, site.preview_url = None, "https://{branch}.example.org/"
    site.publication = Listing()
    site.site = tools(site, tmp_path, "pages", None)
    await site.run(script(writing(NEW, "pages/index.html")))
    result = await site.run(Broken(), a_command("preview", kind=CommandType.PREVIEW, seq=2))
    assert (result.success, result.text_changes) == (True, CHANGED)
    assert result.preview_url == f"https://{BRANCH}.example.org/"


async def test_the_whole_repository_can_be_the_site(site: Bench, tmp_path: Path) -> None:
    site.build_command = None
    site.publication = showing = Listing()
    site.site = tools(site, tmp_path, ".", None)
    result = await site.run(script(writing(NEW)))
    assert result.text_changes == CHANGED
    assert showing.files == [["index.html", "pages/a.html", "pages/index.html", "style.css"]]


async def test_the_built_in_check_names_dead_links_and_the_agent_mends_them(site: Bench) -> None:
    site.checks = Checks(settings=CheckSettings(site=True), environment=os.environ, stop_schedule=QUICK)
    agent = Rounds(NEW + '<a href="gone.html">x</a>', NEW)
    result = await site.run(agent)
    assert (result.success, result.failed_checks) == (True, ())
    assert "gone.html leads nowhere" in agent.tasks[1].instruction
    assert builds(site) == 3, "of the site before, and of each round; what a check has built is not built again"


async def test_what_the_built_in_check_still_finds_is_in_the_result(site: Bench) -> None:
    site.checks = Checks(settings=CheckSettings(site=True), environment=os.environ, stop_schedule=QUICK)
    bad = NEW + '<a href="gone.html">x</a><p><div></p>'
    result = await site.run(Rounds(bad, bad + "<p>again"))
    [failed] = result.failed_checks
    assert failed.name == "site"
    assert failed.lines[0] == "index.html:1: gone.html leads nowhere"
    assert result.pushed


async def test_a_build_that_fails_is_a_failed_check_first(site: Bench) -> None:
    site.checks = Checks(settings=CheckSettings(site=True), environment=os.environ, stop_schedule=QUICK)
    site.build_command = "grep -q hours index.html || { echo 'no hours' >&2; exit 1; }; " + BUILD
    agent = Rounds("<p>nothing", NEW)
    result = await site.run(agent)
    assert (result.success, result.failed_checks) == (True, ())
    assert "no hours" in agent.tasks[1].instruction


async def test_a_viewer_that_breaks_costs_nothing(site: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    result = await site.run(Rounds(NEW))
    assert (result.success, result.text_changes) == (True, ())


@pytest.mark.parametrize("walled", [False, True], ids=["without walls", "inside walls"])
async def test_an_edit_has_pictures(site: Bench, tmp_path: Path, walled: bool) -> None:
    if chromium.find(os.environ.get("PATH")) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium is not installed: apt-get install chromium")
    site.site = tools(site, tmp_path, "dist", BUILD, pictures=True)
    if walled:
        around = Sandbox(machine=machine.choose(os.environ.get("PATH")))
        viewer = SiteViewer(
            settings=site.site.viewer.settings, environment=os.environ, put=site.site.put, sandbox=around, seconds=100.0
        )
        site.site = dataclasses.replace(site.site, viewer=viewer)
    result = await site.run(Rounds(NEW))
    assert [(one.view, one.after) for one in result.pictures] == [
        (wire.PictureView.DESKTOP, False),
        (wire.PictureView.DESKTOP, True),
        (wire.PictureView.PHONE, False),
        (wire.PictureView.PHONE, True),
    ]
    for one in result.pictures:
        assert site.drawer.kept[one.key].startswith(b"\x89PNG")
        assert one.key.startswith("shown/acme-site-abc12345/")


class Listing(Showing):
    """A publication that remembers which files were there."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[list[str]] = []

    async def publish(self, command: wire.CommandMessage, worktree: Path, state: object, **_: object) -> object:  # type: ignore[override]
        self.files.append(sorted(str(one.relative_to(worktree)) for one in worktree.rglob("*") if one.is_file()))
        return await super().publish(command, _paged(worktree), state)  # type: ignore[arg-type]


def _paged(worktree: Path) -> Path:
    """What `Showing` reads."""
    (worktree / "dist").mkdir(exist_ok=True)
    (worktree / "dist" / "page").write_text("")
    return worktree
