"""One contract for every store of snapshots: on disk, in DynamoDB with S3 for the large ones, and both together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hermes import errors, limits
from hermes.aws.items import attribute
from hermes.aws.records import snapshots
from hermes.aws.records.snapshots import RowSnapshots
from hermes.aws.tables import Put
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

pytestmark = pytest.mark.rows


def rows(aws: Stand, **more: Callable[[], float]) -> RowSnapshots:
    return RowSnapshots(tables=aws.tables, names=aws.names, objects=aws.objects, **more)


@pytest.fixture(params=["file", "rows", "objects", "mirrored"])
def store(request: pytest.FixtureRequest, aws: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SnapshotStore:
    if request.param == "objects":
        monkeypatch.setattr("hermes.aws.records.snapshots.SNAPSHOT_ROW_BYTES", 0)
    if request.param == "file":
        return FileStore(tmp_path)
    copy = rows(aws)
    return Mirrored(disk=FileStore(tmp_path), copy=copy) if request.param == "mirrored" else copy


async def test_what_was_saved_is_loaded_and_the_newest_counts(store: SnapshotStore) -> None:
    state = ExecutionState(state_id="acme/../é.1", store=store, autosave=True)
    assert await store.load(state.execution_id) is None
    assert await ExecutionEvent(name="one", handler=lambda _: {"n": 1}).execute(state) == {"n": 1}
    await ExecutionEvent(name="two", handler=lambda _: "b").execute(state)
    found = await store.load(state.execution_id)
    assert found is not None
    assert [(step.key, step.result_json) for step in found.steps] == [("one", '{"n": 1}'), ("two", '"b"')]
    again = ExecutionState.restore(found, store=store, autosave=True)
    assert await ExecutionEvent(name="one", handler=lambda _: pytest.fail("done twice")).execute(again) == {"n": 1}


async def test_an_interrupt_leaves_a_checkpoint(store: SnapshotStore) -> None:
    state = ExecutionState(state_id="acme", store=store)
    state.request_interrupt(InterruptReason.SYSTEM_SHUTDOWN, "over", save_checkpoint=True)
    with pytest.raises(ExecutionInterrupted):
        await ExecutionEvent(name="one", handler=lambda _: None).execute(state)
    found = await store.load("acme")
    assert found is not None
    assert found.interrupted is not None


async def test_what_is_deleted_is_gone_and_deleting_it_again_is_nothing(store: SnapshotStore) -> None:
    await store.save(ExecutionState(state_id="a").snapshot())
    await store.save(ExecutionState(state_id="A").snapshot())
    await store.delete("a")
    await store.delete("a")
    assert await store.load("a") is None
    assert await store.load("A") is not None


async def test_a_broken_or_foreign_row_is_refused(aws: Stand) -> None:
    store, table = rows(aws), aws.names.table("snapshots")
    other = ExecutionState(state_id="other").snapshot().to_json().encode()
    for body, said in ((b"{", "cannot be read"), (other, "other")):
        row = {"execution_id": "acme", "number": 1, "expires_at": 2**40, "body": body}
        await aws.tables.put(Put(table=table, item={name: attribute(value) for name, value in row.items()}))
        with pytest.raises(SnapshotError, match=said):
            await store.load("acme")


async def test_an_older_snapshot_never_takes_the_place_of_a_newer(aws: Stand) -> None:
    store, state = rows(aws), ExecutionState(state_id="acme")
    older, newer = state.snapshot(), state.snapshot()
    await store.save(newer)
    await store.save(newer)  # the same again is our own, sent twice
    with pytest.raises(SnapshotError, match="newer"):
        await store.save(older)
    assert await store.load("acme") == newer
    again = ExecutionState.restore(newer).snapshot()  # of the process after it
    await store.save(again)
    assert await store.load("acme") == again


async def test_a_large_snapshot_lies_in_the_bucket_and_leaves_nothing_there(aws: Stand) -> None:
    store, state = rows(aws), ExecutionState(state_id="acme")
    await ExecutionEvent(name="small", handler=lambda _: "x").execute(state)
    await store.save(state.snapshot())
    assert await aws.objects.list("snapshots/") == []
    await ExecutionEvent(name="large", handler=lambda _: "x" * snapshots.SNAPSHOT_ROW_BYTES).execute(state)
    for _ in range(2):
        await store.save(state.snapshot())
        assert len(await aws.objects.list("snapshots/")) == 1
        assert (await store.load("acme")) is not None
    with pytest.raises(SnapshotError, match="newer"):
        await store.save(state.snapshot().model_copy(update={"number": 1}))
    assert len(await aws.objects.list("snapshots/")) == 1
    (key,) = await aws.objects.list("snapshots/")
    await aws.objects.delete(key)
    with pytest.raises(SnapshotError, match="gone"):
        await store.load("acme")
    await store.save(state.snapshot())
    await store.delete("acme")
    assert await aws.objects.list("snapshots/") == []


async def test_a_snapshot_past_its_time_is_none_even_before_it_is_deleted(aws: Stand) -> None:
    await rows(aws).save(ExecutionState(state_id="acme").snapshot())
    assert await rows(aws, now=lambda: time.time() + limits.KEEP_SECONDS + 60).load("acme") is None


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
    monkeypatch.setattr("hermes.worker.executions.SNAPSHOT_COPY_SECONDS", 0.05)
    store = Mirrored(disk=FileStore(tmp_path / "disk"), copy=copy(tmp_path / "copy"))
    state = ExecutionState(state_id="acme", store=store, autosave=True)
    assert await ExecutionEvent(name="one", handler=lambda _: 1).execute(state) == 1
    assert await store.load("acme") is not None
