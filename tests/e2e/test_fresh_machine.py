"""A fresh clone installs the pinned files and nothing else, whatever was published since, with the oldest pip and with Python's own."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.version import Version

from tests import locks
from tests.e2e import package_index

#: Hundreds of small files, on a machine that may be busy.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

#: Where `make test` has put the oldest pip that an install must work with.
OLDEST = Path(sys.prefix) / "oldest-pip"


def _with_the_oldest_pip(venv: Path) -> None:
    """An environment whose pip is the oldest one; `make` finds it there and makes none of its own."""
    if not (OLDEST / "pip").is_dir():
        if os.environ.get("CI"):
            pytest.fail("the oldest pip is not there: run `make test`, which installs it")
        pytest.skip("the oldest pip is not there; `make test` installs it")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=60)
    (packages,) = venv.glob("lib/python*/site-packages")
    for one in OLDEST.glob("pip*"):
        shutil.copytree(one, packages / one.name)


def _installed(venv: Path) -> dict[str, Version]:
    (packages,) = venv.glob("lib/python*/site-packages")
    found = importlib.metadata.distributions(path=[str(packages)])
    return {one.metadata["Name"].lower().replace("_", "-"): Version(one.version) for one in found}


def _builder(venv: Path, package: str) -> str:
    (info,) = venv.glob(f"lib/python*/site-packages/{package}-*.dist-info/builder")
    return info.read_text()


def _make(clone: Path, environment: Mapping[str, str], *targets: str) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "MAKE", "PYTHON"))}
    made = subprocess.run(
        ["make", f"PYTHON={sys.executable}", *targets],
        cwd=clone,
        env={**own, **environment, "HOME": str(clone), "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What an install reads of a fresh clone; the locks are rewritten by `_offer`."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(locks.ROOT / name, tmp_path / name)
    return tmp_path


def _offer(clone: Path) -> package_index.Index:
    index = package_index.Index()
    for lock in locks.ALL:
        index.rewrite(lock, clone / lock)
    return index


def _check(index: package_index.Index, venv: Path, *lock: Path) -> None:
    installed = {name: version for name, version in _installed(venv).items() if name not in ("pip", "hermes")}
    assert installed == locks.pinned(*lock)
    assert index.taken
    assert [one for one in index.taken if package_index.NEWER in one] == []


def _check_builders(venv: Path) -> None:
    builders = locks.pinned(locks.BUILD)
    assert _builder(venv, "dkimpy") == str(builders["setuptools"])
    assert _builder(venv, "hermes") == str(builders["flit-core"])


def test_the_oldest_pip_takes_what_is_pinned_and_nothing_newer(clone: Path) -> None:
    index = _offer(clone)
    _with_the_oldest_pip(clone / ".venv")

    with index.serve() as environment:
        _make(clone, environment, ".venv/.fuzz")

    _check(index, clone / ".venv", locks.BUILD, locks.RUN, locks.TEST, locks.FUZZ)
    _check_builders(clone / ".venv")


def test_pythons_own_pip_takes_what_is_pinned_and_nothing_newer(clone: Path) -> None:
    index = _offer(clone)

    with index.serve() as environment:
        _make(clone, environment, ".venv-peers/.peers")

    _check(index, clone / ".venv", locks.BUILD, locks.RUN, locks.TEST)
    _check(index, clone / ".venv-peers", locks.BUILD, locks.PEERS)
    _check_builders(clone / ".venv")
