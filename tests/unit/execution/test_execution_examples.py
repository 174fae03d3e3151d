"""The examples of the documentation run, as a person would run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"

#: example -> what it must say
SAYS = {
    "interrupt.py": [
        "editing page 0",
        "cleaning up",
        "stopped by anna: user_cancelled (changed my mind)",
        "interrupted",
    ],
    "timeout.py": ["timeout: the first run has one second", "['a1b2c3d4', 'site.tar']"],
    "file_checker.py": ["item 0", "user_cancelled: somebody said stop (from stop)"],
    "http_control.py": ['"status":"started"', '"accepted":true', "user_cancelled: seen enough (by http)"],
    "both.py": ["page 0: started [agent]", "interrupt: user_cancelled by checker", "stopped: user_cancelled"],
}


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("example", SAYS)
def test_an_example_does_what_it_says(example: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", str(EXAMPLES / example)],
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # What asyncio's debug mode finds slow is the machine's doing, not the example's.
    assert [line for line in done.stderr.splitlines() if not line.startswith("Executing <")] == []
    for words in SAYS[example]:
        assert words in done.stdout
    if example == "timeout.py":  # what was done before the time limit is not done again
        assert (done.stdout.count("cloned"), done.stdout.count("building")) == (1, 2)
