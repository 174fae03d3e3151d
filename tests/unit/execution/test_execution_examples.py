"""The examples of the documentation run, as a person would run them."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.execution.backends.redis_server import redis_server

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "docs" / "examples"

#: example -> what it must say
SAYS = {
    "basic_interrupt.py": [
        "editing page 0",
        "cleaning up",
        "stopped by anna: user_cancelled (changed my mind)",
        "interrupted",
    ],
    "basic_agent.py": [
        "look up: started [look up]",
        "stopped: user_cancelled, seen enough, by anna",
        "by anna: seen enough",
    ],
    "basic_checker.py": ["item 0", "user_cancelled: somebody said stop (from stop)"],
    "both.py": ["page 0: started [agent]", "interrupt: user_cancelled by checker", "stopped: user_cancelled"],
    "distributed_files.py": [
        "the child works",
        "the child was stopped: the disk is full",
        "job: resource_limit by watch",
    ],
    "distributed_http.py": ["user_cancelled: seen enough", "saved: interrupted"],
    "distributed_redis.py": [
        "crawling",
        "user_cancelled: cancelled from the dashboard",
        "['12 pages', 'an index']",
        "in the history: user_cancelled by anna",
    ],
    "fastapi_control.py": ['"status":"started"', '"accepted":true', "user_cancelled: seen enough (by http)"],
    "parallel.py": ["ConnectionError('hung up')", "priority_override: something newer; 106 cleaned up, 0 left"],
    "resume_after_kill.py": ["ended with -9", "{'clone': 'completed', 'build': 'started'}", "['a1b2c3d4', 'site.tar']"],
    "retry.py": [
        "actor type Tool: fibonacci",
        "data after 3 calls",
        "stopped in the pause: user_cancelled, True",
        "interrupted, attempt 1: ConnectionError: hung up",
    ],
    "timeout.py": ["timeout: the first run has one second", "['a1b2c3d4', 'site.tar']"],
}
#: (example, what it says) -> how often: what was done before an interrupt or a kill is not done again
TIMES = {
    ("timeout.py", "cloned"): 1,
    ("timeout.py", "building"): 2,
    ("resume_after_kill.py", "cloning"): 1,
    ("resume_after_kill.py", "building"): 2,
    ("distributed_redis.py", "crawling"): 1,
    ("distributed_redis.py", "indexing"): 2,
}
#: These are run where there is an emulator of AWS: tests/integration/execution/test_backends_on_aws.py.
ELSEWHERE = {"distributed_dynamodb.py"}


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SAYS) | ELSEWHERE


@pytest.mark.parametrize("example", SAYS)
def test_an_example_does_what_it_says(example: str, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        redis = {"REDIS_URL": stack.enter_context(redis_server(tmp_path))} if "redis" in example else {}
        said = run_example(example, redis)
    for words in SAYS[example]:
        assert words in said
    for (name, words), times in TIMES.items():
        assert name != example or said.count(words) == times


def test_the_first_program_of_the_library_s_page_runs(tmp_path: Path) -> None:
    page = (ROOT / "packages" / "hermes-execution" / "README.md").read_text(encoding="utf-8")
    program = tmp_path / "program.py"
    program.write_text(page.split("```python\n", 2)[1].split("```", 1)[0], encoding="utf-8")
    assert "user_cancelled seen enough" in run_example(str(program), {})


def run_example(example: str, environment: Mapping[str, str], *, dev: bool = True) -> str:
    """What an example prints, in Python's development mode; it must end well and warn of nothing."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *(["-X", "dev"] if dev else []), str(EXAMPLES / example)],
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # What asyncio's debug mode finds slow is the machine's doing, not the example's.
    assert [line for line in done.stderr.splitlines() if not line.startswith("Executing <")] == []
    return done.stdout
