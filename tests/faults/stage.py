"""Gateways whose decisions are played step by step over one emulator: real records and transactions, clocks that disagree, no processes."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable
from typing import Any

from hermes import ids
from hermes.app import gateway as composition
from hermes.app.gateway import Gateway
from hermes.aws import items
from hermes.aws.clients import Clients
from hermes.config import loading as config
from hermes.domain.containers import LaunchRequest, QueueSet
from hermes.domain.effects import Begin, Effects, StopSession
from hermes.domain.mails import MailRecord
from hermes.domain.pointer import Pointer
from hermes.domain.replies import Reply
from hermes.domain.sessions import Session
from hermes.launch.fake import FakeLauncher
from tests import direct, env

SITE = "site@agent.example.com"
#: Commands that a person may have open.
OPEN = 2
#: How wrong the clocks of the gateways are, in seconds: ten minutes either way.
SKEWS = (0.0, 600.0, -600.0, 45.0)
_START = 1_800_000_000.0


class Owed:
    """Follow-ups that are not carried out: what a transaction owes is carried out by a later step, by a sweep, or died with its process."""

    def __init__(self) -> None:
        self.stops: list[tuple[Session, str]] = []

    def start(self, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, Begin):
                self.stops.append((effect.session, effect.command.command_id))
            elif isinstance(effect, StopSession):
                self.stops.append((effect.session, effect.by))


class Unheard:
    """Queues from which nobody receives: what a message would do is a step of its own."""

    async def send(self, url: str, body: str, **_: Any) -> str:
        return "sent"

    async def receive(self, url: str, **_: Any) -> list[Any]:
        return []

    async def attributes(self, url: str) -> dict[str, str]:
        return {}


class Stage:
    """Several gateways over one deployment; each schedule has a person, and so a container key, of its own."""

    def __init__(self, *, records: composition.Records, clients: Clients) -> None:
        self.records = records
        self.owed = Owed()
        self.mails = direct.Memory()
        self.queues = Unheard()
        self.ahead = 0.0
        self.gateways: list[Gateway] = []
        self.person = ""
        self._clients = clients
        self._people = 0

    async def open(self, conf: config.Config) -> None:
        """Build the gateways."""
        seams: Any = composition  # the launcher that the configuration would name
        launcher = seams.launcher
        for skew in SKEWS:
            clock = functools.partial(self._at, skew)
            seams.launcher = lambda config, clients, **_: FakeLauncher()
            made = await composition.build(conf, self._clients, env=env.quiet(now=clock, clock=clock))
            made.processor._follow_ups = self.owed
            made.processor._objects = self.mails
            for part in (made.executor._dispatcher, made.executor._interrupter, made.executor._concluder):
                unheard: Any = part
                unheard._queues = self.queues
            made.poller._queues = self.queues  # type: ignore[assignment]
            made.executor._tasks.start = _not_started  # type: ignore[method-assign]
            made.executor._outbox.submit = _unsent  # type: ignore[method-assign]
            made.pending.each_key(lambda key: None)
            self.gateways.append(made)
        seams.launcher = launcher

    def _at(self, skew: float) -> float:
        return self.now() + skew

    def now(self) -> float:
        """The true time: the schedule moves it."""
        return _START + self.ahead

    async def enter(self) -> None:
        """A new person, whose container is ready and stays so."""
        self._people += 1
        self.ahead = 0.0
        self.person = f"p{self._people}@people.test"
        self.owed.stops.clear()
        self.mails.forget()
        direct.forget()
        key = ids.container_key("acme", "site", self.person)
        url = self.records.places.unclaimed
        queue_set = QueueSet(
            container_key=key, input_url=url, interrupts_url=url, output_url=url, created_at=1.0, last_used_at=1.0
        )
        for gateway in self.gateways:
            gateway.manager.queue_sets._known = {key: queue_set}
        request = LaunchRequest(container_key=key, gen=1, token=ids.new_id(), environment={})
        forever = self.now() + 10**9
        await self.records.containers.begin_launch(None, request=request, owner="t", now=forever, lease=1.0)
        await self.records.containers.register_ready(key, gen=1, task_arn="t", now=forever)

    async def letter(self, text: str, *, answers: str | None) -> tuple[str, Pointer]:
        """A mail whose raw bytes lie in S3: its Message-ID and its pointer."""
        message_id = f"<{ids.new_id()}@people.test>"
        lines = [
            f"Message-ID: {message_id}",
            f"From: {self.person}",
            f"To: {SITE}",
            "Subject: The site",
            *([f"In-Reply-To: {answers}"] if answers else []),
        ]
        pointer = Pointer(
            key=f"mails/{ids.new_id()}.eml",
            recipient=SITE,
            sender=self.person,
            ingress="smtp",
            received_at=self.now(),
            trusted=True,
        )
        await self.mails.put(pointer.key, "\r\n".join([*lines, "", text, ""]).encode())
        return message_id, pointer

    async def slots(self) -> float:
        """How many commands of this person are counted as open."""
        row = await self.records.tables.get(self.records.usage.table, {"usage_id": f"owner {self.person} open"})
        return float(items.plain(row["used"])) if row else 0.0

    async def handle(self, gateway: int, pointer: Pointer, order: float) -> MailRecord:
        """One gateway's handling of a pointer."""
        return await self.gateways[gateway].processor.handle(pointer, order=order)


def _unsent(reply: Reply) -> None:
    """What would be mailed is left in the outbox."""


def _not_started(name: str, work: Awaitable[object]) -> Any:
    """What would be sent at once is left to the schedule."""
    if asyncio.iscoroutine(work):
        work.close()


def settings(prefix: str, endpoint_url: str, **project: Any) -> config.Config:
    """One project whose senders are believed."""
    given: dict[str, Any] = {
        "prefix": prefix,
        "aws": {"endpoint_url": endpoint_url, "bucket": f"b-{prefix}", "access_key": "test", "secret_key": "test"},
        "smtp_ingress": {"enabled": True, "port": 0, "trust_loopback": True},
        "shares": {"owner": {"open_commands": OPEN}},
        "projects": [
            {
                "client": "acme",
                "project": "site",
                "repository": "https://git.example.com/site.git",
                "addresses": [SITE],
                "owners": ["@people.test"],
                "agent": {"kind": "patch"},
                **project,
            }
        ],
    }
    return config.parse(given)
