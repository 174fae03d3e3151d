"""A deployment with gateways that the test drives step by step: its own clock, a fake launcher, played workers, a real mail server."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from hermes import errors, ids
from hermes.app import gateway as composition
from hermes.app.gateway import Gateway
from hermes.config import loading as config
from hermes.domain.commands import Command, CommandState
from hermes.domain.effects import Effects
from hermes.domain.events import Event
from hermes.domain.mails import MailRecord
from hermes.domain.pointer import Pointer
from hermes.domain.replies import Reply, ReplyState
from hermes.launch.fake import FakeLauncher
from tests import env
from tests.eventually import eventually
from tests.integration.gateway.postbox import Postbox
from tests.integration.gateway.scripted_worker import ScriptedWorker
from tests.integration.stand import Stand

ANNA, BOB, EVE = "anna@example.org", "bob@acme.example", "eve@evil.example"
SITE, SHOP = "site@agent.example.com", "shop@agent.example.com"


class Clock:
    """The gateways' and workers' time: real, and moved forward by the test."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        return time.time() + self.ahead

    def advance(self, seconds: float) -> None:
        self.ahead += seconds


@dataclasses.dataclass
class Off:
    """What one machine's time of day is off by, in seconds; its steady clock is right."""

    seconds: float = 0.0


class Dropped:
    """Follow-ups that are not carried out: the process died right after its transaction."""

    def start(self, effects: Effects) -> None: ...


@dataclasses.dataclass
class Letter:
    """A mail to be handled."""

    message_id: str
    raw: bytes
    pointer: Pointer


