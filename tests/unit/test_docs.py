"""The pages of the repository: every file, folder and page that they name exists, and nothing outside the repository is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hermes.domain import lifecycle

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
#: The folders that a page names from the root; a name under one of them is a path.
TOP = ("hermes", "tests", "docs", "deploy", "config")
README_LINES = 150


def files() -> list[str]:
    """Every file of the package, the tests and the pages, from the root."""
    return [
        str(path.relative_to(ROOT))
        for top in TOP
        for path in (ROOT / top).rglob("*")
        if "__pycache__" not in path.parts and "node_modules" not in path.parts
    ]


def named(page: Path) -> set[str]:
    """What stands between back quotes and looks like a path of the repository, or like a Python module by its file name."""
    quoted = re.findall(r"`([^`\s]+)`", page.read_text(encoding="utf-8"))
    by_root = {name for name in quoted if name.split("/")[0] in TOP and "/" in name and "*" not in name}
    modules = {name for name in quoted if re.fullmatch(r"[\w/]+\.py", name)}
    return {name.rstrip("/") for name in by_root | modules}


def links(page: Path) -> set[str]:
    """Where the page's relative links lead."""
    found = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return {link for link in found if "://" not in link}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_files_that_exist(page: Path) -> None:
    known = files()
    #: A file that an agent or a program has in a project, named as an example.
    foreign = {"flake8.py"}

    missing = {
        name
        for name in named(page) - foreign
        if not (ROOT / name).exists() and not any(path.endswith(f"/{name}") for path in known)
    }

    assert missing == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_links_only_to_pages_that_exist(page: Path) -> None:
    assert {link for link in links(page) if not (page.parent / link).exists()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_refers_to_no_document_outside_the_repository(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert re.findall(r"\bDESIGN\b|\bSTYLE\b|\.\./shared|/work/", text) == []


def test_the_package_refers_to_no_document_outside_the_repository() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in sorted((ROOT / "hermes").rglob("*.py"))
        for word in re.findall(r"\bDESIGN\b|\.\./shared", path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_LINES


def test_the_page_of_architecture_has_the_table_of_the_lifecycle() -> None:
    table = re.findall(r"^    (?=\w)(.*)$", lifecycle.__doc__ or "", re.MULTILINE)
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")

    assert table
    assert [row for row in table if row.rstrip() not in {line.rstrip() for line in page.splitlines()}] == []


def test_the_make_targets_that_the_readme_names_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    assert set(re.findall(r"`make ([a-z]+)", text)) | set(re.findall(r"^make ([a-z]+)", text, re.MULTILINE)) <= targets


def test_the_page_of_operations_explains_every_action_of_the_log() -> None:
    package = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "hermes").rglob("*.py"))
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    #: Actions of the execution runtime when it is used alone.
    foreign = {"bus.subscriber_failed", "bus.publish_failed", "checker.answer", "checker.failed"}

    written = set(re.findall(r'"action": "([\w.]+)"', package))
    written |= set(re.findall(r'\b(?:Event|of_command|_say)\(\s*"([a-z]+\.\w+)"', package))

    missing = {name for name in written - foreign if f"`{name}`" not in page and f"`.{name.split('.')[1]}`" not in page}
    assert written
    assert missing == set()


def test_each_attack_stands_beside_a_promise_and_each_that_is_named_is_there() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    promises = [line for line in text.splitlines() if line.startswith(("| owners |", "| operators |"))]
    attacks = {path.stem for path in (ROOT / "tests" / "attack").rglob("test_*.py")}

    assert attacks == set(re.findall(r"`(test_\w+)`", "\n".join(promises)))
    assert all(re.search(r"`(?:test_\w+|tests/[\w/]+\.py)`", promise) for promise in promises)
