"""Days of a gateway before a scripted mail server, in simulated time: the real outbox and mailer, the emulator's tables in memory."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import time
import types
from collections.abc import AsyncIterator
from typing import Any

from hermes import ids, limits
from hermes.aws import schema
from hermes.aws.records.commands import Commands
from hermes.aws.records.outbox import OutboxRecords
from hermes.aws.records.sending_counts import SendingCounts
from hermes.aws.records.sessions import Sessions
from hermes.aws.resource_names import ResourceNames
from hermes.aws.tables import Tables
from hermes.config import loading as config
from hermes.domain.decisions.people import People
from hermes.domain.events import Event
from hermes.domain.replies import Reply, ReplyState
from hermes.gateway.replies.mailer import SmtpMailer
from hermes.gateway.replies.outbox import Outbox
from hermes.gateway.replies.reply_rate_limiter import ReplyRateLimiter
from hermes.gateway.replies.sending_allowance import SendingAllowance
from tests import env
from tests.direct import DirectDynamo
from tests.integration.smtp_script import ScriptedServer, playing

_START = 1_800_000_000.0
LEASE_SECONDS = 120.0


class Days:
    """Some replicas, each with its own outbox and connections; one clock, which the test moves."""

    def __init__(self, server: ScriptedServer, *, records: Any) -> None:
        self.server = server
        self.records = records
        self.outbox: OutboxRecords = records.outbox
        self.replicas: list[Outbox] = []
        self.events: list[Event] = []
        self.now = _START
        self.tries: dict[str, list[float]] = collections.defaultdict(list)
        """Reply → when it was taken up."""

    def replica(
        self,
        *,
        seconds: float = 30.0,
        lease: float = LEASE_SECONDS,
        real: bool = False,
        senders: int = limits.SENDERS,
        **smtp: Any,
    ) -> Outbox:
        """One more; no step of its dialogues takes longer than `seconds`. A `real` one lives by the real clock."""
        given = {"host": "127.0.0.1", "port": self.server.port, "security": "none", **smtp}
        settings = config.Smtp(**given)
        clock = time.time if real else lambda: self.now
        around = env.quiet(now=clock, clock=clock, emit=self.events.append)
        made = Outbox(
            stores=self.records,
            mailer=SmtpMailer(settings=settings, hostname="hermes.test", seconds=seconds, env=around),
            rate_limiter=ReplyRateLimiter(records=self.outbox, people=People(), enabled=False, env=around),
            allowance=SendingAllowance(counts=self.records.sending_counts, settings=settings, env=around),
            lease_seconds=lease,
            senders=senders,
            env=around,
        )
        self.replicas.append(made)
        return made

    async def write(self, number: int = 0, *, at: float | None = None) -> Reply:
        """A reply that was just written, with its writer's lease."""
        now = self.now if at is None else at
        reply_id = f"{ids.new_id()}#final"
        reply = Reply(
            reply_id=reply_id,
            kind="succeeded",
            message_id=f"<{number}@hermes.test>",
            sender="site+bounce=x@hermes.test",
            recipient=f"anna{number}@people.test",
            raw=f"From: site@hermes.test\r\nMessage-ID: <{number}@hermes.test>\r\n\r\nDone.\r\n".encode(),
            created_at=now,
            due=now + LEASE_SECONDS,
            due_shard=ids.due_shard(reply_id),
        )
        assert await self.outbox.put(reply)
        return reply

    async def send(self, reply: Reply) -> None:
        """Its writer sends it."""
        self.tries[reply.reply_id].append(self.now)
        self.replicas[0].submit(reply)
        await self.settled()

    async def settled(self) -> None:
        """Nothing is being sent."""
        while tasks := [task for replica in self.replicas for task in replica._sending.values()]:
            await asyncio.wait(tasks)

    async def pass_by(self, hours: float, *, late: float = 0.0) -> None:
        """Let the time pass; each sweep finds what is due, `late` seconds later than it might."""
        end = self.now + hours * 3600.0
        while True:
            waiting = [row for row in await self.outbox.all() if row.state is ReplyState.PENDING]
            following = min((row.due or 0.0 for row in waiting), default=end) + late + 0.01
            if following >= end:
                self.now = end
                return
            self.now = max(self.now, following)
            for row in waiting:
                if (row.due or 0.0) <= self.now:
                    self.tries[row.reply_id].append(self.now)
                    await self.replicas[len(self.tries[row.reply_id]) % len(self.replicas)].redo(row.reply_id)
            await self.settled()

    async def row(self, reply: Reply) -> Reply:
        """As it is now."""
        found = await self.outbox.get(reply.reply_id)
        assert found is not None
        return found

    def copies(self, reply: Reply) -> int:
        """How often the server has it."""
        return self.server.copies[reply.raw]

    def told(self, name: str) -> list[Event]:
        """The events of this name."""
        return [event for event in self.events if event.name == name]


@contextlib.asynccontextmanager
async def days(script: str = "", *hosts: str) -> AsyncIterator[Days]:
    """A new deployment and a server that plays the script."""
    dynamo, names = DirectDynamo(), ResourceNames(f"days-{ids.new_id()[:8]}")
    for noun in ("outbox", "usage", "threads", "sessions", "mails", "commands"):
        await dynamo.create_table(**schema.table(names, noun))
    tables = Tables(client=dynamo)
    records = types.SimpleNamespace(
        objects=None,  # of replies without pictures
        outbox=OutboxRecords(tables=tables, names=names),
        sessions=Sessions(tables=tables, names=names),
        commands=Commands(tables=tables, names=names),
        sending_counts=SendingCounts(tables=tables, names=names),
    )
    async with playing(script) as server:
        made = Days(server, records=records)
        try:
            yield made
        finally:
            for replica in made.replicas:
                await replica.close(0)
            for noun in ("outbox", "usage", "threads", "sessions", "mails", "commands"):
                await dynamo.delete_table(TableName=names.table(noun))
