"""Over HTTP: one process serves the store, workers elsewhere need nothing but its address and a token.

The server needs `pip install 'hermes-execution[control]' uvicorn`.
"""

import asyncio
import secrets
import socket

import uvicorn

from hermes.execution import (
    ExecutionInterrupted,
    ExecutionRegistry,
    ExecutionState,
    HttpBackend,
    InterruptSignal,
    MemoryBackend,
    create_app,
)

TOKENS = {"worker": secrets.token_urlsafe(), "dashboard": secrets.token_urlsafe()}


async def work(url: str) -> None:
    """A worker: its checker and its store are at the address."""
    backend = HttpBackend(url, token=TOKENS["worker"])
    async with ExecutionState("job", store=backend) as state:
        state.set_interrupt_checker(backend.checker("job"))
        await state.sleep(600)


async def main() -> None:
    """Serve on loopback, work, and stop the work from a dashboard."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(control=ExecutionRegistry(), tokens=TOKENS, backend=MemoryBackend())
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/api"

    working = asyncio.create_task(work(url))
    dashboard = HttpBackend(url, token=TOKENS["dashboard"])
    await dashboard.request_interrupt(
        "job", InterruptSignal.model_validate({"reason": "user_cancelled", "message": "seen enough"})
    )
    try:
        await working
    except ExecutionInterrupted as stop:
        print(f"{stop.reason.value}: {stop.message}")
    saved = await dashboard.load("job")
    print(f"saved: {saved.status.value}" if saved is not None else "not saved")
    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(main())
