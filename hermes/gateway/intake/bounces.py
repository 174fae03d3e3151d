"""Bounces: a report that one of our mails did not arrive marks that reply, so that the operator sees who got no answer.

Anybody can write such a report, with any Message-ID that they have seen. So a report counts only if it came to the return path
of the reply, which has a token of ours (VERP): only the servers that carried the reply know it, and its recipient.
"""

from __future__ import annotations

import dataclasses

from hermes.aws.records import outbox as outbox_records
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.pointer import Pointer
from hermes.gateway.intake.admission import Judgement
from hermes.gateway.replies.replies import Tokens
from hermes.mail.read import failures, machine


class Bounces:
    """Finds the reply by the return path that the report came to; without a token key no report counts."""

    def __init__(self, *, outbox: outbox_records.OutboxRecords, tokens: Tokens | None, env: Env) -> None:
        self._outbox = outbox
        self._tokens = tokens
        self._env = env

    async def matched(self, pointer: Pointer, judged: Judgement) -> Judgement:
        """The judgement of an ignored mail; its reason names the reply that the mail reports on."""
        found, mail = judged.reading.machine, judged.reading.mail
        if found is None or mail is None or found.kind is not machine.MachineKind.BOUNCE or not failures.is_final(mail):
            return judged
        reply_id = self._tokens.bounced(pointer.recipient) if self._tokens else None
        if reply_id is None or not await self._sent_from(pointer.recipient, reply_id):
            return dataclasses.replace(judged, reason=f"{judged.reason}; it came to the return path of no reply")
        whom = f" for {', '.join(found.failed_recipients[:3])}" if found.failed_recipients else ""
        if await self._outbox.bounced(reply_id, error=f"came back{whom}: {mail.subject}"):
            facts = {"reply_id": reply_id}
            self._env.emit(
                Event("reply.bounced", self._env.now(), "the reply came back: the person does not have it", facts)
            )
        return dataclasses.replace(judged, reason=f"{judged.reason}; it is about reply {reply_id}")

    async def _sent_from(self, return_path: str, reply_id: str) -> bool:
        """Whether the reply was sent with this very return path: the shorter proof of an older one is worth nothing for a newer reply."""
        reply = await self._outbox.get(reply_id)
        return reply is not None and reply.sender.lower() == return_path.strip().lower()
