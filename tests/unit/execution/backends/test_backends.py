"""One contract for every store that processes share: requests to interrupt, snapshots, and the history of interrupts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hermes.execution import (
    DynamoBackend,
    EventBus,
    ExecutionBackend,
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionState,
    FileBackend,
    HttpBackend,
    InterruptEvent,
    InterruptQuery,
    InterruptReason,
    InterruptSignal,
    MemoryBackend,
    NoteEvent,
    RedisBackend,
    Snapshot,
    SnapshotError,
    create_app,
)
from hermes.execution.backends import backend as backends
from hermes.execution.backends import dynamodb, redis
from hermes.execution.registry import ExecutionRegistry
from tests.direct import DirectDynamo
from tests.unit.execution.backends.redis_server import MemoryRedis, redis_server
from tests.unit.execution.serving import serving

KINDS = ["memory", "file", "http", "dynamodb", "redis", "redis-server"]
SIGNAL = InterruptSignal(reason=InterruptReason.PRIORITY_OVERRIDE, message="newer", triggered_by="anna")
TOKEN = "s3cret-späß"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@asynccontextmanager
async def opened(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[ExecutionBackend]:
    if kind == "memory":
        yield MemoryBackend()
    elif kind == "file":
        yield FileBackend(tmp_path / "shared")
    elif kind == "http":
        app = create_app(control=ExecutionRegistry(), token=TOKEN, backend=FileBackend(tmp_path / "served"))
        async with serving(app) as url:
            yield HttpBackend(f"{url}/api/", token=TOKEN)
    elif kind == "dynamodb":
        made = DynamoBackend(DirectDynamo(), table=f"executions-{tmp_path.name}".replace("[", "-").replace("]", "-"))
        await made.create_table()
        await made.create_table()  # it is there
        yield made
    elif kind == "redis":
        yield RedisBackend(MemoryRedis())
    else:
        own = RedisBackend.from_url(request.getfixturevalue("server"), prefix=tmp_path.name)
        yield own
        await own.aclose()


@pytest.fixture(params=KINDS)
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ExecutionBackend]:
    async with opened(request.param, tmp_path, request) as made:
        yield made


async def test_a_request_stops_an_execution_wherever_it_runs(backend: ExecutionBackend) -> None:
    for name in ("acme", "acme/../é 1"):
        state = ExecutionState(name)
        state.set_interrupt_checker(backend.checker(name))
        await state.check_interrupt()
        await backend.request_interrupt(name, SIGNAL)
        assert await backend.requested(name) == SIGNAL
        with pytest.raises(ExecutionInterrupted) as caught:
            await state.check_interrupt()
        assert caught.value.signal == SIGNAL
        await backend.withdraw(name)
        await backend.withdraw(name)
        assert await backend.requested(name) is None
    assert await backend.requested("another") is None


async def test_a_request_is_noticed_while_something_is_awaited(backend: ExecutionBackend) -> None:
    state = ExecutionState("acme", checker_interval=0.01)
    state.set_interrupt_checker(backend.checker("acme"))
    waiting = asyncio.create_task(state.sleep(3600))
    await backend.request_interrupt("acme", SIGNAL)
    async with asyncio.timeout(60):
        with pytest.raises(ExecutionInterrupted):
            await waiting
    assert state.interrupt_signal is not None
    assert state.interrupt_signal.triggered_by == "anna"


async def test_an_execution_goes_on_from_its_snapshot(backend: ExecutionBackend) -> None:
    state = ExecutionState("acme/é", store=backend, autosave=True)
    assert await backend.load("acme/é") is None
    assert await ExecutionEvent(name="one", handler=lambda _: {"n": 1}).execute(state) == {"n": 1}
    found = await backend.load("acme/é")
    assert found is not None
    again = ExecutionState.restore(found, store=backend, autosave=True)
    assert await ExecutionEvent(name="one", handler=lambda _: pytest.fail("done twice")).execute(again) == {"n": 1}
    await again.save()
    await backend.delete("acme/é")
    await backend.delete("acme/é")
    assert await backend.load("acme/é") is None


def snapshot(number: int, result: str = "null") -> Snapshot:
    return Snapshot.model_validate(
        {
            "execution_id": "acme",
            "number": number,
            "taken_at": 0,
            "status": "started",
            "steps": [{"key": "s", "name": "s", "status": "completed", "result_json": result}],
        }
    )


@pytest.mark.parametrize("kind", ["dynamodb", "redis", "redis-server"])
async def test_an_older_snapshot_never_replaces_a_newer_one(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    async with opened(kind, tmp_path, request) as backend:
        await backend.save(snapshot(2))
        await backend.save(snapshot(2))  # the first answer was lost
        with pytest.raises(SnapshotError, match="newer snapshot of 'acme'"):
            await backend.save(snapshot(1))
        found = await backend.load("acme")
    assert found is not None
    assert found.number == 2


@pytest.mark.parametrize("kind", ["dynamodb", "redis", "redis-server"])
async def test_of_two_processes_that_resume_one_execution_only_the_first_begins_a_step(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    begun: list[str] = []

    def step(process: str) -> ExecutionEvent[Any]:
        return ExecutionEvent(name="next", handler=lambda _: begun.append(process))

    async with opened(kind, tmp_path, request) as backend:
        await backend.save(snapshot(2))
        taken = [await backend.load("acme") for _ in range(2)]
        one, other = (ExecutionState.restore(found, store=backend, autosave=True) for found in taken if found)
        await step("one").execute(one)
        with pytest.raises(SnapshotError, match="only one may go on"):
            await step("other").execute(other)
        await one.save()
    assert begun == ["one"]


async def test_the_history_of_interrupts_is_kept_by_subscribing_and_queried(backend: ExecutionBackend) -> None:
    assert await backend.interrupts() == []
    bus = EventBus()
    bus.subscribe(backend.record)
    for name in ("a", "b"):
        state = ExecutionState(name, event_bus=bus)
        state.timeline.note("no interrupt")
        state.request_interrupt(InterruptReason.TIMEOUT, "late", f"watch of {name}")
    await bus.aclose()
    found = await backend.interrupts()
    assert {(event.execution_id, event.signal.triggered_by) for event in found} == {
        ("a", "watch of a"),
        ("b", "watch of b"),
    }


async def test_a_query_asks_for_each_field(backend: ExecutionBackend) -> None:
    reasons = [InterruptReason.TIMEOUT, InterruptReason.CUSTOM]
    for at in range(6):
        signal = InterruptSignal(reason=reasons[at % 2], triggered_by=f"p{at % 3}", message="é\n")
        await backend.keep(InterruptEvent(state_id=f"e{at // 3}", signal=signal, at=100.5 + at))

    async def times(**asked: Any) -> list[float]:
        return [event.at - 100.5 for event in await backend.interrupts(InterruptQuery(**asked))]

    assert await times() == [5, 4, 3, 2, 1, 0]
    assert await times(execution_id="e0") == [2, 1, 0]
    assert await times(reason=InterruptReason.CUSTOM) == [5, 3, 1]
    assert await times(triggered_by="p2") == [5, 2]
    assert await times(since=102.5) == [5, 4, 3, 2]
    assert await times(until=102.5) == [2, 1, 0]
    assert await times(since=101.5, until=103.5, limit=2) == [3, 2]
    assert await times(execution_id="e1", reason=InterruptReason.TIMEOUT, limit=1) == [4]
    with pytest.raises(ValueError, match="limit"):
        InterruptQuery(limit=0)


# ── what only one of them has ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["acme", "acme/1", "a" * 101])
async def test_a_person_stops_an_execution_with_a_file(tmp_path: Path, name: str) -> None:
    backend = FileBackend(tmp_path)
    backend.path(name).write_text("seen enough\n", encoding="utf-8")
    found = await backend.requested(name)
    assert found is not None
    assert (found.reason, found.message, found.triggered_by) == (InterruptReason.USER_CANCELLED, "seen enough", "store")


def test_an_empty_request_has_no_message() -> None:
    assert backends.read_signal(b"").message is None


async def test_the_history_in_a_file_is_bounded_and_survives_a_torn_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hermes.execution.backends.file.INTERRUPTS_KEPT", 5)
    backend = FileBackend(tmp_path)
    for at in range(12):
        await backend.keep(InterruptEvent(state_id="a", signal=SIGNAL, at=1.5 + at))
    history = tmp_path / "interrupts.jsonl"
    history.write_text(history.read_text(encoding="utf-8") + '{"state_id": "a", "sig', encoding="utf-8")
    kept = await backend.interrupts()
    assert 5 <= len(kept) <= 10
    assert kept[0].at == 12.5


@pytest.mark.parametrize("kind", ["redis", "redis-server"])
async def test_the_history_in_redis_is_bounded_and_read_in_pages(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "INTERRUPTS_KEPT", 5)
    monkeypatch.setattr(redis, "_PAGE", 2)
    async with opened(kind, tmp_path, request) as backend:
        for at in range(8):
            await backend.keep(InterruptEvent(state_id=f"{at % 2}", signal=SIGNAL, at=at))
        assert [event.at for event in await backend.interrupts()] == [7, 6, 5, 4, 3]
        assert [event.at for event in await backend.interrupts(InterruptQuery(execution_id="1"))] == [7, 5, 3]


async def test_a_client_of_its_own_is_closed() -> None:
    client = MemoryRedis()
    backend = RedisBackend(client)
    await backend.request_interrupt("a", SIGNAL)
    await backend.aclose()
    assert client.values == {}


async def test_a_client_is_made_from_an_address_before_anything_is_asked() -> None:
    backend = RedisBackend.from_url("redis://127.0.0.1:9")
    await backend.aclose()


async def test_a_redis_backend_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(ModuleNotFoundError, match=r"hermes-execution\[redis\]"):
        RedisBackend.from_url("redis://127.0.0.1")


async def test_a_snapshot_that_no_item_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = DynamoBackend(DirectDynamo(), table="executions-large")
    await backend.create_table()
    monkeypatch.setattr(dynamodb, "SNAPSHOT_BYTES", 10)
    with pytest.raises(SnapshotError, match="let its steps return less"):
        await backend.save(snapshot(1))


async def test_a_snapshot_that_is_damaged_in_the_table_is_an_error() -> None:
    client = DirectDynamo()
    backend = DynamoBackend(client, table="executions-damaged")
    await backend.create_table()
    key = {"id": {"S": "of#acme"}, "part": {"S": "snapshot"}}
    for wrong in ({}, {"zlib": {"B": b"no"}}):
        await client.put_item(TableName="executions-damaged", Item=key | wrong)
        with pytest.raises(SnapshotError, match="cannot be read"):
            await backend.load("acme")


async def test_the_history_in_a_table_is_read_in_pages() -> None:
    client = DirectDynamo()
    backend = DynamoBackend(client, table="executions-pages")
    await backend.create_table()
    for at in range(3):
        await backend.keep(InterruptEvent(state_id="a", signal=SIGNAL, at=at))

    async def one_by_one(call: Any, asked: Any) -> Any:
        return await call({**asked, "Limit": 1})

    client.put_between("Query", one_by_one)
    assert [event.at for event in await backend.interrupts()] == [2, 1, 0]
    assert [event.at for event in await backend.interrupts(InterruptQuery(limit=1))] == [2]


class Refusing:
    """A client whose calls are refused."""

    def __getattr__(self, name: str) -> Any:
        async def call(**_: Any) -> None:
            raise PermissionError("no")

        return call


async def test_a_refusal_of_the_table_is_raised_as_it_is() -> None:
    backend = DynamoBackend(Refusing())
    for work in (backend.create_table, lambda: backend.save(snapshot(1))):
        with pytest.raises(PermissionError):
            await work()


async def test_over_http_errors_of_the_store_and_of_the_token_arrive(tmp_path: Path) -> None:
    store = FileBackend(tmp_path)
    app = create_app(control=ExecutionRegistry(), token=TOKEN, backend=store)
    async with serving(app) as url:
        backend = HttpBackend(f"{url}/api", token=TOKEN)
        await backend.save(snapshot(1))
        file = next(tmp_path.glob("acme-*.json"))
        file.write_text("{", encoding="utf-8")
        with pytest.raises(SnapshotError, match="cannot be read"):
            await backend.load("acme")
        with pytest.raises(OSError, match="401"):
            await HttpBackend(f"{url}/api", token="wrong").requested("acme")
        with pytest.raises(OSError, match="422"):
            await backend._call("PUT", "/snapshots/other", snapshot(1).to_json())
    with pytest.raises(ValueError, match="http://"):
        HttpBackend("ftp://example.org", token="t")


async def test_over_http_a_refused_snapshot_is_one_here_too() -> None:
    class Full(MemoryBackend):
        async def save(self, snapshot: Snapshot) -> None:
            raise SnapshotError("a newer one is there")

    app = create_app(control=ExecutionRegistry(), token=TOKEN, backend=Full())
    async with serving(app) as url:
        with pytest.raises(SnapshotError, match="a newer one is there"):
            await HttpBackend(f"{url}/api", token=TOKEN).save(snapshot(1))


async def test_a_store_that_is_away_stops_the_run_after_three_failures() -> None:
    state = ExecutionState("acme")
    state.set_interrupt_checker(HttpBackend("http://127.0.0.1:9", token="t").checker("acme"))
    for _ in range(2):
        await state.check_interrupt()
    with pytest.raises(ExecutionInterrupted) as caught:
        await state.check_interrupt()
    assert caught.value.reason is InterruptReason.ERROR_THRESHOLD
    (note,) = [event for event in state.history if isinstance(event, NoteEvent)]
    assert "HttpBackend of acme" in note.detail
