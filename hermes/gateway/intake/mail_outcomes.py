"""The records of mails that start nothing, each written and announced once."""

from __future__ import annotations

from hermes import limits
from hermes.aws.records import sessions
from hermes.domain import trace
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.pointer import Pointer


class MailOutcomes:
    """Makes, writes and announces outcomes."""

    def __init__(self, *, sessions: sessions.Sessions, env: Env) -> None:
        self._sessions = sessions
        self._env = env

    def record(
        self,
        pointer: Pointer,
        *,
        mail_id: str,
        content: str,
        outcome: Outcome,
        reason: str,
        token: str,
        **more: str | None,
    ) -> MailRecord:
        """The record of an outcome without a session; `more` is what is known of the mail."""
        now = self._env.now()
        return MailRecord(
            mail_id=mail_id,
            key=pointer.key,
            bucket=pointer.bucket,
            content=content,
            recipient=pointer.recipient,
            ingress=pointer.ingress,
            outcome=outcome,
            reason=reason,
            token=token,
            received_at=pointer.received_at,
            recorded_at=now,
            expires_at=int(now + limits.KEEP_SECONDS),
            message_id=more.get("message_id"),
            author=more.get("author"),
            subject=(more.get("subject") or "")[:300],
        )

    async def aside(self, record: MailRecord, name: str) -> MailRecord:
        """Record an outcome without a reply, and announce it once; the raw mail is kept."""
        if await self._sessions.write_record(record):
            self.say(name, f"mail {record.outcome.value}: {record.reason}", record)
        return record

    def say(self, name: str, text: str, record: MailRecord, **more: str | None) -> None:
        """Announce the outcome of a mail; `more` are further facts."""
        facts: dict[str, object] = {
            "mail_id": record.mail_id,
            "trace_id": trace.of_mail(record.mail_id),
            "session_id": record.session_id,
            "command_id": record.command_id,
            "reason": record.reason,
            **more,
        }
        taken = {"taken_seconds": max(0.0, round(record.recorded_at - record.received_at, 3))}
        self._env.emit(Event(name, self._env.now(), text, {k: v for k, v in facts.items() if v} | taken))
