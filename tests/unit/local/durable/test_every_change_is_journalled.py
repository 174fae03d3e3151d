"""Whatever a call changes in the emulator's memory is in its journal: a killed process is compared with one that reads what it left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
CALLS = 400


def memory(folder: Path, *, seed: int = 0, calls: int = 0) -> Any:
    child = [sys.executable, "-m", "tests.unit.local.durable.memory_child", str(folder), str(seed), str(calls)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MINISTACK_HOST": "127.0.0.1"}
    done = subprocess.run(child, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -9, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_a_killed_emulator_held_is_what_the_next_one_reads(tmp_path: Path, seed: int) -> None:
    before = memory(tmp_path, seed=seed, calls=CALLS)
    after = memory(tmp_path)
    assert before["queues"]
    for name in before:
        assert after[name] == before[name], name
