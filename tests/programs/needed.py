"""Programs that are not Python: a test that starts one skips where it is absent, and fails in CI, which installs them (`.ci/run`)."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

import pytest

#: Where `make programs` installs the npm programs of package.json; the Makefile puts it on the PATH, a bare `pytest` does not.
_INSTALLED = Path(__file__).parent / "node_modules" / ".bin"


def program(name: str, *, install: str = "make programs") -> str:
    """The program's path; `install` is what brings it."""
    places = (None, os.fspath(_INSTALLED), "/usr/sbin")  # servers are not on everybody's PATH
    return next(filter(None, (shutil.which(name, path=place) for place in places)), None) or _absent(name, install)


def claude(version: str) -> tuple[str, ...]:
    """The command line of one of the versions of Claude Code: `oldest` (a script for node), `pinned` or `newest`."""
    packages = _INSTALLED.parent
    if version == "oldest":
        script = packages / "claude-code-oldest" / "cli.js"
        return (program("node"), str(script)) if script.exists() else (_absent("Claude Code 2.0.77"),)
    package = {"pinned": "@anthropic-ai/claude-code", "newest": "claude-code-newest"}[version]
    found = packages / package / "bin" / "claude.exe"
    return (str(found),) if found.exists() else (_absent(package),)


def aider() -> str:
    """The path of aider, which runs on no Python after 3.12."""
    found = Path(__file__).parents[2] / ".venv-aider" / "bin" / "aider"
    if not found.exists() and sys.version_info >= (3, 13):
        pytest.skip("aider does not run on this Python")
    return str(found) if found.exists() else _absent("aider")


def _absent(name: str, install: str = "make programs") -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed: {install}")
    pytest.skip(f"{name} is not installed ({install})")
