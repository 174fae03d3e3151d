"""The guard in front of every page: host names, other sites, and the headers that tell browsers what a page may do.

Host names are checked because a stranger's name can be made to lead to this address (DNS rebinding). A request that changes something
must come from the page itself: browsers say so in Sec-Fetch-Site and Origin, and the form carries a token besides.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hermes.config.web_settings import LOOPBACK, Web

#: Every page is made of our own files; nothing is inline, nothing comes from elsewhere, nobody may frame it.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)
#: A mail shown as HTML: no scripts, no forms, no network; only our own page may frame it, and it is a site of its own even so.
MAIL_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
#: Probes of load balancers name an address as host, and hold nothing of anybody.
PROBES: Final = frozenset({"/healthz", "/readyz", "/metrics"})
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS: Final = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


class Guard:
    """ASGI middleware: refuses what a browser should not have sent, and adds the headers to what is answered."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], secure: bool) -> None:
        """`hosts` are the names without port; `secure`: the page is seen over https."""
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or pass a lifespan on."""
        if scope["type"] not in {"http", "websocket"} or scope["path"] in PROBES:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope, Headers(scope=scope))

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                if self._secure:
                    headers.setdefault("strict-transport-security", "max-age=31536000")
            await send(message)

        if refusal is not None:
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await PlainTextResponse(refusal, status_code=403)(scope, receive, headed)
            return
        await self._app(scope, receive, headed)

    def _refusal(self, scope: Scope, headers: Headers) -> str | None:
        given = headers.getlist("host")
        host = _name(given[0]) if len(given) == 1 else None
        if host is None or host not in self._hosts:
            return "This is not an address of Hermes. The operator sets it as web.url."
        changes = scope["type"] == "websocket" or scope["method"] not in _READS
        # Programs with a token send neither header; nothing is signed in by their cookies.
        if changes and not headers.get("authorization", "").lower().startswith("bearer "):
            site, origin = headers.get("sec-fetch-site"), headers.get("origin")
            if site not in {None, "same-origin", "none"}:
                return "This request came from another site."
            if origin is not None and urlsplit(origin).netloc.lower() != given[0].lower():
                return "This request came from another site."
        return None


def hosts_of(settings: Web) -> frozenset[str]:
    """The host names that requests may be for."""
    names = {urlsplit(settings.url).hostname or ""} if settings.url else set()
    return frozenset(names | LOOPBACK if settings.host in LOOPBACK else names)


def _name(host: str) -> str | None:
    """The name in a Host header, without its port."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    return None if parts.path or parts.username is not None or not parts.hostname else parts.hostname
