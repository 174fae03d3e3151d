"""A thread of a project that goes live: a client asks, an agency approves, and the worker's reports are played."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from hermes.app.gateway import Gateway
from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.mails import MailRecord
from hermes.domain.publishing.approvals import Approval
from hermes.domain.replies import Reply
from tests.integration.gateway.play import ANNA, BOB, Play

EVE, JOE = "eve@agency.example", "joe@agency.example"
LIVE = {"branch": "main", "approvers": [BOB], "url": "https://www.acme.example"}


@dataclasses.dataclass
class Thread:
    """One thread, and who answers what in it."""

    play: Play
    gateway: Gateway
    commits: int = 0
    root: str = ""
    results: dict[str, str] = dataclasses.field(default_factory=dict)
    """The commit that each command made."""

    @classmethod
    async def begin(cls, play: Play, **live: Any) -> Thread:
        """With a change of Anna's that is done."""
        project = {"owners": [ANNA, BOB, EVE, JOE], "live": {**LIVE, **live}}
        thread = cls(play, await play.gateway(project=project))
        thread.root, record = await play.mail(thread.gateway, "Please update the homepage title")
        await thread.done(record)
        return thread

    async def says(
        self, who: str, text: str, *, to: Reply | None = None, **facts: Any
    ) -> tuple[MailRecord, Sequence[Reply]]:
        """A mail in the thread, an answer to a reply of ours or to the first mail, and the replies that it led to at once."""
        before = {row.reply_id for row in await self.play.stand.outbox.all()}
        answers = to.message_id if to is not None else self.root
        _, record = await self.play.mail(self.gateway, text, sender=who, answers=answers, **facts)
        rows = [
            row
            for row in await self.play.stand.outbox.all()
            if row.reply_id not in before and row.kind != "still_starting"
        ]
        return record, rows

    async def done(self, record: MailRecord, **facts: Any) -> Reply:
        """The worker's report of its command, which made a commit; the reply to its author."""
        command = await self.play.command(record)
        self.commits += 1
        commit = f"{self.commits:040x}"
        self.results[command.command_id] = commit
        published = command.context.publishing is not None
        given = {
            "success": True,
            "summary": "Done as asked.",
            "files_changed": ("index.html",),
            "git_commit": commit,
            "branch": "main" if published else command.context.branch,
            "pushed": True,
            "live_base": "f" * 40,
            **facts,
        }
        result = wire.ResultMessage(command_id=command.command_id, attempt=command.attempt, **given)
        await self.gateway.finisher.finish(result)
        reply = await self.play.stand.outbox.get(f"{command.command_id}#final")
        assert reply is not None
        return reply

    async def command(self, record: MailRecord) -> Command:
        return await self.play.command(record)

    async def publishing(self, record: MailRecord) -> wire.Publishing:
        """What the command of a mail brings to the live branch."""
        found = (await self.command(record)).context.publishing
        assert found is not None
        return found

    async def approvals(self) -> list[Approval]:
        return await self.gateway.records.approvals.all()

    async def approval(self) -> Approval:
        """The one that there is."""
        (found,) = await self.approvals()
        return found

    async def asked(self) -> tuple[Reply, list[Reply]]:
        """Anna wants it live: what she is told, and what the approvers get."""
        _, rows = await self.says(ANNA, "Super, bitte online")
        told = [row for row in rows if row.recipient == ANNA]
        return told[0], [row for row in rows if row.kind == "approval_asked"]


def kinds(rows: Sequence[Reply]) -> list[tuple[str, str]]:
    """Who gets what."""
    return sorted((row.recipient, row.kind) for row in rows)
