"""How deep the stack of a command is in a whole worker: from the first frame of its session's task to the start of each process."""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import threading
from typing import Any

import pytest

from tests.integration.worker.worker_bench import WRITE, Bench, bench

__all__ = ["bench"]

#: Frames of Python, those of the task that the agent runs in and those of the session's that waits for it.
MOST = 18


@pytest.fixture
def endpoint(ministack: object) -> object:
    """One implementation of AWS will do."""
    return ministack


def _waiting(coroutine: Any) -> list[str]:
    """The frames of a task that waits, the first one first."""
    found = []
    while inspect.iscoroutine(coroutine):
        found.append(coroutine.__qualname__)
        coroutine = coroutine.cr_await
    return found


def _running() -> list[str]:
    """The frames of the task that runs now, the first one first; the one that asks is not among them."""
    task = asyncio.current_task()
    assert task is not None
    coroutine: Any = task.get_coro()
    found = []
    for frame in inspect.stack()[2:]:
        found.append(frame.frame.f_code.co_qualname)
        if frame.frame is coroutine.cr_frame:
            return found[::-1]
    raise AssertionError("the task's first frame is not on the stack")


async def test_the_stack_of_a_command_is_shallow(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    class Started(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **more: Any) -> None:
            if (
                threading.current_thread() is threading.main_thread()
            ):  # the walls are tried in another, before any command
                (session,) = [task for task in asyncio.all_tasks() if task.get_name().startswith("session ")]
                own = session is asyncio.current_task()
                seen.append([*([] if own else _waiting(session.get_coro())), *_running(), "Popen"])
            super().__init__(*args, **more)

    monkeypatch.setattr(subprocess, "Popen", Started)
    await bench.launch()
    command = await bench.accept()
    await bench.send(command)
    async with bench.serving(WRITE):
        assert (await bench.result(command)).success
    (agents,) = [frames for frames in seen if "CommandAgent.run" in frames]
    deepest = max(seen, key=len)
    print(f"frames to the agent's process: {len(agents)}; to the deepest of {len(seen)}: {len(deepest)}")
    assert {frames[0] for frames in seen} == {"Jobs._serve"}
    assert len(deepest) <= MOST, "\n".join(deepest)
