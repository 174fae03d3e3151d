"""What a process keeps from others of its user."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from hermes.process import privacy

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc here")


def run(program: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout


def test_what_is_taken_leaves_the_environment_and_the_kernels_view_of_it() -> None:
    program = """
        import os, pathlib
        from hermes.process import privacy
        before = pathlib.Path("/proc/self/environ").read_bytes()
        taken = privacy.take()
        after = pathlib.Path("/proc/self/environ").read_bytes()
        print(b"s3cret" in before, b"s3cret" in after, b"/bin" in after)
        print(taken["API_KEY"], "API_KEY" in os.environ, os.environ["PATH"] != "")
    """
    assert run(program, API_KEY="s3cret", SMTP_PASSWORD="s3cret too").split() == [
        "True", "False", "True", "s3cret", "False", "True",
    ]  # fmt: skip


def test_what_the_sdk_looks_for_stays_in_memory_alone() -> None:
    program = """
        import os, pathlib
        from hermes.process import privacy
        privacy.take()
        print(os.environ["AWS_SECRET_ACCESS_KEY"], b"s3cret" in pathlib.Path("/proc/self/environ").read_bytes())
    """
    assert run(program, AWS_SECRET_ACCESS_KEY="s3cret").split() == ["s3cret", "False"]


def test_a_closed_process_says_so_and_a_program_that_it_starts_is_open_again() -> None:
    program = """
        import subprocess, sys
        from hermes.process import privacy
        before = privacy.closed()
        done = privacy.close()
        asked = "from hermes.process import privacy; print(privacy.closed())"
        print(before, done, privacy.closed(), subprocess.check_output([sys.executable, "-c", asked], text=True))
    """
    assert run(program).split() == ["False", "True", "True", "False"]


def test_a_mapping_of_ones_own_is_taken_from_as_well() -> None:
    environ = {"PATH": "/bin", "LC_ALL": "C", "API_KEY": "s3cret"}
    assert privacy.take(environ)["API_KEY"] == "s3cret"
    assert environ == {"PATH": "/bin", "LC_ALL": "C"}


def test_a_folder_is_for_its_owner_or_to_pass_through(tmp_path: Path) -> None:
    assert privacy.folder(tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700
    assert privacy.folder(tmp_path / "a" / "b", others_pass=True).stat().st_mode & 0o777 == 0o711
