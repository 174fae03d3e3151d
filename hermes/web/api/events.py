"""`/events`: what happens, as server-sent events and over a WebSocket; every event of every replica, as the viewer may see it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter, HTTPException, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from hermes.admin.live import LiveEvent
from hermes.admin.viewer import Viewer
from hermes.web.api.parts import ApiParts, Who

#: Something is sent this often where nothing happens: proxies cut silent connections after 30–60 s.
BEAT_SECONDS: Final = 15.0
#: A gateway that stops is looked for this often.
_STOP_SECONDS: Final = 1.0
#: Proxies must hand the stream on as it comes.
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_REFUSED, _GOING_AWAY = 1008, 1001


def routes(parts: ApiParts) -> APIRouter:
    """`GET /events` and the WebSocket of the same address."""
    made = APIRouter(tags=["events"])

    @made.get("/events", response_class=StreamingResponse)
    async def stream(who: Who) -> StreamingResponse:
        """Every event from now on, as server-sent events: `event:` is what happened, `data:` a JSON object."""

        async def lines() -> AsyncIterator[str]:
            async for event in events(parts, who):
                yield ": idle\n\n" if event is None else f"event: {event.what}\ndata: {_json(event)}\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream", headers=_HEADERS)

    @made.websocket("/events")
    async def channel(socket: WebSocket) -> None:
        """The same as JSON messages."""
        try:
            who = parts.access(socket)
        except HTTPException as refused:
            await socket.close(_REFUSED, str(refused.detail))
            return
        await socket.accept()

        async def send() -> None:
            async for event in events(parts, who):
                await socket.send_text("{}" if event is None else _json(event))

        async def wait_for_the_end() -> None:
            while True:
                await socket.receive_text()  # whatever it says is not for us

        tasks = [asyncio.create_task(send()), asyncio.create_task(wait_for_the_end())]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if tasks[0] in done:
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(_GOING_AWAY)

    return made


async def events(parts: ApiParts, who: Viewer) -> AsyncIterator[LiveEvent | None]:
    """The events of one watcher; None where nothing has happened for a while. They end when the gateway stops."""
    async with parts.feed.watch(who) as found:
        yield None  # from here on everything is told
        quiet, waiting = 0.0, asyncio.ensure_future(_next(found))
        try:
            while not parts.stopping():
                done, _ = await asyncio.wait([waiting], timeout=_STOP_SECONDS)
                if not done:
                    quiet += _STOP_SECONDS
                    if quiet >= BEAT_SECONDS:
                        quiet = 0.0
                        yield None
                    continue
                event = waiting.result()
                if event is None:
                    return  # too slow: the client comes again
                quiet, waiting = 0.0, asyncio.ensure_future(_next(found))
                yield event
        finally:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def _next(found: AsyncIterator[LiveEvent]) -> LiveEvent | None:
    return await anext(found, None)


def _json(event: LiveEvent) -> str:
    facts: dict[str, Any] = dataclasses.asdict(event)
    return json.dumps(facts, ensure_ascii=False)
