"""The gate before the emulator's API: only requests signed with the key pass, and no request of a web page.

MiniStack itself answers every caller: it verifies only the signatures of presigned links, accepts any Host and every origin, and has admin
endpoints that read and delete everything. So the gate checks each request first: its Host is ours (not a name that an attacker's DNS
points to loopback), it comes from no web page (no Origin, no preflight), it is no admin endpoint, and it is signed with the key.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from hermes.local.signature import UNSIGNED, Request, SignatureRefusal, Verifier

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})

#: DynamoDB's largest request, a batch of writes, is 16 MiB; SQS's are smaller.
BODY_BYTES = 17 * 1024 * 1024

_FROM_A_PAGE = SignatureRefusal("AccessDenied", "Requests of web pages are not answered.")
_OTHER_HOST = SignatureRefusal("AccessDenied", "This emulator answers to its own address alone.")
_OWN_DOOR = SignatureRefusal("AccessDenied", "This address is closed.")
#: No bucket's name begins so; MiniStack's own doors do.
_DOORS = (b"/_", b"/health", b"/%5f", b"/%5F")
_CORS = b"access-control-"


class Gate:
    """The ASGI application before MiniStack's; `now` is the wall clock."""

    def __init__(self, app: App, verifier: Verifier, *, now: Callable[[], float] = time.time) -> None:
        self._app = app
        self._verifier = verifier
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif (await receive())["type"] == "websocket.connect":
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request(scope)
        refused, body = _uninvited(request), b""
        # S3's requests promise the hash of their body, and links have none: nobody's film is read before it is known whose it is.
        promised = request.headers.get("x-amz-content-sha256")
        if refused is None and (promised is not None or "authorization" not in request.headers):
            refused = self._verifier.check(request, promised or "", now=self._now())
        if refused is None:
            read = await _body(receive, None if promised is not None else BODY_BYTES)
            if read is None:
                return
            body, refused = read, self._fits(request, promised, read)
        if refused is not None:
            await _refuse(send, refused, xml=_wants_xml(request))
            return

        told = False

        async def again() -> Message:
            nonlocal told
            if told:  # the rest is the end of the connection
                return await receive()
            told = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [pair for pair in message["headers"] if not pair[0].lower().startswith(_CORS)]
            await send(message)

        await self._app(scope, again, answer)

    def _fits(self, request: Request, promised: str | None, body: bytes) -> SignatureRefusal | None:
        if "authorization" not in request.headers:
            return None
        found = hashlib.sha256(body).hexdigest()
        if promised is None:
            return self._verifier.check(request, found, now=self._now())
        return (
            None
            if promised in (found, UNSIGNED)
            else SignatureRefusal("XAmzContentSHA256Mismatch", "The body is another.")
        )


def _request(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name, text = raw.decode("latin-1").lower(), value.decode("utf-8", "surrogateescape")
        headers[name] = f"{headers[name]},{text}" if name in headers else text
    return Request(
        method=scope["method"],
        path=scope.get("raw_path") or scope["path"].encode(),
        query=scope.get("query_string", b""),
        headers=headers,
    )


def _uninvited(request: Request) -> SignatureRefusal | None:
    host = request.headers.get("host", "").lower()
    if host.rpartition(":")[0] not in HOSTS and host not in HOSTS:
        return _OTHER_HOST
    if "origin" in request.headers or request.method == "OPTIONS":
        return _FROM_A_PAGE
    if request.path.startswith(_DOORS):
        return _OWN_DOOR
    return None


async def _body(receive: Receive, most: int | None) -> bytes | None:
    """The complete body; None if the client disconnected or sends more than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if most is not None and size > most:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _wants_xml(request: Request) -> bool:
    return "x-amz-target" not in request.headers and "json" not in request.headers.get("content-type", "")


async def _refuse(send: Send, refused: SignatureRefusal, *, xml: bool) -> None:
    if xml:
        kind = b"application/xml"
        text = f"<Error><Code>{refused.code}</Code><Message>{refused.message}</Message></Error>"
    else:
        kind = b"application/x-amz-json-1.0"
        text = json.dumps({"__type": refused.code, "message": refused.message})
    body = text.encode()
    # Its body may be on its way still: the connection ends with the answer.
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
