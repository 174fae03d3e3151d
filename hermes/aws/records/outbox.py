"""The records of replies: every mail that Hermes sends is a row here first."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any, Final

from hermes import errors, ids, limits
from hermes.aws import items, tables
from hermes.aws.once import once
from hermes.aws.records.commands import SHARDS
from hermes.aws.resource_names import ResourceNames
from hermes.domain.replies import Reply, ReplyState

#: Of a server's words, in a row.
_ERROR_CHARS: Final = 500


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A sent reply, as the index by recipient shows it."""

    reply_id: str
    kind: str
    session_id: str | None
    at: float
    """Epoch seconds."""


class OutboxRecords:
    """The outbox table (indexes `due` and `by_recipient`)."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.table = names.table("outbox")

    async def get(self, reply_id: str) -> Reply | None:
        """The reply; None if there is none."""
        item = await self._tables.get(self.table, {"reply_id": reply_id})
        return items.from_item(Reply, item) if item else None

    async def all(self, *, most: int = 1000) -> list[Reply]:
        """Every reply, for operators and checks."""
        return items.known(Reply, await self._tables.scan(self.table, most=most))

    def add(self, reply: Reply) -> tables.Put:
        """The write of a new row; there is one for each reply id."""
        return tables.Put(table=self.table, item=items.to_item(reply), condition=tables.absent("reply_id"))

    async def put(self, reply: Reply) -> bool:
        """Write a row outside a transaction; False if the row exists, unless it is our own write whose answer was lost."""
        mine = (reply.message_id, reply.created_at, reply.raw)
        try:
            await once(
                self._tables.put(self.add(reply)),
                look=lambda: self.get(reply.reply_id),
                ours=lambda current: (current.message_id, current.created_at, current.raw) == mine,
            )
        except errors.ConditionFailed:
            return False
        return True

    async def due(self, *, before: float, shards: Sequence[str] = SHARDS, most: int = limits.DUE_ROWS) -> list[str]:
        """Ids of replies whose due time has passed, at most so many of each shard; eventually consistent."""
        found = await asyncio.gather(
            *(
                self._tables.query(
                    self.table, index="due", partition=("due_shard", shard), sort_at_most=("due", before), most=most
                )
                for shard in shards
            )
        )
        return [str(items.plain(row["reply_id"])) for rows in found for row in rows]

    async def sent_to(self, recipient: str, *, most: int) -> list[Sent]:
        """The newest replies that went to this recipient; eventually consistent."""
        rows = await self._tables.query(
            self.table, index="by_recipient", partition=("recipient", recipient), most=most, forward=False
        )
        found = ({name: items.plain(value) for name, value in row.items()} for row in rows)
        return [
            Sent(reply_id=row["reply_id"], kind=row["kind"], session_id=row.get("session_id"), at=float(row["sent_at"]))
            for row in found
        ]

    async def lease(self, seen: Reply, *, until: float) -> Reply:
        """Take a row to send it: `due` moves to the end of the lease. Raises `errors.ConditionFailed` if another was first.

        A row that somebody may have sent before they died is counted so.
        """
        token = ids.new_id()
        counted = {"unanswered": seen.unanswered + 1, "begun": None} if seen.uncertain else {}
        return await once(
            self._change(seen, {"due": until, "attempts": seen.attempts + 1, "lease_token": token, **counted}),
            look=lambda: self.get(seen.reply_id),
            ours=lambda current: current.lease_token == token and current.state is ReplyState.PENDING,
        )

    async def renew(self, seen: Reply, *, until: float) -> Reply:
        """Keep a row that is being sent. Raises `errors.ConditionFailed` if another has it now."""
        return await once(
            self._change(seen, {"due": until}),
            look=lambda: self.get(seen.reply_id),
            ours=lambda current: current.due == until and current.lease_token == seen.lease_token,
        )

    async def begin(self, seen: Reply) -> Reply:
        """Note that its sending begins. Raises `errors.ConditionFailed` if another has it now."""
        return await once(
            self._change(seen, {"begun": True}),
            look=lambda: self.get(seen.reply_id),
            ours=lambda stands: stands.begun and stands.due == seen.due and stands.lease_token == seen.lease_token,
        )

    async def sent(
        self, seen: Reply, *, now: float, provider_id: str | None, expires_at: int, also: tables.Write | None = None
    ) -> None:
        """Mark a reply as sent, without checking the lease. `also` is committed in the same transaction."""
        mark = tables.Update(
            table=self.table,
            key={"reply_id": seen.reply_id},
            set={
                "state": ReplyState.SENT.value,
                "sent_at": now,
                "provider_id": provider_id,
                "due": None,
                "due_shard": None,
                "error": "",
                "expires_at": expires_at,
            },
            condition=tables.present("reply_id"),
        )
        if also is not None:
            try:
                await self._tables.transact([mark, also])
            except errors.ConditionFailed:
                also = None  # the other write does not hold; the mark does
            else:
                return
        await self._tables.mark(mark)

    async def deferred(
        self, seen: Reply, *, until: float, error: str, since: float | None = None, unanswered: int | None = None
    ) -> None:
        """Not taken now; try again at `until`.

        `since` is when a server first did not take it, `unanswered` how often one may have it; None leaves them as they are.
        """
        counted = {"trying_since": since, "unanswered": unanswered}
        changes = {name: value for name, value in counted.items() if value is not None}
        await self._change(
            seen, {"due": until, "error": error[:_ERROR_CHARS], "lease_token": None, "begun": None, **changes}
        )

    async def failed(self, seen: Reply, *, error: str) -> None:
        """Refused, deferred for too long, or handed over too often without an answer."""
        await self._change(
            seen, {"state": ReplyState.FAILED.value, "due": None, "due_shard": None, "error": error[:_ERROR_CHARS]}
        )

    async def send_again(self, seen: Reply, *, now: float) -> None:
        """Make a row due now, as if no server had been asked yet. Raises `errors.ConditionFailed` if it has changed since."""
        changes = {
            "state": ReplyState.PENDING.value,
            "due": now,
            "due_shard": ids.due_shard(seen.reply_id),
            "error": f"to be sent again; before: {seen.error or seen.state.value}"[:_ERROR_CHARS],
            "unanswered": 0,
            "trying_since": None,
            "lease_token": None,
            "begun": None,
            "sent_at": None,
            "expires_at": None,
        }
        same = tables.equals("state", seen.state.value)
        if seen.due is not None:
            same &= tables.equals("due", seen.due)
        await self._tables.update(
            tables.Update(table=self.table, key={"reply_id": seen.reply_id}, set=changes, condition=same)
        )

    async def bounced(self, reply_id: str, *, error: str) -> bool:
        """Mark a reply as bounced; False if there is no such reply, or it had already failed or bounced."""
        mark = tables.Update(
            table=self.table,
            key={"reply_id": reply_id},
            # Also where our mark was lost: a mail that came back was taken, and is not sent again.
            set={"state": ReplyState.BOUNCED.value, "due": None, "due_shard": None, "error": error[:_ERROR_CHARS]},
            condition=tables.one_of("state", [ReplyState.PENDING.value, ReplyState.SENT.value]),
        )
        try:
            await self._tables.update(mark)
        except errors.ConditionFailed:
            return False
        return True

    async def _change(self, seen: Reply, changes: dict[str, Any]) -> Reply:
        write = tables.Update(
            table=self.table,
            key={"reply_id": seen.reply_id},
            set=changes,
            condition=tables.equals("state", ReplyState.PENDING.value) & tables.equals("due", seen.due),
        )
        return items.from_item(Reply, await self._tables.update(write))
