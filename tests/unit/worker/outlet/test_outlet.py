"""A program inside its walls and the way that it has to the network, at each level that the machine has."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hermes.process import environment
from hermes.process.framing import Line
from hermes.process.process import Process, Spec, StopSchedule
from hermes.process.walls import MachineWalls, Sandbox, WallLevel
from hermes.worker.outlet import Outlet, Outlets
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.reaching import Reach
from tests import walled
from tests.agents.model_server import ModelServer, Say
from tests.marks import mark

KEY = "sk-ant-api03-the-key-of-the-project"


@pytest.fixture(params=walled.LEVELS)
def machine(request: pytest.FixtureRequest) -> MachineWalls:
    return walled.at(request.param)


@pytest.fixture
async def elsewhere() -> AsyncIterator[int]:
    """A server of the internet, which says what it was asked."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            body = head.split(b"\r\n")[0]
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


class Inside:
    """Runs scripts of Python inside."""

    def __init__(self, folder: Path, machine: MachineWalls, environ: dict[str, str], port: int) -> None:
        self.folder = folder
        (folder / "tree").mkdir()
        (folder / "home").mkdir()
        self.sandbox = Sandbox(machine=machine)
        self.environ = environ
        self.port = port
        self.allowed = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")
        self.spent: list[float] = []

    def outlets(self) -> Outlets:
        async def resolve(host: str, _port: int) -> list[str]:
            traps = {"inside.example": ["10.0.0.7"], "mixed.example": ["127.0.0.1", "10.0.0.7"]}
            return [host] if host[0].isdigit() else traps.get(host, ["127.0.0.1"])

        names = ("good.example", "inside.example", "mixed.example", "169.254.169.254", "127.0.0.1")
        return Outlets(
            environ=self.environ,
            allowed=self.allowed,
            policy=NetworkPolicy(tuple(f"{name}:{self.port}" for name in names)),
            reach=Reach(environ={}, resolve=resolve, public=lambda address: address == "127.0.0.1"),
            own_network=self.sandbox.level is WallLevel.NAMESPACES,
        )

    async def run(self, script: str, *, limit: float | None = None) -> tuple[list[str], Outlet]:
        said: list[str] = []

        async def keep(_stream: str, line: Line) -> None:
            said.append(line.text)

        name = mark(self.folder)
        async with self.outlets().open(limit=limit, over=self.spent.append) as outlet:
            env = environment.reduced(os.environ, home=self.folder / "home", mark=name, extra=outlet.variables)
            walls = self.sandbox.around(self.folder / "tree", access=outlet.access)
            argv = (sys.executable, "-I", "-c", textwrap.dedent(PRELUDE) + textwrap.dedent(script))
            spec = Spec(argv=argv, cwd=self.folder / "tree", env=env, mark=name, walls=walls)
            await Process(spec=spec, stop_schedule=StopSchedule(), on_line=keep).run()
            return said, outlet


PRELUDE = """
import http.client, json, os, socket, urllib.error, urllib.parse, urllib.request
PROXY = urllib.parse.urlsplit(os.environ["HTTPS_PROXY"])

def tunnel(host, port):
    link = http.client.HTTPConnection(PROXY.hostname, PROXY.port, timeout=60)
    import base64
    login = base64.b64encode(f"{PROXY.username}:{PROXY.password}".encode()).decode()
    link.set_tunnel(host, port, headers={"Proxy-Authorization": f"Basic {login}"})
    try:
        link.request("POST", "/through", body=b"")
        return link.getresponse().read().decode()
    except OSError as error:
        return str(error)

def plain(method, url):
    try:
        request = urllib.request.Request(url, method=method, data=b"x" if method == "POST" else None)
        return urllib.request.urlopen(request, timeout=60).read().decode()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode().strip()}"

def model(token, path="/v1/messages"):
    body = json.dumps({"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "[[go]]"}]}).encode()
    headers = {"x-api-key": token, "content-type": "application/json"}
    request = urllib.request.Request(os.environ["ANTHROPIC_BASE_URL"] + path, data=body, headers=headers)
    try:
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60).read().decode()
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.read().decode().strip()}"
"""


@pytest.fixture
def inside(tmp_path: Path, machine: MachineWalls, elsewhere: int) -> Inside:
    return Inside(tmp_path, machine, {}, elsewhere)


async def test_an_allowed_host_is_reached_by_a_tunnel_and_plainly(inside: Inside) -> None:
    said, outlet = await inside.run(
        f"print(tunnel('good.example', {inside.port})); print(plain('GET', 'http://good.example:{inside.port}/page?a=1'))"
    )
    assert said == ["POST /through HTTP/1.1", "GET /page?a=1 HTTP/1.1"]
    assert outlet.blocked == []