class Play:
    """The stage."""

    def __init__(self, *, stand: Stand, launcher: FakeLauncher, postbox: Postbox, clock: Clock) -> None:
        self.stand = stand
        self.launcher = launcher
        self.postbox = postbox
        self.clock = clock
        self.sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
        """How gateways pause."""
        self.events: list[Event] = []
        self.gateways: list[Gateway] = []
        self._order = 1000.0
        self._serving: dict[int, tuple[asyncio.Event, asyncio.Task[None]]] = {}

    # ── gateways ───────────────────────────────────────────────────────────────────────────────────────────────────

    def config(self, **changes: Any) -> config.Config:
        project = {
            "client": "acme",
            "project": "site",
            "repository": "https://git.example.com/site.git",
            "addresses": [SITE, "www@agent.example.com"],
            "owners": [ANNA, "@acme.example"],
            "agent": {"kind": "patch"},
            **changes.pop("project", {}),
        }
        shop = {**project, "project": "shop", "addresses": [SHOP]}
        given: dict[str, Any] = {
            **self.stand.config,
            "smtp_ingress": {"enabled": True, "port": 0, "trust_loopback": True},
            "mail": {"rate_limit": False, "smtp": {"port": self.postbox.port, "security": "none"}},
            # On a busy machine any test may take longer than an acknowledgement waits for.
            "timing": {"poll": 1, "sweep": 0.3, "acknowledge": 0},
            "gateway": {"collect_seconds": 0},
            "projects": [project, shop],
        }
        for name, value in changes.items():
            given[name] = {**given.get(name, {}), **value} if isinstance(value, dict) else value
        return config.parse(given)

    async def gateway(self, **changes: Any) -> Gateway:
        """A gateway whose parts are driven by hand; `off` is an `Off` for its time of day, the rest is configuration."""
        off: Off | None = changes.pop("off", None)
        around = env.quiet(
            now=lambda: self.clock.time() + (off.seconds if off else 0.0),
            clock=self.clock.time,
            sleep=lambda seconds: self.sleep(seconds),
            emit=self.events.append,
        )
        made = await composition.build(self.config(**changes), self.stand.clients, env=around)
        self.gateways.append(made)
        return made

    def start(self, gateway: Gateway) -> None:
        """Let a gateway run as a service."""
        stop = asyncio.Event()
        self._serving[id(gateway)] = (stop, asyncio.create_task(gateway.service.run(stop)))

    async def stop(self, gateway: Gateway) -> None:
        """SIGTERM: the service ends in order."""
        stop, running = self._serving.pop(id(gateway))
        stop.set()
        async with asyncio.timeout(60):
            await running

    @contextlib.asynccontextmanager
    async def serving(self, *, start: bool = True, **changes: Any) -> AsyncIterator[Gateway]:
        """A gateway that runs as a service, stopped in order at the end."""
        made = await self.gateway(**changes)
        if start:
            self.start(made)
        try:
            yield made
        finally:
            if id(made) in self._serving:
                await self.stop(made)

    def outage(self) -> errors.Transient:
        """What a mail meets while a service is away."""
        return errors.NameServersDown()

    async def close(self) -> None:
        for gateway in self.gateways:
            # Nobody waits for what a cancelled poll would strand: the queues are the test's own.
            polls = list(gateway.poller._loops.values())
            for poll in polls:
                poll.cancel()
            await asyncio.gather(*polls, return_exceptions=True)
            await self.kill(gateway)

    async def kill(self, gateway: Gateway) -> None:
        """End what a gateway has under way, without mercy but for its polls."""
        await gateway.poller.close()
        await gateway.service._tasks.close(0)
        await gateway.service._outbox.close(0)

    # ── mails ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def letter(
        self,
        text: str,
        *,
        sender: str = ANNA,
        to: str = SITE,
        answers: str | None = None,
        references: Sequence[str] = (),
        message_id: str | None = None,
        subject: str = "The site",
        headers: Sequence[str] = (),
        trusted: bool = True,
        raw: bytes | None = None,
    ) -> Letter:
        """A mail whose raw bytes lie in S3."""
        message_id = message_id or f"<{ids.new_id()}@example.org>"
        lines = [
            f"Message-ID: {message_id}",
            "Date: Fri, 20 Nov 2026 10:00:00 +0000",
            f"From: {sender}",
            f"To: {to}",
            f"Subject: {subject}",
            *([f"In-Reply-To: {answers}"] if answers else []),
            *([f"References: {' '.join(references)}"] if references else []),
            *headers,
        ]
        raw = raw or ("\r\n".join([*lines, "", text, ""])).encode()
        pointer = Pointer(
            key=f"mails/{ids.new_id()}.eml",
            recipient=to,
            sender=sender,
            ingress="smtp",
            received_at=self.clock.time(),
            trusted=trusted,
        )
        await self.stand.objects.put(pointer.key, raw)
        return Letter(message_id, raw, pointer)

    def order(self) -> float:
        """The next place in ingress order."""
        self._order += 1.0
        return self._order

    async def mail(
        self, gateway: Gateway, text: str, *, order: float | None = None, **facts: Any
    ) -> tuple[str, MailRecord]:
        """A mail that this gateway handles now: its Message-ID and its outcome."""
        letter = await self.letter(text, **facts)
        record = await gateway.processor.handle(letter.pointer, order=order or self.order())
        return letter.message_id, record

    # ── what stands ────────────────────────────────────────────────────────────────────────────────────────────────

    async def command(self, record: MailRecord) -> Command:
        assert record.command_id is not None, record
        found = await self.stand.commands.get(record.command_id)
        assert found is not None
        return found

    async def state(self, record: MailRecord, *states: CommandState, seconds: float = 20) -> Command:
        """The command of a mail once it is in one of these states."""

        async def there() -> Command | None:
            command = await self.command(record)
            return command if command.state in states else None

        found: Command = await eventually(there, seconds=seconds)
        return found

    async def ended(self, record: MailRecord, seconds: float = 20) -> Command:
        """The command of a mail once it is terminal."""
        return await self.state(record, *(s for s in CommandState if s.terminal), seconds=seconds)

    async def replies(self, record: MailRecord) -> list[Reply]:
        """The rows of the outbox that belong to a mail."""
        return [row for row in await self.stand.outbox.all() if row.mail_id == record.mail_id]

    async def sent(self, record: MailRecord, kind: str | None = None) -> Reply:
        """The reply to a mail once it was sent; there is one of this kind."""

        async def there() -> Reply | None:
            rows = [r for r in await self.replies(record) if kind is None or r.kind == kind]
            return rows[0] if rows and rows[0].state is ReplyState.SENT else None

        found: Reply = await eventually(there, seconds=20)
        return found

    async def worker(self, number: int = -1, *, off: Off | None = None) -> ScriptedWorker:
        """The worker of a launch, ready; `off` is what its time of day is off by."""
        wanted = number + 1 if number >= 0 else 1

        async def launched() -> bool:
            return len(self.launcher.requests) >= wanted

        await eventually(launched, seconds=20)
        request = self.launcher.requests[number]
        now = self.clock.time
        day = now if off is None else lambda: now() + off.seconds
        return await ScriptedWorker(stand=self.stand, request=request, now=day).ready()

    def named(self, name: str) -> list[Event]:
        """The events of a name."""
        return [event for event in self.events if event.name == name]

    async def event(self, name: str, *, seconds: float = 20) -> Event:
        """The first event of a name, once it was said."""

        async def said() -> Event | None:
            return next(iter(self.named(name)), None)

        found: Event = await eventually(said, seconds=seconds)
        return found
