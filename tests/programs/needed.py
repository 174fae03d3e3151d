"""Programs that are not Python: a test that starts one skips where it is absent, and fails in CI, which installs them (`.ci/run`)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

#: Where `make programs` installs the npm programs of package.json; the Makefile puts it on the PATH, a bare `pytest` does not.
_INSTALLED = Path(__file__).parent / "node_modules" / ".bin"


def program(name: str, *, install: str = "make programs") -> str:
    """The program's path; `install` is what brings it."""
    found = shutil.which(name) or shutil.which(name, path=os.fspath(_INSTALLED))
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not installed: {install}")
    pytest.skip(f"{name} is not installed ({install})")
