"""The HTTP control: who may, what is found, what a stream says."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from fastapi import FastAPI

from hermes.execution import (
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionMetrics,
    ExecutionRegistry,
    ExecutionState,
    InterruptEvent,
    InterruptReason,
    InterruptSignal,
    RateLimit,
    StepContext,
    create_app,
    create_router,
)
from tests.unit.execution.serving import serving

TOKEN = "s3cret-späß"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def registry() -> ExecutionRegistry:
    return ExecutionRegistry()


@pytest.fixture
async def client(registry: ExecutionRegistry) -> AsyncIterator[aiohttp.ClientSession]:
    app = create_app(control=registry, token="token", beat_seconds=0.05)
    async with serving(app) as base, aiohttp.ClientSession(base, headers={"Authorization": "Bearer token"}) as session:
        yield session


def _state(registry: ExecutionRegistry, execution_id: str = "acme") -> ExecutionState:
    state = ExecutionState(state_id=execution_id, event_bus=registry.event_bus)
    registry.register(state)
    return state


async def test_an_interrupt_over_http_stops_a_run(registry: ExecutionRegistry, client: aiohttp.ClientSession) -> None:
    state = _state(registry)
    running = asyncio.create_task(state.run(asyncio.sleep(3600)))
    body = {"reason": "priority_override", "message": "newer", "triggered_by": "anna", "save_checkpoint": True}
    async with client.post("/api/interrupt/acme", json=body) as answer:
        assert answer.status == 200
        assert await answer.json() == {"execution_id": "acme", "accepted": True}
    await asyncio.wait({running}, timeout=60)
    error = running.exception()
    assert isinstance(error, ExecutionInterrupted)
    signal = error.signal
    assert (signal.reason, signal.message, signal.triggered_by, signal.save_checkpoint) == (
        InterruptReason.PRIORITY_OVERRIDE,
        "newer",
        "anna",
        True,
    )
    async with client.post("/api/interrupt/acme") as answer:
        assert await answer.json() == {"execution_id": "acme", "accepted": False}


async def test_an_interrupt_without_a_body_is_the_person_s(
    registry: ExecutionRegistry, client: aiohttp.ClientSession
) -> None:
    state = _state(registry)
    async with client.post("/api/interrupt/acme") as answer:
        assert answer.status == 200
    assert state.interrupt_signal is not None
    assert (state.interrupt_signal.reason, state.interrupt_signal.triggered_by) == (
        InterruptReason.USER_CANCELLED,
        "http",
    )


@pytest.mark.parametrize("body", [{"reason": "bored"}, {"why": "x"}, {"message": "x" * 3000}])
async def test_a_body_that_cannot_be_is_refused(
    body: dict[str, str], registry: ExecutionRegistry, client: aiohttp.ClientSession
) -> None:
    state = _state(registry)
    async with client.post("/api/interrupt/acme", json=body) as answer:
        assert answer.status == 422
    assert state.interrupt_signal is None


async def test_the_status_tells_how_a_run_stands(registry: ExecutionRegistry, client: aiohttp.ClientSession) -> None:
    state = _state(registry)
    state.set_timeout(3600)

    async def handler(context: StepContext) -> int:
        async with client.get("/api/status/acme") as answer:
            found = await answer.json()
        assert found["status"] == "started"
        assert found["steps"][0]["status"] == "started"
        assert found["steps"][0]["actor"] == "git"
        assert 3500 < found["timeout_remaining"] <= 3600
        return 1

    await ExecutionEvent(name="push", handler=handler, actor="git").execute(state)
    state.request_interrupt(InterruptReason.TIMEOUT, "late")
    async with client.get("/api/status/acme") as answer:
        found = await answer.json()
    assert found["execution_id"] == "acme"
    assert found["status"] == "cancelling"
    assert found["interrupted"]["reason"] == "timeout"
    assert found["steps"][0]["status"] == "completed"


async def test_all_that_are_registered_are_listed(registry: ExecutionRegistry, client: aiohttp.ClientSession) -> None:
    _state(registry, "a")
    with registry.registered(ExecutionState(state_id="b")):
        async with client.get("/api/status") as answer:
            assert [found["execution_id"] for found in await answer.json()] == ["a", "b"]
    assert registry.unregister("a")
    assert not registry.unregister("a")
    async with client.get("/api/status") as answer:
        assert await answer.json() == []


def test_an_id_is_taken_once() -> None:
    registry = ExecutionRegistry()
    state = _state(registry)
    registry.register(state)
    with pytest.raises(ValueError):
        registry.register(ExecutionState(state_id="acme"))


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/interrupt/x"), ("GET", "/api/status/x"), ("GET", "/api/stream/x")]
)
async def test_an_unknown_id_is_not_found(method: str, path: str, client: aiohttp.ClientSession) -> None:
    async with client.request(method, path) as answer:
        assert answer.status == 404


async def test_without_the_token_nothing_is_done_or_told(registry: ExecutionRegistry) -> None:
    state = _state(registry)
    routes = [
        ("POST", "/api/interrupt/acme"),
        ("GET", "/api/status/acme"),
        ("GET", "/api/status"),
        ("GET", "/api/stream/acme"),
        ("GET", "/api/status/unknown"),
    ]
    tries = [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic token", "token", "Bearer tokenn", "Bearer späß"]
    async with serving(create_app(control=registry, token="token")) as base, aiohttp.ClientSession(base) as session:
        for given in tries:
            for method, path in routes:
                headers = {} if given is None else {"Authorization": given}
                async with session.request(method, path, headers=headers) as answer:
                    assert answer.status == 401, (given, path)
                    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert state.interrupt_signal is None


def test_the_control_needs_a_token(registry: ExecutionRegistry) -> None:
    with pytest.raises(ValueError):
        create_router(control=registry, token="")


async def test_the_router_mounts_in_another_application(registry: ExecutionRegistry) -> None:
    _state(registry)
    app = FastAPI()
    app.include_router(create_router(control=registry, token="token"), prefix="/worker")
    async with (
        serving(app) as base,
        aiohttp.ClientSession(base) as session,
        session.get("/worker/api/status/acme", headers={"Authorization": "bearer token"}) as answer,
    ):
        assert answer.status == 200


# ── the stream ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def _messages(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, dict[str, object]]]:
    kind = ""
    async for raw in answer.content:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))
        elif line.startswith(":"):
            yield "beat", {}


async def test_a_stream_tells_the_status_the_events_and_ends_with_the_interrupt(
    registry: ExecutionRegistry, client: aiohttp.ClientSession
) -> None:
    state = _state(registry)
    kinds: list[str] = []
    async with asyncio.timeout(60), client.get("/api/stream/acme") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        async for kind, data in _messages(answer):
            if kind == "status":
                state.timeline.note("working")
            elif kind == "note":
                assert data["detail"] == "working"
                state.request_interrupt(InterruptReason.USER_CANCELLED, "enough")
            elif kind == "interrupt":
                assert data["signal"]["message"] == "enough"  # type: ignore[index]
            kinds.append(kind)
    assert [kind for kind in kinds if kind != "beat"] == ["status", "note", "interrupt", "end"]
    assert registry.event_bus.subscriptions == ()


async def test_a_stream_ends_with_its_execution(registry: ExecutionRegistry, client: aiohttp.ClientSession) -> None:
    state = _state(registry)
    kinds: list[str] = []
    async with asyncio.timeout(60), client.get("/api/stream/acme") as answer:
        async for kind, _ in _messages(answer):
            if kind == "status":
                async with state:
                    pass
            kinds.append(kind)
    assert [kind for kind in kinds if kind != "beat"] == ["status", "step", "step", "end"]


async def test_the_stream_of_what_has_ended_is_its_status(
    registry: ExecutionRegistry, client: aiohttp.ClientSession
) -> None:
    async with _state(registry):
        pass
    async with asyncio.timeout(60), client.get("/api/stream/acme") as answer:
        assert [kind async for kind, _ in _messages(answer)] == ["status", "end"]


async def test_an_idle_stream_beats(registry: ExecutionRegistry, client: aiohttp.ClientSession) -> None:
    _state(registry)
    async with asyncio.timeout(60), client.get("/api/stream/acme") as answer:
        async for kind, _ in _messages(answer):
            if kind == "beat":
                break
    async with asyncio.timeout(60):
        while registry.event_bus.subscriptions:  # noqa: ASYNC110 - the server notices in its time that the reader has gone
            await asyncio.sleep(0.01)


async def test_a_token_may_be_any_text(registry: ExecutionRegistry) -> None:
    async with (
        serving(create_app(control=registry, token=TOKEN)) as base,
        aiohttp.ClientSession(base) as session,
        session.get("/api/status", headers=HEADERS) as answer,
    ):
        assert answer.status == 200


def test_what_is_registered_is_counted_and_found_by_its_id(registry: ExecutionRegistry) -> None:
    state = ExecutionState(state_id="acme")
    before = len(registry)
    with registry.registered(state):
        assert len(registry) == before + 1
        assert "acme" in registry
    assert len(registry) == before
    assert "acme" not in registry


def test_without_fastapi_the_control_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    found = importlib.util.find_spec("hermes.execution.control.access")
    assert found is not None
    assert found.loader is not None
    with pytest.raises(ModuleNotFoundError, match=r"hermes-execution\[control\]"):
        found.loader.exec_module(importlib.util.module_from_spec(found))


# ── tokens and rates ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_interrupt_has_the_name_of_its_token(registry: ExecutionRegistry) -> None:
    state = _state(registry)
    app = create_app(control=registry, tokens={"anna": "a1", "ben": "b1"})
    async with serving(app) as base, aiohttp.ClientSession(base) as session:
        for token, status in (("a2", 401), ("", 401), ("b1", 200)):
            headers = {"Authorization": f"Bearer {token}"}
            async with session.post("/api/interrupt/acme", headers=headers) as answer:
                assert answer.status == status
    assert state.interrupt_signal is not None
    assert state.interrupt_signal.triggered_by == "ben"


async def test_each_token_and_each_address_that_guesses_has_a_rate(registry: ExecutionRegistry) -> None:
    app = create_app(control=registry, tokens={"anna": "a1", "ben": "b1"}, rate_limit=RateLimit(2, 3600))
    async with serving(app) as base, aiohttp.ClientSession(base) as session:

        async def status(token: str) -> tuple[int, bool]:
            async with session.get("/api/status", headers={"Authorization": f"Bearer {token}"}) as answer:
                return answer.status, "Retry-After" in answer.headers

        assert [await status("a1") for _ in range(3)] == [(200, False), (200, False), (429, True)]
        assert await status("b1") == (200, False)
        assert [await status("guess") for _ in range(3)] == [(401, False), (401, False), (429, True)]
        assert await status("b1") == (200, False)  # who guesses keeps nobody out


@pytest.mark.parametrize("tokens", [{}, {"anna": ""}])
def test_without_a_token_there_is_no_control(registry: ExecutionRegistry, tokens: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="needs a token"):
        create_app(control=registry, tokens=tokens)


async def test_the_metrics_are_served(registry: ExecutionRegistry) -> None:
    metrics = ExecutionMetrics()
    metrics(InterruptEvent(state_id="acme", signal=InterruptSignal(reason=InterruptReason.TIMEOUT)))
    app = create_app(control=registry, token="t", metrics=metrics)
    async with (
        serving(app) as base,
        aiohttp.ClientSession(base, headers={"Authorization": "Bearer t"}) as session,
        session.get("/api/metrics") as answer,
    ):
        assert answer.status == 200
        assert 'hermes_execution_interrupts_total{reason="timeout"} 1' in await answer.text()


async def test_the_status_has_the_steps_with_their_times(
    registry: ExecutionRegistry, client: aiohttp.ClientSession
) -> None:
    state = _state(registry)
    await ExecutionEvent(name="push", handler=lambda _: 1, actor="git").execute(state)
    async with client.get("/api/status/acme") as answer:
        (step,) = (await answer.json())["steps"]
    assert (step["step"], step["actor"], step["status"], step["error"]) == ("push", "git", "completed", "")
    assert time.time() - 60 < step["started_at"] <= step["ended_at"] <= time.time() + 60
    assert step["elapsed_seconds"] >= 0


async def test_requests_may_still_have_the_names_of_earlier_versions(
    registry: ExecutionRegistry, client: aiohttp.ClientSession
) -> None:
    state = _state(registry)
    body = {"reason": "timeout", "triggeredBy": "anna", "saveCheckpoint": False}
    async with client.post("/api/interrupt/acme", json=body) as answer:
        assert await answer.json() == {"execution_id": "acme", "accepted": True}
    assert state.interrupt_signal is not None
    assert (state.interrupt_signal.triggered_by, state.interrupt_signal.save_checkpoint) == ("anna", False)
