"""Snapshots: JSON and back, replay, stores, and saving on the way out."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hermes.execution import (
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    ExecutionStatus,
    FileStore,
    InterruptEvent,
    InterruptReason,
    NoteEvent,
    Snapshot,
    SnapshotError,
    StepContext,
    replay,
)
from hermes.execution.checkpoints import file_store
from tests.eventually import settled, soon


class Memory:
    """A store that counts, and can be slow or broken."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.saves = 0
        self.at_once = 0
        self.error: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def save(self, snapshot: Snapshot) -> None:
        self.at_once += 1
        assert self.at_once == 1
        try:
            if self.gate is not None:
                await self.gate.wait()
            if self.error is not None:
                raise self.error
            self.saves += 1
            self.texts[snapshot.execution_id] = snapshot.to_json()
        finally:
            self.at_once -= 1

    async def load(self, execution_id: str) -> Snapshot | None:
        text = self.texts.get(execution_id)
        return None if text is None else Snapshot.from_json(text)

    async def delete(self, execution_id: str) -> None:
        self.texts.pop(execution_id, None)


def _step(name: str, result: Any, ran: list[str]) -> ExecutionEvent[Any]:
    async def handler(context: StepContext) -> Any:
        ran.append(name)
        if isinstance(result, Exception):
            raise result
        return result

    return ExecutionEvent(name=name, handler=handler)


async def test_a_snapshot_goes_to_json_and_back() -> None:
    state = ExecutionState(state_id="acme")
    async with state:
        await _step("clone", {"sha": "a1b2"}, []).execute(state)
        state.timeline.note("a note")
        state.request_interrupt(InterruptReason.TIMEOUT, "late", "sweeper", save_checkpoint=True)
    taken = state.snapshot()
    again = Snapshot.from_json(taken.to_json())
    assert again == taken
    assert json.loads(taken.to_json())["v"] == 1
    assert again.interrupted == state.interrupt_signal
    assert again.history == state.history


async def test_undecodable_output_does_not_break_a_snapshot() -> None:
    state = ExecutionState()
    state.timeline.note("b\udcffd")
    assert "b?d" in state.snapshot().to_json()
    Snapshot.from_json(state.snapshot().to_json())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"v":2,"execution_id":"a","taken_at":1,"status":"started"}'])
def test_what_is_no_snapshot_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(SnapshotError, match="cannot be read"):
        Snapshot.from_json(text)


@pytest.mark.parametrize("broken", [None, "{"])
async def test_a_completed_step_without_its_result_is_refused(broken: str | None) -> None:
    state = ExecutionState()
    await _step("s", 1, []).execute(state)
    taken = state.snapshot()
    bad = taken.model_copy(update={"steps": (taken.steps[0].model_copy(update={"result_json": broken}),)})
    with pytest.raises(SnapshotError, match="result"):
        ExecutionState.restore(bad)


async def test_replay_skips_what_is_completed_and_runs_the_rest() -> None:
    ran: list[str] = []
    state = ExecutionState(state_id="acme")
    with pytest.raises(OSError):
        await replay(state, [_step("a", 1, ran), _step("b", [2], ran), _step("c", OSError("no"), ran)])
    restored = ExecutionState.restore(Snapshot.from_json(state.snapshot().to_json()))
    assert restored.execution_id == "acme"
    results = await replay(restored, [_step("a", 9, ran), _step("b", 9, ran), _step("c", 3, ran), _step("d", 4, ran)])
    assert results == [1, [2], 3, 4]
    assert ran == ["a", "b", "c", "c", "d"]


async def test_a_replayed_step_is_a_checkpoint_too() -> None:
    state = ExecutionState()
    await _step("a", 1, []).execute(state)
    restored = ExecutionState.restore(state.snapshot())
    restored.request_interrupt(InterruptReason.CUSTOM)
    with pytest.raises(ExecutionInterrupted):
        await _step("a", 1, []).execute(restored)


async def test_the_interrupt_of_a_snapshot_does_not_stop_the_new_run() -> None:
    state = ExecutionState()
    state.request_interrupt(InterruptReason.SYSTEM_SHUTDOWN)
    restored = ExecutionState.restore(state.snapshot())
    await restored.check_interrupt()
    assert any(isinstance(event, InterruptEvent) for event in restored.history)


