"""A worker that starts while its task's metadata, or AWS, refuses for a moment."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from collections.abc import Iterator

import pytest

from hermes import errors
from hermes.app import worker

ARN = "arn:aws:ecs:eu-central-1:123456789012:task/hermes/0123456789abcdef"


@pytest.fixture
def metadata() -> Iterator[tuple[str, list[int]]]:
    """The metadata endpoint of a task, and the statuses that it answers with before it works."""
    statuses: list[int] = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses.pop(0) if statuses else 200)
            self.end_headers()
            self.wfile.write(json.dumps({"TaskARN": ARN}).encode())

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v4/1", statuses
        server.shutdown()


async def test_one_refused_metadata_call_does_not_cost_a_task(metadata: tuple[str, list[int]]) -> None:
    address, statuses = metadata
    statuses += [429, 500]
    environ = {"ECS_CONTAINER_METADATA_URI_V4": address}

    with pytest.raises(errors.AwsUnavailable):
        await worker._task_arn(environ)
    assert await worker._patiently(lambda: worker._task_arn(environ), asyncio.Event()) == ARN
    assert statuses == []


async def test_a_worker_that_is_told_to_end_does_not_wait(metadata: tuple[str, list[int]]) -> None:
    address, statuses = metadata
    statuses += [500] * 9
    stop = asyncio.Event()
    stop.set()

    with pytest.raises(errors.AwsUnavailable):
        await worker._patiently(lambda: worker._task_arn({"ECS_CONTAINER_METADATA_URI_V4": address}), stop)
    assert len(statuses) == 8


async def test_a_refusal_for_good_is_not_asked_again() -> None:
    with pytest.raises(errors.ConfigError):
        await worker._patiently(lambda: worker._task_arn({}), asyncio.Event())
