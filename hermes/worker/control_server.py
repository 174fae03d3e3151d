"""The HTTP control of what runs in this worker, on loopback, with the token that the worker was started with.

Its address is in a file of the runtime folder. The token is in no file, since an agent with the worker's user could read it there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import uvicorn

from hermes import execution

#: Time for running requests when the control closes.
DOOR_CLOSE_SECONDS: Final = 1.0

_HOST = "127.0.0.1"


class _Server(uvicorn.Server):
    """Signals are the worker's business."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


@contextlib.asynccontextmanager
async def control_server(
    *,
    control: execution.ExecutionControl,
    token: str | None,
    path: Path,
    metrics: execution.ExecutionMetrics | None = None,
) -> AsyncIterator[str | None]:
    """Open until the block ends; gives its address. Without a token nothing is opened. The file is removed at the end."""
    if token is None:
        path.unlink(missing_ok=True)
        yield None
        return
    listening = socket.create_server((_HOST, 0))
    address = f"http://{_HOST}:{listening.getsockname()[1]}"
    server = _Server(
        uvicorn.Config(
            # FastAPI is loaded here, a tenth of a second that a worker without a control does not take.
            execution.create_app(control=control, token=token, metrics=metrics),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=round(DOOR_CLOSE_SECONDS),
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="control")
    try:
        _write(path, {"url": address})
        yield address
    finally:
        path.unlink(missing_ok=True)
        server.should_exit = True
        await asyncio.wait({serving}, timeout=2 * DOOR_CLOSE_SECONDS)
        if not serving.done():
            serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        listening.close()


def _write(path: Path, content: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file)
