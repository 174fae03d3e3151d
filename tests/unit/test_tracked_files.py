"""What lies in the repository, file by file."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: What `git merge` and `git rebase` leave where two sides changed the same lines.
MARKS = re.compile(rb"^(<{7} |>{7} |={7}$|\|{7} )", re.MULTILINE)


def tracked() -> list[Path]:
    asked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if asked.returncode:
        pytest.skip("this is no clone")
    return [ROOT / name for name in asked.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_holds_the_marks_of_a_merge() -> None:
    assert [str(path.relative_to(ROOT)) for path in tracked() if MARKS.search(path.read_bytes())] == []


def test_each_debian_package_stands_beside_the_program_that_it_brings() -> None:
    lines = (ROOT / ".ci/debian").read_text(encoding="utf-8").splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]

    assert listed
    assert [line for line in listed if not re.fullmatch(r"[a-z0-9.+-]+ [a-z0-9.+-]+", line)] == []
