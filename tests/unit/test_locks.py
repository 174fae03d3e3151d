"""The locks are complete: pip is told to follow no requirement of a package, so each must be in the lock by itself."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests import locks

PROJECT = tomllib.loads((locks.ROOT / "pyproject.toml").read_text())


def _lacking(lock: Path, wanted: Iterable[str]) -> list[str]:
    """What the lock lacks of `wanted` and of all that it needs in turn, by the metadata of what is installed."""
    pinned = locks.pinned(lock)
    lacking: list[str] = []
    seen: set[tuple[str, str]] = set()
    waiting = [(Requirement(one), "", "pyproject.toml") for one in wanted]
    while waiting:
        requirement, extra, by = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        version = pinned.get(name)
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            lacking.append(f"{requirement} (of {by}): {version or 'not in the lock'}")
            continue
        for one in {"", *requirement.extras}:
            if (name, one) not in seen:
                seen.add((name, one))
                waiting += [(Requirement(line), one, name) for line in importlib.metadata.requires(name) or ()]
    return lacking


def test_the_lock_of_the_product_has_all_that_its_packages_need() -> None:
    assert _lacking(locks.RUN, PROJECT["project"]["dependencies"]) == []


def test_the_lock_of_the_tests_has_all_that_its_packages_need() -> None:
    project = PROJECT["project"]
    assert _lacking(locks.TEST, [*project["dependencies"], *project["optional-dependencies"]["test"]]) == []


def test_the_locks_are_read_by_the_metadata_of_the_pinned_versions() -> None:
    pinned = locks.pinned(locks.RUN, locks.TEST)
    installed = {name: Version(importlib.metadata.version(name)) for name in pinned}
    assert installed == pinned, "the environment is not that of the locks: run `make test` again"


def test_product_and_tests_agree_on_every_version() -> None:
    product, tests = locks.pinned(locks.RUN), locks.pinned(locks.TEST)
    assert product.items() <= tests.items()


@pytest.mark.parametrize("lock", locks.ALL, ids=str)
def test_every_entry_is_one_version_with_hashes_and_no_address(lock: Path) -> None:
    pins = locks.pins(lock)
    assert pins
    for pin in pins:
        assert pin.version
        assert pin.requirement.url is None
        assert pin.hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in pin.hashes)
    assert "://" not in (locks.ROOT / lock).read_text()


def test_what_builds_packages_is_pinned_too() -> None:
    builders = locks.pinned(locks.BUILD)
    for line in [*PROJECT["build-system"]["requires"], *PROJECT["dependency-groups"]["build"]]:
        requirement = Requirement(line)
        assert builders[canonicalize_name(requirement.name)] in requirement.specifier


def test_make_lock_writes_every_lock() -> None:
    makefile = (locks.ROOT / "Makefile").read_text()
    assert set(re.findall(r"^\t\$\(LOCK\) .* -o (\S+)$", makefile, re.MULTILINE)) == {str(one) for one in locks.ALL}


def test_the_lock_of_npm_programs_has_hashes_and_no_address() -> None:
    programs = locks.ROOT / "tests" / "programs"
    lock = (programs / "package-lock.json").read_text()
    assert "://" not in lock
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')
    versions = re.findall(r'"\S+": "(\d\S*)"', (programs / "package.json").read_text())
    assert versions
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", one) for one in versions)
