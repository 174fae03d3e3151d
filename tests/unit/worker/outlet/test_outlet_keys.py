"""Where a token becomes the key, what is taken out of an answer, and what may be asked of a model's service."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator

import pytest

from hermes.worker.outlet import Outlet, Outlets, keys, paths
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.reaching import Reach

KEY = "sk-ant-api03-the-key-of-the-project"
KEYS = {"the-token": KEY}


@pytest.mark.parametrize(
    ("name", "value", "sent"),
    [
        ("x-api-key", "the-token", KEY),
        ("x-goog-api-key", "the-token", KEY),
        ("api-key", "the-token", KEY),
        ("authorization", "Bearer the-token", f"Bearer {KEY}"),
    ],
)
def test_a_token_becomes_the_key_where_services_look_for_it(name: str, value: str, sent: str) -> None:
    other = ("anthropic-beta", "the-token")
    assert keys.swap([(name, value), other], "a=the-token", KEYS) == ([(name, sent), other], "a=the-token")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("anthropic-beta", "the-token"),
        ("x-api-key", "the-token and more"),
        ("authorization", "Basic the-token"),
        ("authorization", "Bearer x the-token"),
    ],
)
def test_a_token_anywhere_else_is_no_token(name: str, value: str) -> None:
    assert keys.swap([(name, value)], "x=the-token&key=the-token1", KEYS) is None


def test_a_key_is_never_in_an_address() -> None:
    assert keys.swap([], "alt=sse&key=the%2Dtoken", KEYS) == ([("x-goog-api-key", KEY)], "alt=sse")


@pytest.mark.parametrize("size", [1, 5, 34, 1000])
def test_a_key_in_an_answer_is_the_token_again_however_it_is_cut(size: int) -> None:
    mask, text = keys.Mask(KEYS), f"sk-ant {KEY}{KEY} sk-ant-api03-{KEY} sk-ant-api03-the".encode()
    masked = b"".join(mask.feed(text[at : at + size]) for at in range(0, len(text), size)) + mask.end()
    assert masked == text.replace(KEY.encode(), b"the-token")
    assert mask.header(f"https://x/?key={KEY}") == "https://x/?key=the-token"


def test_an_answer_without_a_key_is_not_held_back() -> None:
    assert keys.Mask(KEYS).feed(b"data: {}\n\n") == b"data: {}\n\n"


class Elsewhere:
    """A service that repeats whatever it is sent, in a header too; and an outlet to it."""

    def __init__(self, port: int, outlet: Outlet) -> None:
        self.port = port
        self.token = outlet.variables["ANTHROPIC_API_KEY"]
        self.outlet = outlet
        assert outlet.access is not None
        self.login = base64.b64encode(
            outlet.access.variables["HTTP_PROXY"].partition("//")[2].partition("@")[0].encode()
        )

    async def ask(self, first: str, *headers: str, body: str | None = None) -> str:
        """The whole answer to a request; without a body, the request is its head only."""
        assert self.outlet.access is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", self.outlet.access.port)
        proxy = f"Proxy-Authorization: Basic {self.login.decode()}"
        length = "Content-Length: 50000" if body is None else f"Content-Length: {len(body)}"
        lines = [
            f"{first} HTTP/1.1",
            "Host: evil.example",
            proxy,
            "Connection: close",
            length,
            *headers,
            "",
            body or "",
        ]
        writer.write("\r\n".join(lines).encode())
        data = b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5 if body is not None else 1):
                while chunk := await reader.read(65536):
                    data += chunk
        writer.close()
        return data.decode()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    heads: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            heads.append(head := (await reader.readuntil(b"\r\n\r\n")).rstrip())
            first = head.split(b"\r\n")[0]
            writer.write(
                b"HTTP/1.1 200 OK\r\nX-Asked: %s %s\r\nConnection: close\r\n\r\n%s" % (first, KEY.encode(), head)
            )
            await writer.drain()
        writer.close()

    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outlets = Outlets(
        environ={"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{port}"},
        allowed=("ANTHROPIC_API_KEY",),
        policy=NetworkPolicy((f"good.example:{port}",)),
        reach=Reach(environ={}, resolve=here, public=lambda _address: True),
        own_network=False,
    )
    async with server, outlets.open() as outlet:
        yield Elsewhere(port, outlet)


async def test_a_service_that_repeats_everything_does_not_give_the_key_away(elsewhere: Elsewhere) -> None:
    token = elsewhere.token
    said = await elsewhere.ask(
        f"POST /model/anthropic/v1/messages?a={token}", f"X-Api-Key: {token}", f"Anthropic-Beta: {token}", body="{}"
    )
    assert said.startswith("HTTP/1.1 200")
    assert KEY not in said
    assert said.lower().count(token) == 5  # in the header and body: twice the address, and the three other places
    assert "401" in (await elsewhere.ask(f"GET /model/anthropic/v1/models/{token}", body=""))[:20]


@pytest.mark.parametrize(
    ("provider", "method", "path"),
    [
        ("anthropic", "POST", "v1/messages"),
        ("anthropic", "POST", "/v1/message%73/"),
        ("anthropic", "POST", "v1/messages/count_tokens"),
        ("anthropic", "GET", "v1/models/claude-opus-4-5"),
        ("openai", "POST", "chat/completions"),
        ("openai", "POST", "v1/responses"),
        ("openai", "POST", "responses/compact"),
        ("openai", "GET", "models"),
        ("openai", "POST", "embeddings"),
        ("gemini", "POST", "v1beta/models/gemini-2.5-pro:streamGenerateContent"),
        ("gemini", "POST", "v1beta/models/gemini-2.5-pro%3AcountTokens"),
        ("openrouter", "GET", "models/qwen/qwen3-coder:free"),
        ("deepseek", "POST", "beta/chat/completions"),
    ],
)
def test_what_agents_need_may_be_asked(provider: str, method: str, path: str) -> None:
    assert paths.allowed(provider, method, paths.plain(path))


@pytest.mark.parametrize(
    ("provider", "method", "path"),
    [
        ("anthropic", "POST", "v1/messages/batches"),
        ("anthropic", "POST", "v1/message%2573"),
        ("anthropic", "POST", "v1/models/../messages"),
        ("anthropic", "GET", "v1/models/.."),
        ("anthropic", "POST", "v1/Messages"),
        ("anthropic", "GET", "v1/files"),
        ("anthropic", "GET", "v1/models/a%3Fb"),
        ("openai", "POST", "files"),
        ("openai", "DELETE", "models/gpt-5"),
        ("openai", "POST", "images/generations"),
        ("gemini", "POST", "upload/v1beta/files"),
        ("gemini", "POST", "v1beta/models/x:batchGenerateContent"),
        ("gemini", "POST", ""),
    ],
)
def test_nothing_else_may_be_asked(provider: str, method: str, path: str) -> None:
    assert not paths.allowed(provider, method, paths.plain(path))


async def test_a_refusal_names_what_was_asked(elsewhere: Elsewhere) -> None:
    key = f"X-Api-Key: {elsewhere.token}"
    said = await elsewhere.ask("POST /model/anthropic/v1/messages/batches", key, body="{}")
    assert said.startswith("HTTP/1.1 403")
    assert "POST /v1/messages/batches of anthropic is not open" in said
    said = await elsewhere.ask("POST /model/anthropic/v1/message%73/", key, body="{}")
    assert "X-Asked: POST /v1/messages HTTP/1.1" in said
    assert elsewhere.outlet.spent_usd > 0


async def test_a_plain_request_is_for_the_host_that_it_names(elsewhere: Elsewhere) -> None:
    said = await elsewhere.ask(f"GET http://good.example:{elsewhere.port}/x", body="")
    assert f"Host: good.example:{elsewhere.port}\r\n" in said
    assert "evil.example" not in said


@pytest.mark.parametrize("address", ["good.example:99999999", "good.example:x", "good.example:0", "[good.example", ""])
async def test_an_address_that_is_none_is_refused_with_words(elsewhere: Elsewhere, address: str) -> None:
    assert (await elsewhere.ask(f"GET http://{address}/", body="")).startswith("HTTP/1.1 400")


@pytest.mark.parametrize(
    ("first", "status"),
    [("POST /model/other/v1/messages", 404), ("POST /model/anthropic/v1/messages", 401)],
)
async def test_a_request_is_refused_by_its_head(elsewhere: Elsewhere, first: str, status: int) -> None:
    assert (await elsewhere.ask(first, "X-Api-Key: sk-guessed")).startswith(f"HTTP/1.1 {status}")
    assert (await elsewhere.ask(first, "X-Api-Key: sk-guessed", body="x" * 900_000)).startswith(f"HTTP/1.1 {status}")


async def test_a_path_that_is_not_open_is_refused_by_its_head(elsewhere: Elsewhere) -> None:
    said = await elsewhere.ask("POST /model/anthropic/v1/files", f"X-Api-Key: {elsewhere.token}")
    assert said.startswith("HTTP/1.1 403")
