"""HTTP control of executions: a router to mount, or a complete application.

    POST /api/interrupt/{id}   stop it
    GET  /api/status/{id}      its status
    GET  /api/status           the status of all
    GET  /api/stream/{id}      its events (server-sent events), to its end
    GET  /api/metrics          what all executions did, in Prometheus' text format (with `metrics`)
    /api/requests, /api/snapshots, /api/interrupts     the backend (with `backend`): see `storage`

Every request carries `Authorization: Bearer TOKEN`. An unknown id is 404; over the rate limit is 429.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse, StreamingResponse
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, TypeAdapter

from hermes.domain.interrupts import InterruptReason
from hermes.execution import exceptions, registry, signals
from hermes.execution.backends.backend import ExecutionBackend
from hermes.execution.control import access, storage
from hermes.execution.events import events, metrics

#: An idle event stream says something this often; proxies cut silent connections after 30–60 s.
STREAM_BEAT_SECONDS: Final = 15.0
#: The message of an interrupt that comes over HTTP.
INTERRUPT_MESSAGE_CHARS: Final = 2_000

_EVENT: Final = TypeAdapter[events.Event](events.Event)
_NOT_FOUND: Final = 404
#: Proxies must hand the stream on as it comes.
_STREAM_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class InterruptRequest(BaseModel):
    """The body of `POST /api/interrupt/{id}`; without a body, the person has cancelled."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    reason: InterruptReason = InterruptReason.USER_CANCELLED
    message: str | None = Field(default=None, max_length=INTERRUPT_MESSAGE_CHARS)
    triggered_by: str | None = Field(
        default=None, max_length=200, validation_alias=AliasChoices("triggered_by", "triggeredBy")
    )
    save_checkpoint: bool = Field(default=True, validation_alias=AliasChoices("save_checkpoint", "saveCheckpoint"))


class InterruptAnswer(BaseModel):
    """The result of the request."""

    execution_id: str
    accepted: bool
    """False: it was stopped already, or had ended; the request is kept in its history."""


def create_router(
    *,
    control: registry.ExecutionControl,
    token: str | None = None,
    tokens: Mapping[str, str] | None = None,
    rate_limit: access.RateLimit | None = None,
    backend: ExecutionBackend | None = None,
    metrics: metrics.ExecutionMetrics | None = None,
    beat_seconds: float = STREAM_BEAT_SECONDS,
    prefix: str = "/api",
) -> APIRouter:
    """The routes, to be mounted with `app.include_router`.

    `tokens` is name -> token; an interrupt is triggered by the name of its token, unless its body says otherwise. `token` is one alone,
    of the name `http`. `beat_seconds`: an idle stream sends a comment that often.
    """
    allowed = {**({} if token is None else {"http": token}), **(tokens or {})}
    entrance = access.Access(tokens=allowed, limit=rate_limit or access.RateLimit())
    router = APIRouter(prefix=prefix, dependencies=[Depends(entrance)], tags=["execution"])

    @router.post("/interrupt/{execution_id}")
    async def interrupt(
        execution_id: str, request: Request, wish: Annotated[InterruptRequest | None, Body()] = None
    ) -> InterruptAnswer:
        """Stop an execution."""
        wish = wish or InterruptRequest()
        signal = signals.InterruptSignal(
            reason=wish.reason,
            message=wish.message,
            triggered_by=wish.triggered_by or entrance.caller(request),
            save_checkpoint=wish.save_checkpoint,
        )
        with _found():
            accepted = await control.interrupt(execution_id, signal)
        return InterruptAnswer(execution_id=execution_id, accepted=accepted)

    @router.get("/status/{execution_id}")
    async def status(execution_id: str) -> registry.StatusReport:
        """How an execution stands."""
        with _found():
            return await control.status(execution_id)

    @router.get("/status")
    async def statuses() -> list[registry.StatusReport]:
        """How all executions stand."""
        return await control.statuses()

    @router.get("/stream/{execution_id}", response_class=StreamingResponse)
    async def stream(execution_id: str) -> StreamingResponse:
        """The status, then every event as it happens, to the end of the execution or its interrupt."""
        with _found():
            await control.status(execution_id)
        return StreamingResponse(
            _lines(control, execution_id, beat_seconds), media_type="text/event-stream", headers=_STREAM_HEADERS
        )

    if metrics is not None:

        @router.get("/metrics", response_class=PlainTextResponse)
        async def counted() -> str:
            """What all executions did."""
            return metrics.prometheus()

    if backend is not None:
        router.include_router(storage.storage_router(backend))
    return router


def create_app(*, control: registry.ExecutionControl, **settings: Any) -> FastAPI:
    """An application with only these routes; `settings` are those of `create_router`."""
    app = FastAPI(title="Hermes executions", openapi_url=None)
    app.include_router(create_router(control=control, **settings))
    return app


@contextlib.contextmanager
def _found() -> Any:
    try:
        yield
    except exceptions.UnknownExecution as error:
        raise HTTPException(_NOT_FOUND, error.message) from error


async def _lines(control: registry.ExecutionControl, execution_id: str, beat_seconds: float) -> AsyncIterator[bytes]:
    """The text of a stream (HTML standard, 9.2.6): a status, events, and a comment when nothing has happened for a while."""
    # opened here and not in the route: a client that is gone before the first byte leaves nothing open
    async with await control.stream(execution_id) as following:
        report = await control.status(execution_id)  # after opening: no event falls between the two
        yield _message("status", report.model_dump_json().encode())
        upcoming: asyncio.Task[events.Event] | None = None
        try:
            while True:
                upcoming = upcoming or asyncio.create_task(_next(following), name="hermes next event of a stream")
                done, _ = await asyncio.wait({upcoming}, timeout=beat_seconds)
                if not done:
                    yield b": still here\n\n"
                    continue
                try:
                    event = upcoming.result()
                except StopAsyncIteration:
                    break
                upcoming = None
                yield _message(event.kind, _EVENT.dump_json(event))
        finally:
            if upcoming is not None and not upcoming.done():
                upcoming.cancel()
                await asyncio.wait({upcoming})
    yield _message("end", b"{}")


async def _next(following: AsyncIterator[events.Event]) -> events.Event:
    return await anext(following)


def _message(kind: str, data: bytes) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), data)
