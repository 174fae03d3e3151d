"""A deployment with real workers, which a gateway of its own starts as processes, and a real agent that waits to be stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from hermes import ids
from hermes.local import project
from tests.bench.ground import SITE, Ground
from tests.bench.people import Letter, People
from tests.bench.processes import agent, child

#: When a stop gets firmer, in seconds from its beginning; for an agent without a way of its own the first step comes at once.
STOP_SCHEDULE = {"interrupt": 0.5, "term": 1.0, "kill": 1.5}
_SECONDS = 60.0


class Real:
    """What the people write, and what the agents say."""

    def __init__(self, *, people: People, gateway: child.Child) -> None:
        self.people = people
        self._said: dict[tuple[str, str], asyncio.Future[dict[str, Any]]] = {}
        gateway.on_event = self._on_event

    async def ask(self, person: str, words: str, *, answers: Letter | None = None) -> Letter:
        """A letter, sent."""
        letter = await self.people.write(person, words, answers=answers.message_id if answers else None)
        await self.people.post(letter)
        return letter

    async def said(self, what: str, letter: Letter) -> dict[str, Any]:
        """What was said about a letter: `begun` and `heard` by its agent, `committed` by the gateway where it interrupted another."""
        async with asyncio.timeout(_SECONDS):
            return await self._future(what, letter.words if what != "committed" else _mail_id(letter))

    def take(self, datagram: bytes) -> None:
        """What an agent said."""
        said = json.loads(datagram)
        self._set(said["said"], said["words"], said)

    def _on_event(self, said: dict[str, Any]) -> None:
        self._set(said["event"], said["mail"], said)

    def _set(self, what: str, which: str, said: dict[str, Any]) -> None:
        future = self._future(what, which)
        if not future.done():
            future.set_result(said)

    def _future(self, what: str, which: str) -> asyncio.Future[dict[str, Any]]:
        return self._said.setdefault((what, which), asyncio.get_running_loop().create_future())


class _Listener(asyncio.DatagramProtocol):
    real: Real | None = None

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self.real is not None:
            self.real.take(data)


@contextlib.asynccontextmanager
async def real(ground: Ground) -> AsyncIterator[Real]:
    """Gateway, project and agent; a person's worker is started by their first letter."""
    repository = ground.folder / "project.git"
    await asyncio.to_thread(project.create, repository)
    loop = asyncio.get_running_loop()
    transport, listener = await loop.create_datagram_endpoint(_Listener, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    given = ground.settings("real")
    given["projects"][0] |= {
        "repository": str(repository),
        "agent": {"kind": "command", "argv": [sys.executable, "-IS", str(Path(agent.__file__)), str(port)]},
        "sandbox": "off",  # the agent tells the bench over loopback
    }
    records = await ground.records(given)
    log = ground.folder / "real.log"
    try:
        async with child.start("gateway", log, config=given, stop_schedule=STOP_SCHEDULE) as gateway:
            people = People(records=records, sink=ground.sink, persons=["anna@people.test"], site=SITE)
            listener.real = Real(people=people, gateway=gateway)
            yield listener.real
    finally:
        transport.close()


def _mail_id(letter: Letter) -> str:
    return ids.mail_id("acme/site", letter.message_id, b"")
