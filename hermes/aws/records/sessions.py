"""The records of mails, threads and sessions: what the accepting transaction reads and writes."""

from __future__ import annotations

from collections.abc import Sequence

from hermes import errors, ids
from hermes.aws import items, tables
from hermes.aws.once import once
from hermes.aws.resource_names import ResourceNames
from hermes.domain.mails import MailRecord
from hermes.domain.sessions import Session
from hermes.domain.threads import Alias

#: The partition of the index by activity that a session is in.
SHARD = "activity_shard"


class Sessions:
    """The mails, threads and sessions tables."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self.mails = names.table("mails")
        self.threads = names.table("threads")
        self.table = names.table("sessions")

    async def get(self, session_id: str) -> Session | None:
        """The session; None if there is none."""
        item = await self._tables.get(self.table, {"session_id": session_id})
        return items.from_item(Session, item) if item else None

    async def mail(self, mail_id: str) -> MailRecord | None:
        """The record of a mail; None if it is not recorded."""
        item = await self._tables.get(self.mails, {"mail_id": mail_id})
        return items.from_item(MailRecord, item) if item else None

    async def lookup(self, mail_id: str, keys: Sequence[str]) -> tuple[MailRecord | None, dict[str, Alias]]:
        """One read: the record of a mail, and the aliases that exist among `keys` (at most 99 are read)."""
        wanted = list(dict.fromkeys(keys))[:99]
        found = await self._tables.get_many(
            [(self.mails, {"mail_id": mail_id}), *((self.threads, {"message_id": key}) for key in wanted)]
        )
        record = items.from_item(MailRecord, found[0]) if found[0] else None
        aliases = [items.from_item(Alias, item) for item in found[1:] if item]
        return record, {alias.message_id: alias for alias in aliases}

    def record(self, record: MailRecord) -> tables.Put:
        """The write of a mail's outcome; there is exactly one."""
        return tables.Put(table=self.mails, item=items.to_item(record), condition=tables.absent("mail_id"))

    def answered(self, record: MailRecord, reply_id: str) -> tables.Update:
        """The write of the reply to a mail that is recorded already."""
        return tables.Update(
            table=self.mails,
            key={"mail_id": record.mail_id},
            set={"reply_id": reply_id},
            condition=tables.equals("token", record.token),
        )

    def alias(self, alias: Alias) -> tables.Put:
        """The write of an alias; an alias never moves to another session."""
        condition = tables.absent("message_id") | tables.equals("session_id", alias.session_id)
        return tables.Put(table=self.threads, item=items.to_item(alias), condition=condition)

    def note(self, alias: Alias) -> tables.Put:
        """The write of an alias that must not be there yet, of whatever session."""
        return tables.Put(table=self.threads, item=items.to_item(alias), condition=tables.absent("message_id"))

    def alias_in(self, write: tables.Write) -> str | None:
        """The key of the alias that a write makes; None for any other write."""
        return (
            str(items.plain(write.item["message_id"]))
            if write.table == self.threads and isinstance(write, tables.Put)
            else None
        )

    def begin(self, session: Session) -> tables.Put:
        """The write of a new session."""
        item = {**items.to_item(session), SHARD: items.attribute(ids.due_shard(session.session_id))}
        return tables.Put(table=self.table, item=item, condition=tables.absent("session_id"))

    def advance(self, seen: Session, changed: Session) -> tables.Update:
        """The write of a session's new head: only if `seq` is still as it was seen."""
        fields = (
            "head",
            "head_order",
            "stop_order",
            "stop_author",
            "seq",
            "interrupt_upto",
            "updated_at",
            "expires_at",
            "participants",
            "policy",
            "policy_order",
            "language",
            "offset",
            "reacts",
            "approval",
            "asked",
        )
        before, after = seen.model_dump(), changed.model_dump()
        return tables.Update(
            table=self.table,
            key={"session_id": seen.session_id},
            # The shard also where it is unchanged: a session of a version before it comes into the index with its next mail.
            set={f: after[f] for f in fields if after[f] != before[f]} | {SHARD: ids.due_shard(seen.session_id)},
            condition=tables.equals("seq", seen.seq),
        )

    def acknowledge(self, session_id: str, *, now: float, least: float) -> tables.Update:
        """The write that somebody is told that their mail arrived, unless that was done within the last `least` seconds."""
        return tables.Update(
            table=self.table,
            key={"session_id": session_id},
            set={"acknowledged_at": now},
            condition=tables.present("session_id")
            & (tables.absent("acknowledged_at") | tables.at_most("acknowledged_at", now - least)),
        )

    def remember_agent(self, session_id: str, agent_session_id: str) -> tables.Update:
        """The write of the agent's own session id, to resume from."""
        return tables.Update(
            table=self.table,
            key={"session_id": session_id},
            set={"agent_session_id": agent_session_id},
            condition=tables.present("session_id"),
        )

    async def write_record(self, record: MailRecord) -> bool:
        """Record an outcome without a transaction; True if the record is ours (also if the answer was lost), False if there was one."""
        try:
            await once(
                self._tables.put(self.record(record)),
                look=lambda: self.mail(record.mail_id),
                ours=lambda current: current.token == record.token,
            )
        except errors.ConditionFailed:
            return False
        return True

    async def all_mails(self, *, most: int = 1000) -> list[MailRecord]:
        """Recorded mails in no order, for operators and checks."""
        return items.known(MailRecord, await self._tables.scan(self.mails, most=most))
