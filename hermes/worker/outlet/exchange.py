"""One connection of a program inside: tunnels, plain requests to elsewhere, and requests to a language model.

The bytes are HTTP/1.1 read by h11. A tunnel (CONNECT) is passed on unread; a plain request is sent on alone and its answer passed on as it
comes; a request to `/model/NAME/…` goes to the service NAME with the key that the program has not.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import urllib.parse
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp
import h11

from hermes.worker.outlet import keys, paths
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.providers import Service
from hermes.worker.outlet.reaching import NotPublicError, Reach, UnreachableError
from hermes.worker.outlet.usage import AnswerMeter

_CHUNK_BYTES: Final = 64 * 1024
#: The head of a request; and a whole request to a model, which may hold pictures.
_HEAD_BYTES: Final = 64 * 1024
_REQUEST_BYTES: Final = 64 * 1024 * 1024
#: A model thinks for minutes; a connection on which nothing comes for longer is ended.
_SILENT_SECONDS: Final = 900.0
_CONNECT_SECONDS: Final = 30.0
#: Headers that are for the next machine alone (RFC 9110, 7.6.1), and what is written anew.
_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_MODEL: Final = "/model/"
#: Forms of an answer that are read here; a key in any other would not be seen.
_READ: Final = ("", "identity", "gzip", "deflate", "br")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the connections of one command may do, and whom they tell."""

    policy: NetworkPolicy
    reach: Reach
    services: Mapping[str, Service]
    session: Callable[[], aiohttp.ClientSession]
    login: str | None
    """`user:password` that a proxy's client shows, where others of the machine can connect too."""
    block: Callable[[str, str], None]
    """Told of a host that was refused, and why in words for the program."""
    may_spend: Callable[[], bool]
    spent: Callable[[float], None]
    """Told of what an answer cost, in US dollars, as it grows."""