async def test_the_second_run_of_a_name_meets_the_second_of_the_snapshot() -> None:
    ran: list[str] = []
    state = ExecutionState()
    await replay(state, [_step("build", 1, ran), _step("build", 2, ran)])
    restored = ExecutionState.restore(state.snapshot())
    assert await replay(restored, [_step("build", 8, ran), _step("build", 9, ran), _step("build", 3, ran)]) == [1, 2, 3]


@dataclass
class Commit:
    sha: str


async def test_results_that_are_no_json_have_dump_and_load() -> None:
    async def handler(context: StepContext) -> Commit:
        return Commit("a1b2")

    step = ExecutionEvent(name="c", handler=handler, dump=lambda commit: commit.sha, load=Commit)
    state = ExecutionState()
    await step.execute(state)
    restored = ExecutionState.restore(Snapshot.from_json(state.snapshot().to_json()))
    assert await step.execute(restored) == Commit("a1b2")
    assert Snapshot.from_json(restored.snapshot().to_json()).steps[0].result_json == '"a1b2"'


@pytest.mark.parametrize("result", [object(), float("nan"), {1, 2}, b"raw"])
async def test_a_result_that_is_no_json_is_refused_by_name(result: Any) -> None:
    state = ExecutionState()
    await _step("commit", result, []).execute(state)
    with pytest.raises(SnapshotError, match="commit"):
        state.snapshot()


# ── saving ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("asked", [True, False])
async def test_an_interrupt_saves_if_it_asks_for_it(asked: bool) -> None:
    store = Memory()
    state = ExecutionState(state_id="acme", store=store)

    async def slow(context: StepContext) -> None:
        await asyncio.sleep(3600)

    soon(state.request_interrupt, InterruptReason.CUSTOM, "", None, asked)
    with pytest.raises(ExecutionInterrupted):
        await ExecutionEvent(name="agent", handler=slow).execute(state)
    saved = await store.load("acme")
    assert (saved is not None) is asked
    if saved is not None:
        assert saved.steps[0].status is ExecutionStatus.INTERRUPTED


async def test_a_checkpoint_outside_of_any_step_saves_too() -> None:
    store = Memory()
    state = ExecutionState(store=store)
    state.request_interrupt(InterruptReason.CUSTOM, save_checkpoint=True)
    with pytest.raises(ExecutionInterrupted):
        await state.check_interrupt()
    assert store.saves == 1


async def test_without_a_store_there_is_nothing_to_save_and_nothing_to_say() -> None:
    state = ExecutionState()
    state.request_interrupt(InterruptReason.CUSTOM, save_checkpoint=True)
    with pytest.raises(ExecutionInterrupted):
        await state.check_interrupt()
    assert not any(isinstance(event, NoteEvent) for event in state.history)


async def test_a_save_that_fails_does_not_hide_the_interrupt() -> None:
    store = Memory()
    store.error = OSError("disk full")
    state = ExecutionState(store=store)
    state.request_interrupt(InterruptReason.CUSTOM, save_checkpoint=True)
    with pytest.raises(ExecutionInterrupted):
        await state.check_interrupt()
    assert any(isinstance(event, NoteEvent) and "snapshot not saved" in event.detail for event in state.history)


async def test_autosave_writes_before_the_handler_begins_and_after_it_ends() -> None:
    store = Memory()
    state = ExecutionState(state_id="acme", store=store, autosave=True)
    seen: list[ExecutionStatus] = []

    async def handler(context: StepContext) -> int:
        saved = await store.load("acme")
        assert saved is not None
        seen.append(saved.steps[0].status)
        return 1

    async with state:
        await ExecutionEvent(name="agent", handler=handler).execute(state)
    assert seen == [ExecutionStatus.STARTED]
    saved = await store.load("acme")
    assert saved is not None
    assert (saved.status, saved.steps[0].status) == (ExecutionStatus.COMPLETED, ExecutionStatus.COMPLETED)


async def test_a_step_does_not_begin_if_that_cannot_be_saved() -> None:
    store = Memory()
    store.error = OSError("disk full")
    ran: list[str] = []
    with pytest.raises(OSError, match="disk full"):
        await _step("agent", 1, ran).execute(ExecutionState(store=store, autosave=True))
    assert ran == []


