"""Redis for tests: a private server on a free port, and a client without a server for machines that have none."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """The address of a redis-server that keeps nothing on disk."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("redis-server is not installed: .ci/debian has its package")
        pytest.skip("redis-server is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


class MemoryRedis:
    """As much of `redis.asyncio.Redis` as the backend uses."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    async def set(self, key: str, value: str, ex: int) -> None:
        self.values[key] = value.encode()

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def delete(self, key: str) -> None:
        self.values.pop(key, None)

    async def zadd(self, key: str, members: dict[str, float]) -> None:
        self.values.setdefault(key, {}).update(members)

    async def zremrangebyrank(self, key: str, first: int, last: int) -> None:
        ranked = sorted(self.values[key], key=self.values[key].get)
        for member in ranked[first : max(0, len(ranked) + last + 1)]:
            del self.values[key][member]

    async def zrevrangebyscore(self, key: str, newest: Any, oldest: Any, *, start: int, num: int) -> list[bytes]:
        scores = self.values.get(key, {})
        ranked = sorted(
            (member for member in scores if float(oldest) <= scores[member] <= float(newest)), key=scores.get
        )
        return [member.encode() for member in ranked[::-1][start : start + num]]

    async def hget(self, key: str, field: str) -> bytes | None:
        found: bytes | None = self.values.get(key, {}).get(field)
        return found

    async def eval(self, script: str, keys: int, key: str, number: int, text: str) -> int:
        if self.values.get(key, {}).get("number", number) > number:
            return 0
        self.values[key] = {"number": number, "json": text.encode()}
        return 1

    async def aclose(self) -> None:
        self.values.clear()
