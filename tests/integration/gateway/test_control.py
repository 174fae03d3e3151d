"""The gateway's commands over HTTP: what the records say, and interrupts by way of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from hermes.app.gateway import Gateway
from hermes.domain.active_job import ActiveJob
from hermes.domain.commands import CommandState
from tests.integration import records
from tests.integration.gateway.play import Play

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.

SECRET = "s" * 32


async def address(gateway: Gateway) -> str:
    """Where it listens, as soon as it does."""
    site = gateway.site
    assert site is not None
    async with asyncio.timeout(60):
        while True:
            try:
                return f"http://127.0.0.1:{site.server.port}"
            except RuntimeError:
                await asyncio.sleep(0.02)


async def test_commands_are_seen_and_stopped_through_any_replica(play: Play) -> None:
    aws = play.stand
    running = records.command("c1", due=play.clock.time() + 500, state=CommandState.RUNNING)
    waiting = records.command("c2", seq=2, due=play.clock.time() + 500)
    await aws.tables.transact(
        [aws.sessions.begin(records.session(seq=2)), aws.commands.accept(running), aws.commands.accept(waiting)]
    )
    web = {"enabled": True, "port": 0, "control_secret": SECRET}
    async with play.serving(web=web) as gateway, aiohttp.ClientSession(await address(gateway)) as client:
        async with client.get("/api/status/c1") as answer:
            assert answer.status == 401
        client.headers["Authorization"] = f"Bearer {SECRET}"
        async with client.get("/api/status/none") as answer:
            assert answer.status == 404
        async with client.get("/api/status") as answer:
            shown = {entry["execution_id"]: entry["status"] for entry in await answer.json()}
        assert shown == {"c1": "started", "c2": "pending"}
        async with client.get("/api/stream/c1") as stream:
            assert (await stream.content.readline()) == b"event: status\n"
            wish = {"reason": "user_cancelled", "message": "Enough.", "triggeredBy": "anna"}
            async with client.post("/api/interrupt/c1", json=wish) as answer:
                assert (await answer.json())["accepted"]
            async with client.post("/api/interrupt/c1") as answer:
                assert not (await answer.json())["accepted"]
            seen = b""
            while b"cancelling" not in seen:
                seen += await stream.content.readany()
        async with client.get("/api/status/c1") as answer:
            found = await answer.json()
        async with client.post("/api/interrupt/c2") as answer:
            assert (await answer.json())["accepted"]
    assert (found["status"], found["interrupted"]["message"], found["interrupted"]["triggered_by"]) == (
        "cancelling",
        "Enough.",
        "anna",
    )
    assert found["interrupted"]["reason"] == "user_cancelled"
    stands = await aws.commands.get("c2")
    assert stands is not None
    assert stands.state is CommandState.INTERRUPTED


async def test_a_stream_has_the_steps_of_a_command_as_its_worker_writes_them(play: Play) -> None:
    other = await play.gateway()
    _, record = await play.mail(other, "Update the title")
    worker = await play.worker()
    running = await worker.begin()
    path = f"/api/stream/{record.command_id}"

    async def shows(step: str, words: str, percent: int | None = None) -> None:
        job = ActiveJob(command_id=running.command_id, session_id=running.session_id, attempt=1, type="edit", step=step,
                        words=words, percent=percent, began_at=0.0, expires_at=play.clock.time() + 900)  # fmt: skip
        await other.records.active_jobs.show(worker.key, gen=worker.gen, task_arn=worker.task, jobs=[job])

    web = {"enabled": True, "port": 0, "control_secret": SECRET}
    async with play.serving(web=web) as gateway, aiohttp.ClientSession(await address(gateway)) as client:
        client.headers["Authorization"] = f"Bearer {SECRET}"
        async with client.get(path) as stream:
            told = _events(stream)
            await shows("agent", "Reading")
            step = await _first(told, "step")
            assert (step["step"], step["status"], step["detail"]) == ("agent", "started", "agent: Reading")
            await shows("agent", "Editing index.html", 40)
            assert (await _first(told, "note"))["detail"] == "agent: Editing index.html (40 %)"
            await shows("commit", "")
            assert (await _first(told, "step"))["step"] == "commit"


async def _events(stream: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    kind = ""
    async for line in stream.content:
        if line.startswith(b"event: "):
            kind = line[7:].decode().strip()
        elif line.startswith(b"data: "):
            yield kind, json.loads(line[6:])


async def _first(told: AsyncIterator[tuple[str, dict[str, Any]]], kind: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        return await anext(data async for what, data in told if what == kind)


async def test_without_a_secret_there_is_no_control(play: Play) -> None:
    async with (
        play.serving(web={"enabled": True, "port": 0}) as gateway,
        aiohttp.ClientSession(await address(gateway)) as client,
        client.get("/api/status") as answer,
    ):
        assert answer.status == 404
