"""Bounces: a report that a mail of ours did not arrive marks the reply that it is about: the operator sees who is without an answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from hermes.aws import outbox as outbox_records
from hermes.aws import sessions
from hermes.domain.events import Emit, Event
from hermes.domain.pointer import Pointer
from hermes.gateway.admission import Judgement
from hermes.gateway.replies import Tokens, alias_key, is_alias
from hermes.mail import failures, machine

_IDS = 10


class Bounces:
    """Finds the row: by the return path that the report came to, else by the Message-ID of the mail that it returns."""

    def __init__(
        self,
        *,
        sessions: sessions.Sessions,
        outbox: outbox_records.Outbox,
        tokens: Tokens | None,
        now: Callable[[], float],
        emit: Emit,
    ) -> None:
        self._sessions = sessions
        self._outbox = outbox
        self._tokens = tokens
        self._now = now
        self._emit = emit

    async def matched(self, pointer: Pointer, judged: Judgement, mail_id: str) -> Judgement:
        """The judgement of an ignored mail, with the reply that it reports on in its reason."""
        found, mail = judged.reading.machine, judged.reading.mail
        if found is None or mail is None or found.kind is not machine.Kind.BOUNCE or not failures.is_final(mail):
            return judged
        reply_id = await self._reply_id(pointer, judged, found, mail_id)
        if reply_id is None:
            return dataclasses.replace(judged, reason=f"{judged.reason}; it is about no reply that is known")
        whom = f" for {', '.join(found.failed_recipients[:3])}" if found.failed_recipients else ""
        if await self._outbox.bounced(reply_id, error=f"came back{whom}: {mail.subject}"):
            facts = {"reply_id": reply_id}
            self._emit(Event("reply.bounced", self._now(), "the reply came back: the person does not have it", facts))
        return dataclasses.replace(judged, reason=f"{judged.reason}; it is about reply {reply_id}")

    async def _reply_id(self, pointer: Pointer, judged: Judgement, found: machine.Machine, mail_id: str) -> str | None:
        named = self._tokens.bounced(pointer.recipient) if self._tokens else None
        if named is not None or judged.project is None:
            return named
        keys = [alias_key(judged.project.name, one) for one in found.original_ids[:_IDS] if is_alias(one)]
        _, aliases = await self._sessions.lookup(mail_id, keys) if keys else (None, {})
        return next((alias.reply_id for key in keys if (alias := aliases.get(key)) and alias.reply_id), None)
