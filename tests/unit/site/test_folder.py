"""Which pages show a change: those that say something else, before those that are merely written differently."""

from __future__ import annotations

from pathlib import Path

from hermes.site import folder
from hermes.site.folder import SiteFolder


def written(root: Path, files: dict[str, str]) -> SiteFolder:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return SiteFolder(root)


def pages(tmp_path: Path, before: dict[str, str], after: dict[str, str], *named: str) -> list[str]:
    old, new = written(tmp_path / "before", before), written(tmp_path / "after", after)
    return folder.changed_pages(old, new, named, most=3)


MANY = {f"p{number}.html": f"<p>{number}</p>" for number in range(9)} | {"index.html": "<p>home</p>"}


def test_a_changed_page_and_a_new_one_are_shown(tmp_path: Path) -> None:
    after = MANY | {"p4.html": "<p>four</p>", "new/index.html": "<p>new</p>"}
    assert pages(tmp_path, MANY, after) == ["p4.html", "new/index.html"]


def test_where_a_layout_changed_the_pages_that_say_something_else_are_shown(tmp_path: Path) -> None:
    after = {name: text.replace("<p>", "<p class=x>") for name, text in MANY.items()} | {
        "p7.html": "<p class=x>seven</p>"
    }
    assert pages(tmp_path, MANY, after, "/") == ["p7.html"]


def test_where_all_say_something_else_the_projects_pages_are_shown(tmp_path: Path) -> None:
    after = {name: f"{text}<footer>2027</footer>" for name, text in MANY.items()}
    assert pages(tmp_path, MANY, after, "/p5", "/", "/absent/")[:2] == ["p5.html", "index.html"]
    assert pages(tmp_path, MANY, after)[0] == "index.html"


def test_a_style_sheet_or_a_picture_shows_on_the_pages_that_use_it(tmp_path: Path) -> None:
    before = {
        "index.html": '<link rel="stylesheet" href="/css/site.css">',
        "b.html": '<img src="logo.svg">',
        "c.html": "<p>nothing</p>",
        "css/site.css": "body { background: url(../bg.png) }",
        "bg.png": "1",
        "logo.svg": "1",
    }
    assert pages(tmp_path / "1", before, before | {"bg.png": "2"}) == ["index.html"]
    assert pages(tmp_path / "2", before, before | {"logo.svg": "2"}) == ["b.html"]
    assert pages(tmp_path / "3", before, before | {"unused.txt": "2"}) == []
    assert pages(tmp_path / "4", before, before) == []


def test_links_hidden_folders_and_packages_are_no_part_of_a_site(tmp_path: Path) -> None:
    site = written(tmp_path, {"index.html": "x", ".git/a.html": "x", "node_modules/b.html": "x"})
    (tmp_path / "up.html").symlink_to("/etc/passwd")
    assert list(SiteFolder(tmp_path).hashes) == ["index.html"] == list(site.hashes)


def test_a_page_has_the_address_that_people_know() -> None:
    names = ["index.html", "about/index.html", "about/team.html"]
    assert [folder.address(name) for name in names] == ["/", "/about/", "/about/team.html"]
