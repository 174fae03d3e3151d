"""The HTTP control: look at a run and stop it from outside. Prints the commands to try, then stops itself over HTTP.

Run it with `--stay` to try them by hand. Needs `pip install 'hermes-execution[control]' uvicorn`.
"""

import argparse
import asyncio
import json
import secrets
import socket
import urllib.request

import uvicorn

from hermes.execution import (
    ExecutionEvent,
    ExecutionInterrupted,
    ExecutionRegistry,
    ExecutionState,
    StepContext,
    create_app,
)


async def work(context: StepContext) -> None:
    """Simulates an agent at work."""
    await asyncio.sleep(600)


def call(url: str, token: str, method: str = "GET", body: dict[str, str] | None = None) -> str:
    """One request, as any program would make it."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, method=method, data=data, headers=headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return str(answer.read().decode())


async def stop_it(base: str, token: str) -> None:
    """What the outside does."""
    print(await asyncio.to_thread(call, f"{base}/api/status/demo", token))
    body = {"reason": "user_cancelled", "message": "seen enough"}
    print(await asyncio.to_thread(call, f"{base}/api/interrupt/demo", token, "POST", body))


async def main(stay: bool = False) -> None:
    """Serve on loopback while the execution runs."""
    token = secrets.token_urlsafe()
    registry = ExecutionRegistry()
    listener = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(create_app(control=registry, token=token), log_level="warning"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    print(f"curl -H 'Authorization: Bearer {token}' {base}/api/status")
    print(f"curl -H 'Authorization: Bearer {token}' -N {base}/api/stream/demo")
    print(f"curl -H 'Authorization: Bearer {token}' -X POST {base}/api/interrupt/demo")

    state = ExecutionState(state_id="demo", event_bus=registry.event_bus)
    outside = None if stay else asyncio.create_task(stop_it(base, token))
    try:
        with registry.registered(state):
            async with state:
                await ExecutionEvent(name="work", handler=work).execute(state)
    except ExecutionInterrupted as stop:
        print(f"{stop.reason}: {stop.signal.message} (by {stop.signal.triggered_by})")
    if outside is not None:
        await outside
    server.should_exit = True
    await serving
    await registry.event_bus.aclose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stay", action="store_true", help="wait for somebody to stop it")
    asyncio.run(main(stay=parser.parse_args().stay))