async def test_saves_that_come_together_are_one_and_the_newest_is_last() -> None:
    store = Memory()
    store.gate = asyncio.Event()
    state = ExecutionState(state_id="acme", store=store)
    saving = [asyncio.create_task(state.save())]
    await settled()
    state.timeline.note("later")
    saving += [asyncio.create_task(state.save()) for _ in range(50)]
    await settled()
    store.gate.set()
    async with asyncio.timeout(60):
        await asyncio.gather(*saving)
    assert store.saves == 2
    saved = await store.load("acme")
    assert saved is not None
    assert saved.history == state.history


async def test_a_caller_that_is_cancelled_does_not_stop_the_save() -> None:
    store = Memory()
    store.gate = asyncio.Event()
    state = ExecutionState(state_id="acme", store=store)
    saving = asyncio.create_task(state.save())
    await settled()
    saving.cancel()
    await asyncio.wait({saving})
    store.gate.set()
    async with asyncio.timeout(60), state:
        pass  # the end waits for a save that is under way
    assert store.saves == 1


async def test_an_interrupt_ends_the_waiting_for_a_slow_autosave() -> None:
    store = Memory()
    store.gate = asyncio.Event()
    state = ExecutionState(store=store, autosave=True)
    task = asyncio.create_task(_step("s", 1, []).execute(state))
    await settled()
    state.request_interrupt(InterruptReason.CUSTOM)
    store.gate.set()
    await asyncio.wait({task}, timeout=60)
    assert isinstance(task.exception(), ExecutionInterrupted)


async def test_saving_needs_a_store() -> None:
    with pytest.raises(ValueError, match="store"):
        ExecutionState(autosave=True)
    with pytest.raises(SnapshotError, match="store"):
        await ExecutionState().save()


# ── the file store ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("execution_id", ["acme", "../../etc/passwd", "a" * 500, ".", "", "späß\n#2", "A", "a"])
async def test_a_file_store_keeps_any_id_apart(execution_id: str, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "snapshots")
    state = ExecutionState(state_id=execution_id or "x")
    assert await store.load(state.execution_id) is None
    await store.save(state.snapshot())
    await store.save(ExecutionState(state_id=state.execution_id + "x").snapshot())
    found = await store.load(state.execution_id)
    assert found is not None
    assert found.execution_id == state.execution_id
    assert store.path(state.execution_id).parent == tmp_path / "snapshots"
    assert [path.suffix for path in (tmp_path / "snapshots").iterdir()] == [".json", ".json"]
    await store.delete(state.execution_id)
    await store.delete(state.execution_id)
    assert await store.load(state.execution_id) is None


async def test_a_file_is_for_its_owner_only(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    await store.save(ExecutionState(state_id="acme").snapshot())
    assert store.path("acme").stat().st_mode & 0o077 == 0


async def test_a_failed_save_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path)
    state = ExecutionState(state_id="acme")
    await store.save(state.snapshot())
    before = store.path("acme").read_bytes()

    def broken(handle: int) -> None:
        raise OSError("disk full")

    state.timeline.note("more")
    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="disk full"):
        await store.save(state.snapshot())
    assert store.path("acme").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


async def test_a_broken_or_foreign_file_is_refused(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.path("acme").write_text("{", encoding="utf-8")
    with pytest.raises(SnapshotError):
        await store.load("acme")
    store.path("acme").write_text(ExecutionState(state_id="other").snapshot().to_json(), encoding="utf-8")
    with pytest.raises(SnapshotError, match="other"):
        await store.load("acme")

    store.path("acme").unlink()
    os.mkfifo(store.path("acme"))
    with pytest.raises(SnapshotError, match="no plain file"):
        await store.load("acme")


async def test_a_file_that_is_too_large_for_a_snapshot_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path)
    await store.save(ExecutionState(state_id="acme").snapshot())
    size = store.path("acme").stat().st_size
    monkeypatch.setattr(file_store, "_MOST_BYTES", size)
    assert await store.load("acme") is not None
    monkeypatch.setattr(file_store, "_MOST_BYTES", size - 1)
    with pytest.raises(SnapshotError, match="is no snapshot"):
        await store.load("acme")


async def test_a_forgotten_step_runs_again_and_an_unknown_one_is_no_error() -> None:
    ran: list[str] = []
    state = ExecutionState()
    await replay(state, [_step("a", 1, ran), _step("b", 2, ran)])
    restored = ExecutionState.restore(state.snapshot())
    restored.steps.forget("a", "never there")
    assert await replay(restored, [_step("a", 8, ran), _step("b", 9, ran)]) == [8, 2]
    assert ran == ["a", "b", "a"]