async def test_everything_else_is_refused_and_remembered(inside: Inside) -> None:
    port = inside.port
    said, outlet = await inside.run(f"""
        for host in ("paste.example", "inside.example", "mixed.example", "169.254.169.254"):
            print(tunnel(host, {port}))
        print(tunnel("good.example", 22))
        print(plain("POST", "http://good.example:{port}/form"))
    """)
    assert len(said) == 6
    assert all("403" in line for line in said), said
    assert "GET without TLS" not in said[-1]
    assert outlet.blocked == ["paste.example", "inside.example", "mixed.example", "169.254.169.254", "good.example"]


async def test_there_is_no_way_beside_the_proxy(inside: Inside) -> None:
    said, _ = await inside.run(f"""
        def tries(*ways):
            for family, kind, protocol, address in ways:
                try:
                    with socket.socket(family, kind, protocol) as link:
                        link.settimeout(3)
                        link.connect(address)
                        link.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
                        print("OUT", link.recv(9))
                except OSError as error:
                    print("held")
        here = ("127.0.0.1", {inside.port})
        tries(
            (socket.AF_INET, socket.SOCK_STREAM, 0, here),
            (socket.AF_INET, socket.SOCK_STREAM, 262, here),
            (socket.AF_INET6, socket.SOCK_STREAM, 0, ("::ffff:127.0.0.1", {inside.port})),
            (socket.AF_INET, socket.SOCK_DGRAM, 0, ("127.0.0.1", 53)),
            (socket.AF_INET, socket.SOCK_RAW, 1, ("127.0.0.1", 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 0, ("169.254.169.254", 80)),
        )
        try:
            with socket.socket() as link:
                link.settimeout(3)
                link.sendto(b"GET / HTTP/1.0\\r\\n\\r\\n", 0x20000000, here)
                print("OUT", link.recv(9))
        except OSError:
            print("held")
        try:
            socket.getaddrinfo("example.org", 443)
            print("OUT")
        except OSError:
            print("held")
    """)
    assert said == ["held"] * 8


async def test_the_model_is_asked_with_the_key_that_the_program_has_not(
    tmp_path: Path, machine: MachineWalls, elsewhere: int
) -> None:
    with ModelServer({"go": [[Say("Hello.")]]}) as server:
        inside = Inside(tmp_path, machine, {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url}, elsewhere)
        said, outlet = await inside.run("""
            print(model(os.environ["ANTHROPIC_API_KEY"])); print(model("sk-ant-another")); print(json.dumps(dict(os.environ)))
        """)
        assert json.loads(said[0])["content"][0]["text"] == "Hello."
        assert said[1].startswith("401")
        assert KEY not in said[2]
        assert [request.key for request in server.requests] == [KEY]
    assert outlet.spent_usd == pytest.approx((12 * 3 + 7 * 15) / 1e6)


async def test_a_command_that_has_used_up_its_money_asks_no_more(
    tmp_path: Path, machine: MachineWalls, elsewhere: int
) -> None:
    with ModelServer({"go": [[Say("Hello.")]]}) as server:
        inside = Inside(tmp_path, machine, {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.url}, elsewhere)
        said, _ = await inside.run("for _ in range(3): print(model(os.environ['ANTHROPIC_API_KEY'])[:3])", limit=0.0002)
        assert said == ['{"i', '{"i', "403"]
        assert len(server.requests) == 2
    assert len(inside.spent) == 1


async def test_a_token_opens_nothing_after_its_command(tmp_path: Path, elsewhere: int) -> None:
    outlets = Outlets(
        environ={"ANTHROPIC_API_KEY": KEY},
        allowed=("ANTHROPIC_API_KEY",),
        policy=NetworkPolicy(()),
        reach=Reach(environ={}),
        own_network=False,
    )
    async with outlets.open() as outlet:
        assert outlet.access is not None
        port = outlet.access.port
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
    with pytest.raises(OSError):
        await asyncio.open_connection("127.0.0.1", port)
    async with outlets.open() as again:
        assert again.variables["ANTHROPIC_API_KEY"] != outlet.variables["ANTHROPIC_API_KEY"]


async def test_another_program_of_the_machine_cannot_use_the_proxy_of_a_command(elsewhere: int) -> None:
    outlets = Outlets(
        environ={},
        allowed=(),
        policy=NetworkPolicy((f"good.example:{elsewhere}",)),
        reach=Reach(environ={}, resolve=_here, public=lambda _address: True),
        own_network=False,
    )
    async with outlets.open() as outlet:
        assert outlet.access is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", outlet.access.port)
        writer.write(f"CONNECT good.example:{elsewhere} HTTP/1.1\r\nHost: good.example\r\n\r\n".encode())
        assert b"407" in await reader.readline()
        writer.close()


async def _here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]
