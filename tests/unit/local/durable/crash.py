"""Runs the crashing child on its own disk, kills it at some moment, and reads what is left."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
CHILD = (sys.executable, "-m", "tests.unit.local.durable.crashing_child")
SECONDS = 60


def disk(folder: Path) -> Path:
    """The disk's library, built in `folder`."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        if os.environ.get("CI"):
            pytest.fail("a C compiler is needed")
        pytest.skip("no C compiler builds the disk that loses power")
    library = folder / "disk.so"
    source = Path(__file__).with_name("disk.c")
    subprocess.run(
        [compiler, "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"],
        check=True,
        timeout=SECONDS,
    )
    return library


def environment(**more: str) -> dict[str, str]:
    """What the child needs."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MINISTACK_HOST": "127.0.0.1", **more}


@contextlib.contextmanager
def running(folder: Path, first: int, settings: Mapping[str, str]) -> Iterator[Callable[[int], list[str]]]:
    """The child at work; what is given waits for so many lines of it. It is killed at the end, whatever it does then."""
    with subprocess.Popen(
        [*CHILD, str(folder), str(first)], cwd=ROOT, env=environment(**settings), stdout=subprocess.PIPE, text=True
    ) as child:
        deadline = threading.Timer(SECONDS, child.kill)
        deadline.start()
        assert child.stdout is not None
        lines: list[str] = []

        def wait(count: int) -> list[str]:
            assert child.stdout is not None
            for _ in range(count):
                lines.append(child.stdout.readline().strip())
                assert lines[-1], "the child ended"
            return lines

        try:
            yield wait
        finally:
            child.kill()
            deadline.cancel()
            lines += [line.strip() for line in child.stdout if line.endswith("\n")]


def read(folder: Path) -> Any:
    """What the next process finds."""
    done = subprocess.run(
        [*CHILD, str(folder)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def check(found: Any, acknowledged: list[str]) -> None:
    """Everything acknowledged is there, and every call is there whole or not at all."""
    done = {name for name in acknowledged if not name.startswith("refused")}
    one, two = (set(items) for items in found["items"])
    assert done <= one
    assert one == two
    messages = found["messages"]
    assert len(messages) == len(set(messages))
    assert set(messages) == one
    assert set(found["objects"]) == one
    assert found["bodies"]
    assert found["damaged"] == 0
    for writer in {name.partition("-")[0] for name in messages}:
        numbers = [int(name.partition("-")[2]) for name in messages if name.partition("-")[0] == writer]
        assert numbers == sorted(numbers)
