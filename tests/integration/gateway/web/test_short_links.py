"""The link to a log in a reply: short where Hermes has a web of its own, else one that lasts, else none."""

from __future__ import annotations

import email
import re
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from hermes.app.gateway import Gateway
from hermes.domain.replies import Reply
from tests.integration.gateway.play import Play

#: A project whose people want to know more.
DETAILS: dict[str, Any] = {"project": {"details": True}}
WEB: dict[str, Any] = {
    "web": {"enabled": True, "port": 0, "url": "https://hermes.example.com"},
    "mail": {"token_key": "k" * 32},
}


async def _failed(play: Play, gateway: Gateway) -> Reply:
    """The reply to a command that failed and left a log."""
    _, record = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    key = f"logs/{command.session_id}/{command.command_id}-1.log"
    await play.stand.objects.put(key, b"what the agent said")
    await worker.finish(command, success=False, error="It did not work.", fault="tried", log_key=key)
    return await play.sent(record, "failed")


def _text(reply: Reply) -> str:
    parts = [part for part in email.message_from_bytes(reply.raw).walk() if not part.is_multipart()]
    return "".join(str(part.get_payload(decode=True)) for part in parts)


async def test_a_reply_has_a_short_link_that_makes_a_fresh_one(play: Play) -> None:
    async with play.serving(**WEB, **DETAILS) as gateway:
        text = _text(await _failed(play, gateway))
        assert "X-Amz-" not in text
        (path,) = set(re.findall(r"https://hermes\.example\.com(/o/[\w-]+)", text))

        assert gateway.site is not None
        origin = f"http://127.0.0.1:{gateway.site.server.port}"
        async with aiohttp.ClientSession(origin) as browser:
            async with browser.get(path, allow_redirects=False) as opened:
                assert opened.status == 302
                assert f"/{play.stand.bucket}/logs/" in opened.headers["location"]
                assert "X-Amz-Expires=120" in opened.headers["location"]
                assert opened.headers["referrer-policy"] == "no-referrer"
            async with browser.get(path[:-3] + "AAA", allow_redirects=False) as foreign:
                assert foreign.status == 404


@pytest.mark.parametrize(("token", "linked"), [(None, True), ("of a role", False)])
async def test_without_a_web_a_link_is_given_only_if_it_lasts(play: Play, token: str | None, linked: bool) -> None:
    client: Any = play.stand.clients.s3
    client._request_signer = SimpleNamespace(_credentials=SimpleNamespace(token=token))
    async with play.serving(**DETAILS) as gateway:
        text = _text(await _failed(play, gateway))

    assert ("X-Amz-" in text) is linked
    assert "/o/" not in text