class Exchange:
    """One connection, request after request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rules: Rules) -> None:
        self._reader = reader
        self._writer = writer
        self._rules = rules
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)

    async def serve(self) -> None:
        """Until either side ends it."""
        with contextlib.suppress(OSError, h11.ProtocolError, asyncio.IncompleteReadError):
            while True:
                request = await self._next()
                if not isinstance(request, h11.Request):
                    return
                await self._answer(request)
                if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                    return
                self._http.start_next_cycle()

    async def _next(self) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            async with asyncio.timeout(_SILENT_SECONDS):
                self._http.receive_data(await self._reader.read(_CHUNK_BYTES))

    async def _answer(self, request: h11.Request) -> None:
        method, target = request.method.decode(), request.target.decode("latin-1")
        if target.startswith(_MODEL):
            await self._model(request, method, target)
        elif not self._known(request):
            await self._refuse(407, "The proxy of this command wants its login.", ("Proxy-Authenticate", "Basic"))
        elif method == "CONNECT":
            host, _, port = target.rpartition(":")
            await self._tunnel(host.strip("[]"), port)
        elif target.startswith("http://"):
            await self._plain(request, method, target)
        else:
            await self._refuse(404, "This is the proxy of a command, which has no pages.")

    def _known(self, request: h11.Request) -> bool:
        if self._rules.login is None:
            return True
        shown = dict(request.headers).get(b"proxy-authorization", b"").partition(b" ")[2]
        return shown == base64.b64encode(self._rules.login.encode())

    async def _refuse(self, status: int, words: str, *headers: tuple[str, str]) -> None:
        body = f"{words}\n".encode()
        await self._start(
            status, [*headers, ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        )
        await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())

    async def _start(self, status: int, headers: list[tuple[str, str]]) -> None:
        await self._send(h11.Response(status_code=status, headers=headers))

    async def _send(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()

    # ── to elsewhere ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _open(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """A connection, or None where the program has been told that there is none."""
        if not self._rules.policy.allows(host, port):
            words = f"{host} (port {port}) is not allowed for this project."
        else:
            try:
                return await self._rules.reach.connect(host, port)
            except NotPublicError:
                words = f"{host} is no public address, and is not allowed for any project."
            except UnreachableError as error:
                await self._refuse(502, f"{error}.")
                return None
        self._rules.block(host, words)
        await self._refuse(403, words)
        return None

    async def _tunnel(self, host: str, port: str) -> None:
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            await self._refuse(400, "The request names no host and port.")
            return
        opened = await self._open(host, int(port))
        if opened is None:
            return
        reader, writer = opened
        try:
            await self._start(200, [])
            while self._http.next_event() is h11.NEED_DATA:  # a client that has not ended its request's head
                self._http.receive_data(await self._reader.read(_CHUNK_BYTES))
            writer.write(self._http.trailing_data[0])
            await _both(_pass(self._reader, writer), _pass(reader, self._writer))
        finally:
            writer.close()

    async def _plain(self, request: h11.Request, method: str, target: str) -> None:
        try:
            parts = urllib.parse.urlsplit(target)
            host, port = parts.hostname or "", 80 if parts.port is None else parts.port
        except ValueError:
            host, port = "", 0
        if not host or not port:
            await self._refuse(400, "The request names no host and port.")
            return
        if not self._rules.policy.allows_plain(method):
            words = f"{method} without TLS is not allowed; use https."
            self._rules.block(host, words)
            await self._refuse(403, words)
            return
        opened = await self._open(host, port)
        if opened is None:
            return
        reader, writer = opened
        try:
            path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
            lines = [f"{method} {path} HTTP/1.1".encode()]
            shown = f"[{host}]" if ":" in host else host
            lines.append(
                f"Host: {shown}{'' if port == 80 else f':{port}'}".encode()
            )  # not a host that was not asked for
            left_out = _HOP | {"host", "content-length"}  # no body is passed on
            lines += [name + b": " + value for name, value in request.headers if name.decode() not in left_out]
            writer.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
            await _pass(reader, self._writer)  # the answer says its own length, and is the last of this connection
        finally:
            writer.close()

    # ── to a model ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _model(self, request: h11.Request, method: str, target: str) -> None:
        name, _, rest = target.removeprefix(_MODEL).partition("/")
        service = self._rules.services.get(name.partition("?")[0])
        if service is None:
            await self._deny(404, "There is no such model.")
            return
        path, _, query = rest.partition("?")
        left_out = _HOP | {"host", "content-length", "accept-encoding"}
        shown = [(n.decode(), v.decode("latin-1")) for n, v in request.headers if n.decode() not in left_out]
        swapped = keys.swap(shown, query, service.keys)
        if swapped is None:
            await self._deny(401, "The request does not show this command's token.")
            return
        path = paths.plain(path)
        if not paths.allowed(service.provider.name, method, path):
            await self._deny(403, f"{method} /{urllib.parse.quote(path)} of {name} is not open to agents.")
            return
        if not self._rules.may_spend():
            await self._deny(403, "This command has used up what it may cost.")
            return
        body = await self._body(keep=True)
        if body is None:
            await self._refuse(413, "The request is too large.")
            return
        headers, query = swapped
        url = f"{service.url}/{path}{'?' if query else ''}{query}"
        await self._ask(service, method, url, headers=[*headers, ("Accept-Encoding", "identity")], body=body, path=path)

    async def _deny(self, status: int, words: str) -> None:
        """Answer by the head alone. The rest is read and dropped, so that a client that is still sending sees the answer."""
        waiting = self._http.they_are_waiting_for_100_continue
        await self._refuse(status, words)
        if not waiting:
            await self._body(keep=False)

    async def _body(self, *, keep: bool) -> bytes | None:
        """The whole of a request, or nothing of it but its end; None where it is too large."""
        parts, size = [], 0
        while True:
            event = await self._next()
            if isinstance(event, h11.Data):
                size += len(event.data)
                if size > _REQUEST_BYTES:
                    return None
                if keep:
                    parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return b"".join(parts)
            else:
                raise h11.RemoteProtocolError("the request ended early")

    async def _ask(
        self, service: Service, method: str, url: str, *, headers: list[tuple[str, str]], body: bytes, path: str
    ) -> None:
        wait = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_SILENT_SECONDS)
        try:
            answer = await self._rules.session().request(
                method, url, headers=headers, data=body or None, timeout=wait, allow_redirects=False
            )
        except (aiohttp.ClientError, TimeoutError, ValueError):
            await self._refuse(502, "The service of the model does not answer.")
            return
        async with answer:
            if answer.headers.get("Content-Encoding", "identity").strip().lower() not in _READ:
                await self._refuse(502, "The service of the model answers in a form that it was not asked for.")
                return
            mask = keys.Mask(service.keys)
            kept = [
                (n, mask.header(v))
                for n, v in answer.headers.items()
                if n.lower() not in _HOP | {"content-length", "content-encoding", "set-cookie"}
            ]
            await self._start(answer.status, kept)
            streamed = "event-stream" in answer.headers.get("Content-Type", "")
            meter = AnswerMeter(path=path, request=body, streamed=streamed) if answer.status < 300 else None
            told = 0.0
            try:
                async for chunk in answer.content.iter_any():
                    await self._send(h11.Data(data=mask.feed(chunk)))
                    if meter is not None:
                        meter.feed(chunk)
            except (aiohttp.ClientError, TimeoutError):
                self._writer.close()  # the program sees that the answer is not whole
                return
            finally:
                if meter is not None:  # also of an answer that the program did not wait for
                    told = meter.cost_usd()
                    self._rules.spent(told)
            await self._send(h11.Data(data=mask.end()))
            await self._send(h11.EndOfMessage())


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Everything from one side to the other, and that it has ended."""
    while True:
        async with asyncio.timeout(_SILENT_SECONDS):
            chunk = await reader.read(_CHUNK_BYTES)
        if not chunk:
            break
        writer.write(chunk)
        await writer.drain()
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()


async def _both(*ways: Awaitable[None]) -> None:
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.gather(*tasks)
    except (OSError, TimeoutError):
        return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
