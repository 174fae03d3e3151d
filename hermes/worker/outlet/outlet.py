"""The outlet of one command: listens where its programs can connect to, and remembers what was blocked and what was spent.

In namespaces a program has a network of its own with nothing in it: its first process opens the listening socket there and hands it over,
so that nobody else can connect and nothing has to run inside. Elsewhere it listens on loopback and wants a login.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from hermes.process.walls import NetworkAccess
from hermes.worker.outlet import providers
from hermes.worker.outlet.exchange import Exchange, Rules
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.reaching import Reach

#: Connections of one command at a time; a package manager opens some dozens.
_CONNECTIONS: Final = 256
#: Hosts that a result names; an agent chooses them, and a sentence is no name.
_BLOCKED: Final = 10
_NAME: Final = re.compile(r"[a-z0-9.:_-]{1,253}\Z")
#: The port inside a network of its own.
_INSIDE: Final = 3128
_LOCAL: Final = "localhost,127.0.0.1,::1"


class Outlet:
    """Of one command; `Outlets.open` makes it."""

    def __init__(
        self, *, rules: Callable[[Outlet, str | None], Rules], limit: float | None, over: Callable[[float], None]
    ) -> None:
        """`over` is told once what was spent when that is more than `limit`, in US dollars."""
        self.blocked: list[str] = []
        """The hosts that its programs wanted to reach and must not, in the order of the first try."""
        self.spent_usd = 0.0
        """What its models' answers cost."""
        self.access: NetworkAccess | None = None
        """How its programs get here."""
        self.variables: Mapping[str, str] = {}
        """Of its agent: tokens in place of keys, and the addresses of the models."""
        self._rules = rules
        self._limit = limit
        self._over = over
        self._login: str | None = None
        self._servers: list[asyncio.Server] = []
        self._doors: list[socket.socket] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_CONNECTIONS)

    async def begin(self, stand: providers.Stand, *, own_network: bool) -> None:
        """Listen, or be ready to be handed what to listen on."""
        if own_network:
            port, login = _INSIDE, ""
        else:
            self._login = f"agent:{secrets.token_hex(16)}"
            server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
            self._servers.append(server)
            port, login = server.sockets[0].getsockname()[1], f"{self._login}@"
        self.variables = {name: value.replace("{port}", str(port)) for name, value in stand.variables.items()}
        proxy = f"http://{login}127.0.0.1:{port}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        variables = {one: proxy for name in names for one in (name, name.lower())}
        variables |= {"NO_PROXY": _LOCAL, "no_proxy": _LOCAL, "NODE_USE_ENV_PROXY": "1"}
        self.access = NetworkAccess(variables=variables, port=port, door=self._door if own_network else None)

    def _door(self) -> socket.socket:
        """The end of a pair on which a program's first process hands its listening socket over."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._doors.append(ours)
        asyncio.get_running_loop().add_reader(ours, self._handed_over, ours)
        return theirs

    def _handed_over(self, door: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(door)
        listening = None
        with contextlib.suppress(OSError):
            _, handles, _, _ = socket.recv_fds(door, 1, 1)
            if handles:
                listening = socket.socket(fileno=handles[0])
        if listening is not None:
            task = asyncio.ensure_future(self._serve(listening))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._doors.remove(door)
        door.close()

    async def _serve(self, listening: socket.socket) -> None:
        self._servers.append(await asyncio.start_server(self._connected, sock=listening))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            async with self._room:
                await Exchange(reader, writer, self._rules(self, self._login)).serve()
        except (TimeoutError, asyncio.CancelledError):
            return
        finally:
            self._tasks.discard(task)
            writer.close()

    def block(self, host: str, _words: str) -> None:
        """Remember a host that was refused."""
        name = host.lower()
        if _NAME.match(name) and name not in self.blocked and len(self.blocked) < _BLOCKED:
            self.blocked.append(name)

    def spend(self, dollars: float) -> None:
        """Add what an answer cost."""
        before, self.spent_usd = self.spent_usd, self.spent_usd + dollars
        if self._limit is not None and before <= self._limit < self.spent_usd:
            self._over(self.spent_usd)

    def may_spend(self) -> bool:
        """Whether there is anything left of what the command may cost."""
        return self._limit is None or self.spent_usd < self._limit

    async def end(self) -> None:
        """Close everything; the tokens open nothing from here on."""
        for door in self._doors:
            asyncio.get_running_loop().remove_reader(door)
            door.close()
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """What the outlets of a project's commands have in common."""

    environ: Mapping[str, str]
    """The worker's environment, which holds the keys."""
    allowed: tuple[str, ...]
    """Variables that the project's agent may have."""
    policy: NetworkPolicy
    reach: Reach
    own_network: bool
    """Whether programs run in a network of their own."""

    @contextlib.asynccontextmanager
    async def open(
        self, *, limit: float | None = None, over: Callable[[float], None] = lambda _spent: None
    ) -> AsyncIterator[Outlet]:
        """An outlet for one command, which may spend `limit` US dollars on models."""
        stand = providers.stand_in(self.environ, self.allowed)
        async with aiohttp.ClientSession(trust_env=True, auto_decompress=True) as session:

            def rules(outlet: Outlet, login: str | None) -> Rules:
                return Rules(
                    policy=self.policy,
                    reach=self.reach,
                    services=stand.services,
                    session=lambda: session,
                    login=login,
                    block=outlet.block,
                    may_spend=outlet.may_spend,
                    spent=outlet.spend,
                )

            outlet = Outlet(rules=rules, limit=limit, over=over)
            try:
                await outlet.begin(stand, own_network=self.own_network)
                yield outlet
            finally:
                await outlet.end()
