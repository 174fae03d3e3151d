"""Duplicates: a mail that came before is not handled again under any id. Mail that only looks like a copy is recorded."""

from __future__ import annotations

from collections.abc import Mapping

from hermes import errors, ids
from hermes.aws.records.stores import Stores
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.threads import NO_SESSION, Alias, AliasKind
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.mail_outcomes import MailOutcomes
from hermes.gateway.replies.replies import alias_key, signature_key
from hermes.mail.parse import content


class Duplicates:
    """Recognises copies and records them."""

    def __init__(self, *, stores: Stores, outcomes: MailOutcomes) -> None:
        self._tables = stores.tables
        self._sessions = stores.sessions
        self._outcomes = outcomes

    async def again(self, current: MailRecord, incoming: Incoming) -> MailRecord:
        """A mail whose Message-ID is recorded: a copy, or another mail under the same id, which is recorded separately."""
        if not current.content or current.content == incoming.content:
            self._outcomes.say("mail.duplicate", "a second copy of a mail that is recorded; nothing is done", current)
            return current
        reason = f"changed copy: mail {current.mail_id} has the same Message-ID and says something else"
        record = self._copy(ids.digest("changed copy", incoming.mail_id, incoming.content), reason, incoming)
        return await self._outcomes.aside(record, "security.changed_copy")

    def among(self, aliases: Mapping[str, Alias], said: str, incoming: Incoming) -> Alias | None:
        """The earlier mail with the same content, if it is the same mail: one of the two has no Message-ID of its author."""
        twin = aliases.get(said)
        if twin is None or twin.mail_id == incoming.mail_id:
            return None
        return None if twin.named and content.is_named(incoming.origin.message_id) else twin

    async def twin(self, twin: Alias, incoming: Incoming) -> MailRecord:
        """A mail that came before under another Message-ID, which a relay or provider gave it: both ids belong to one thread."""
        reason = f"second copy: mail {twin.mail_id} says the same under another Message-ID"
        record = self._copy(incoming.mail_id, reason, incoming, session_id=twin.session_id or None)
        if incoming.origin.message_id and twin.session_id != NO_SESSION:
            alias = Alias(
                message_id=alias_key(incoming.project.name, incoming.origin.message_id),
                session_id=twin.session_id,
                kind=AliasKind.INBOUND,
                expires_at=record.expires_at,
            )
            try:
                await self._tables.transact([self._sessions.record(record), self._sessions.alias(alias)])
            except errors.ConditionFailed:
                pass  # it is recorded already, or the id belongs to another session: then only the record is written
            else:
                self._outcomes.say("mail.duplicate", reason, record)
                return record
        return await self._outcomes.aside(record, "mail.duplicate")

    def signed(self, aliases: Mapping[str, Alias], incoming: Incoming) -> Alias | None:
        """The earlier mail with one of the same signatures: a signature is made for one mail."""
        found = (aliases.get(signature_key(incoming.project.name, mark)) for mark in incoming.marks)
        return next((one for one in found if one is not None and one.mail_id != incoming.mail_id), None)

    async def replayed(self, first: Alias, incoming: Incoming) -> MailRecord:
        """A signed mail that was sent again with other headers. Its id is no alias, since the sender may have chosen it."""
        reason = f"second copy: mail {first.mail_id} bears the same signature"
        record = self._copy(incoming.mail_id, reason, incoming, session_id=first.session_id or None)
        return await self._outcomes.aside(record, "security.replayed")

    def _copy(self, mail_id: str, reason: str, incoming: Incoming, session_id: str | None = None) -> MailRecord:
        record = self._outcomes.record(
            incoming.pointer,
            mail_id=mail_id,
            content=incoming.content,
            outcome=Outcome.IGNORED,
            reason=reason,
            token=incoming.token,
            message_id=incoming.origin.message_id,
            author=incoming.origin.author,
            subject=incoming.origin.subject,
        )
        return record.model_copy(update={"session_id": session_id})
