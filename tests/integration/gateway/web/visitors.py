"""Browsers without a screen: they keep cookies, follow no redirect, and send what a browser sends."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp

from hermes.app.gateway import Gateway
from hermes.aws.records.web_access import WebAccess
from hermes.config.web_settings import OPERATOR
from tests.integration.gateway.play import Play

PASSWORD = "correct horse battery"
#: Of the password; the cheapest that the configuration accepts, because tests sign in often.
HASH = "scrypt$1024,8,1$c2FsdHNhbHRzYWx0$efPjhLsc6g6F87C4r8JW+Ndthiq2j1fCZEA8arGU0o0="
USERS = [
    {"name": "olga", "hash": HASH, "role": "operator"},
    {"name": "rita", "hash": HASH, "role": "reader"},
    {"name": "acme", "hash": HASH, "role": "reader", "projects": ["acme/site"]},
]


def web(**more: Any) -> dict[str, Any]:
    """The settings of a page on a free port of loopback."""
    return {"enabled": True, "port": 0, "pages": True, "users": USERS, **more}


class Visitor:
    """One browser."""

    def __init__(self, base: str, client: aiohttp.ClientSession) -> None:
        self.base = base
        self.client = client

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and text of a page; where it leads for a redirect."""
        async with self.client.get(self.base + path, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("location") or await answer.text()

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> tuple[int, str]:
        """Send a form."""
        async with self.client.post(self.base + path, data=fields, headers=headers, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("location") or await answer.text()

    async def sign_in(self, name: str, password: str = PASSWORD, **headers: str) -> tuple[int, str]:
        """By password."""
        return await self.post("/sign-in", {"name": name, "password": password, "next": "/"}, **headers)

    @property
    def cookies(self) -> dict[str, str]:
        """What it keeps."""
        return {cookie.key: cookie.value for cookie in self.client.cookie_jar}

    async def token(self, path: str = "/") -> str:
        """The token of a page's forms."""
        _, text = await self.get(path)
        found = re.search(r'name="token" value="([^"]+)"', text)
        assert found is not None, text[:500]
        return found.group(1)


@contextlib.asynccontextmanager
async def serving(play: Play, **settings: Any) -> AsyncIterator[Gateway]:
    """A gateway of which the page runs alone; what else it does is driven by the test. `settings` are those of `web`."""
    made = await play.gateway(web=web(**settings))
    assert made.site is not None
    await made.site.server.start()
    try:
        yield made
    finally:
        await stop(made)


async def stop(gateway: Gateway) -> None:
    """End the page as the gateway's own stop does: its streams end first."""
    assert gateway.site is not None
    gateway.site.health.stopping = True
    await gateway.site.server.close()


@contextlib.asynccontextmanager
async def visiting(gateway: Gateway) -> AsyncIterator[Visitor]:
    """A new browser at a gateway's page."""
    assert gateway.site is not None
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        yield Visitor(f"http://127.0.0.1:{gateway.site.server.port}", client)


async def link(play: Play, name: str = OPERATOR, *, seconds: float = 600) -> str:
    """What `hermes web link` makes."""
    access = WebAccess(tables=play.stand.tables, names=play.stand.names)
    return await access.make_link(name, until=play.clock.time() + seconds)
