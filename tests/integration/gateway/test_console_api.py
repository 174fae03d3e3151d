"""`/api/v1`: the same as the page shows and does, for programs with a token; and the events of every replica."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from hermes.app.gateway import Gateway
from hermes.domain.active_job import ActiveJob
from hermes.web.api import access
from tests.eventually import eventually
from tests.integration.gateway.console import done
from tests.integration.gateway.play import SHOP, Play

OPERATOR, READER = access.new_token(), access.new_token()
TOKENS = [
    {"name": "ci", "hash": OPERATOR[1], "role": "operator"},
    {"name": "agency", "hash": READER[1], "projects": ["acme/site"]},
]
WEB = {"enabled": True, "port": 0, "tokens": TOKENS}


@contextlib.asynccontextmanager
async def client(gateway: Gateway, token: str = OPERATOR[0]) -> AsyncIterator[aiohttp.ClientSession]:
    async def listening() -> int | None:
        try:
            return gateway.site.server.port if gateway.site else None
        except RuntimeError:
            return None

    port = await eventually(listening)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as made:
        yield made


async def got(session: aiohttp.ClientSession, path: str, status: int = 200) -> Any:
    async with session.get(f"/api/v1{path}") as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_a_program_reads_and_acts_as_its_token_says(play: Play) -> None:
    async with play.serving(web=WEB) as gateway, client(gateway) as ci, client(gateway, READER[0]) as agency:
        _, site = await play.mail(gateway, "Update the title", subject="The title")
        _, shop = await play.mail(gateway, "Add a product", to=SHOP)

        assert {row["project"] for row in (await got(ci, "/threads"))["rows"]} == {"acme/site", "acme/shop"}
        assert [row["subject"] for row in (await got(agency, "/threads?q=title"))["rows"]] == ["The title"]
        assert (await got(agency, f"/threads/{site.session_id}"))["commands"][0]["command_id"] == site.command_id
        await got(agency, f"/threads/{shop.session_id}", 404)
        await got(ci, "/threads?q=state:nonsense", 400)
        assert len((await got(ci, "/now"))["waiting"]) == 2
        for path in ("/mails", "/replies", "/workers", "/costs", "/audit", "/dead-letters", "/projects", "/holds"):
            await got(ci, path)
        async with agency.post(f"/api/v1/commands/{site.command_id}/stop", json={}) as answer:
            assert answer.status == 403
        async with ci.post(f"/api/v1/commands/{site.command_id}/stop", json={"reason": "wrong page"}) as answer:
            assert (await answer.json())["done"]
        async with ci.post("/api/v1/holds/pause", json={"subject": "acme/sites"}) as answer:
            assert answer.status == 400
        await play.ended(site)
        audit = (await got(ci, "/audit"))["rows"]
        assert [(row["who"], row["what"], row["reason"]) for row in audit] == [("token ci", "stop", "wrong page")]
        assert "/threads/{session_id}" in (await got(ci, "/openapi.json"))["paths"]


async def test_without_a_token_nobody_reads_and_too_many_requests_are_told_to_wait(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "REQUESTS", 3)
    monkeypatch.setattr(access, "WRONG", 2)
    async with play.serving(web=WEB) as gateway, client(gateway, "wrong") as nobody, client(gateway) as ci:
        for status in (401, 401, 429):
            await got(nobody, "/now", status)
        for status in (200, 200, 200, 429):
            await got(ci, "/threads", status)
        async with ci.get("/api/v1/threads") as answer:
            assert int(answer.headers["Retry-After"]) >= 1


async def test_the_older_control_takes_twenty_requests_a_minute(play: Play) -> None:
    secret = "s" * 32
    async with play.serving(web={**WEB, "control_secret": secret}) as gateway, client(gateway, secret) as control:
        statuses = []
        for _ in range(21):
            async with control.get("/api/status/none") as answer:
                statuses.append(answer.status)
        assert statuses == [404] * 20 + [429]


async def told(found: AsyncIterator[dict[str, Any]], what: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        async for event in found:
            if event.get("what") == what:
                return event
    raise AssertionError(f"the stream ended before {what}")


async def lines(answer: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.content:
        if line.startswith(b"data: "):
            yield json.loads(line.removeprefix(b"data: "))


async def messages(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[dict[str, Any]]:
    async for message in socket:
        yield json.loads(message.data)


async def test_a_watcher_hears_of_what_other_replicas_do_and_of_nothing_else(play: Play) -> None:
    async with (
        play.serving(web=WEB) as watched,
        client(watched) as ci,
        client(watched, READER[0]) as agency,
        ci.get("/api/v1/events") as stream,
        agency.ws_connect("/api/v1/events") as socket,
    ):
        other = await play.gateway()
        heard, seen = lines(stream), messages(socket)
        assert await stream.content.readline() == b": idle\n"  # both watch from now on
        assert await anext(seen) == {}
        _, shop = await play.mail(other, "Add a product", to=SHOP)
        _, site = await play.mail(other, "Update the title")
        await done(play, other, site)

        accepted = await told(heard, "command.accepted")
        ended = await told(seen, "command.succeeded")

    assert accepted["id"] in (shop.command_id, site.command_id)
    assert (ended["id"], ended["project"]) == (site.command_id, "acme/site")


async def test_a_watcher_hears_of_the_steps_of_running_commands(play: Play) -> None:
    async with (
        play.serving(web=WEB) as watched,
        client(watched) as ci,
        ci.get("/api/v1/events") as stream,
    ):
        other = await play.gateway()
        heard = lines(stream)
        assert await stream.content.readline() == b": idle\n"
        _, record = await play.mail(other, "Update the title")
        worker = await play.worker()
        running = await worker.begin()
        assert running.command_id == record.command_id
        for step, words in (("agent", "Reading"), ("agent", "Editing"), ("commit", "")):
            job = ActiveJob(command_id=running.command_id, session_id=running.session_id, attempt=1, type="edit", step=step,
                            words=words, began_at=0.0, expires_at=play.clock.time() + 900)  # fmt: skip
            jobs = [job]
            await other.records.active_jobs.show(worker.key, gen=worker.gen, task_arn=worker.task, jobs=jobs)
            found = await told(heard, "command.progress" if words == "Editing" else "command.step")
            assert (found["id"], found["detail"], found["project"]) == (running.command_id, job.progress, "acme/site")


async def test_a_socket_without_a_token_is_closed(play: Play) -> None:
    async with play.serving(web=WEB) as gateway, client(gateway, "wrong") as nobody:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await nobody.ws_connect("/api/v1/events")
