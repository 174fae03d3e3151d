"""One contract for every store of snapshots: on disk, in S3, and both together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hermes import errors
from hermes.aws.snapshots import ObjectSnapshots
from hermes.domain.interrupts import InterruptReason
from hermes.execution import (
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    FileStore,
    SnapshotError,
    SnapshotStore,
)
from hermes.worker.executions import Mirrored
from tests.integration.stand import Stand


@pytest.fixture(params=["file", "s3", "mirrored"])
def store(request: pytest.FixtureRequest, aws: Stand, tmp_path: Path) -> SnapshotStore:
    disk, copy = FileStore(tmp_path), ObjectSnapshots(objects=aws.objects)
    stores: dict[str, SnapshotStore] = {"file": disk, "s3": copy, "mirrored": Mirrored(disk=disk, copy=copy)}
    return stores[request.param]


async def test_what_was_saved_is_loaded_and_the_newest_counts(store: SnapshotStore) -> None:
    state = ExecutionState(execution_id="acme/../é.1", store=store, autosave=True)
    assert await store.load(state.execution_id) is None
    assert await ExecutionEvent(name="one", handler=lambda _: {"n": 1}).execute(state) == {"n": 1}
    await ExecutionEvent(name="two", handler=lambda _: "b").execute(state)
    found = await store.load(state.execution_id)
    assert found is not None
    assert [(step.key, step.result_json) for step in found.steps] == [("one", '{"n": 1}'), ("two", '"b"')]
    again = ExecutionState.restore(found, store=store, autosave=True)
    assert await ExecutionEvent(name="one", handler=lambda _: pytest.fail("done twice")).execute(again) == {"n": 1}


async def test_an_interrupt_leaves_a_checkpoint(store: SnapshotStore) -> None:
    state = ExecutionState(execution_id="acme", store=store)
    state.request_interrupt(InterruptReason.SYSTEM_SHUTDOWN, "over", save_checkpoint=True)
    with pytest.raises(ExecutionInterrupted):
        await ExecutionEvent(name="one", handler=lambda _: None).execute(state)
    found = await store.load("acme")
    assert found is not None
    assert found.interrupted is not None


async def test_what_is_deleted_is_gone_and_deleting_it_again_is_nothing(store: SnapshotStore) -> None:
    await store.save(ExecutionState(execution_id="a").snapshot())
    await store.save(ExecutionState(execution_id="A").snapshot())
    await store.delete("a")
    await store.delete("a")
    assert await store.load("a") is None
    assert await store.load("A") is not None


async def test_a_broken_or_foreign_object_is_refused(aws: Stand) -> None:
    store = ObjectSnapshots(objects=aws.objects)
    await aws.objects.put(store.key("acme"), b"{")
    with pytest.raises(SnapshotError):
        await store.load("acme")
    await aws.objects.put(store.key("acme"), ExecutionState(execution_id="other").snapshot().to_json().encode())
    with pytest.raises(SnapshotError, match="other"):
        await store.load("acme")


class Unreachable(FileStore):
    """A copy that cannot be made."""

    async def save(self, snapshot: object) -> None:
        raise errors.AwsUnavailable("S3 PutObject: no")


class Hanging(FileStore):
    """A copy that is never done."""

    async def save(self, snapshot: object) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("copy", [Unreachable, Hanging])
async def test_a_copy_that_is_not_taken_stops_no_step(
    tmp_path: Path, copy: type[FileStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.limits.SNAPSHOT_COPY_SECONDS", 0.05)
    store = Mirrored(disk=FileStore(tmp_path / "disk"), copy=copy(tmp_path / "copy"))
    state = ExecutionState(execution_id="acme", store=store, autosave=True)
    assert await ExecutionEvent(name="one", handler=lambda _: 1).execute(state) == 1
    assert await store.load("acme") is not None
