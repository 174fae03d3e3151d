"""Sends mail to the postmaster on to the operator, by the outbox as every other mail."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

from hermes import ids
from hermes.aws.records.stores import Stores
from hermes.domain.env import Env
from hermes.domain.mails import MailRecord
from hermes.domain.pointer import Pointer
from hermes.domain.replies import Reply
from hermes.mail.write import sent_on

#: What is attached of a mail: with base64 it fits a row of the outbox.
ATTACHED_BYTES: Final = 100 * 1024


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PostmasterSettings:
    """Who the operator is, and what Hermes calls itself."""

    is_postmaster: Callable[[str], bool]
    """Whether an envelope recipient is the postmaster of one of our domains."""
    operator: str | None
    """None: nobody is told, and the mail is kept."""
    domain: str
    name: str
    prefix: str
    lease_seconds: float


class Postmaster:
    """The address that every mail server has (RFC 5321, 4.5.1)."""

    def __init__(self, *, stores: Stores, settings: PostmasterSettings, env: Env) -> None:
        self._objects = stores.objects
        self._settings = settings
        self._env = env

    def takes(self, recipient: str) -> bool:
        """Whether this envelope recipient is the postmaster."""
        return self._settings.is_postmaster(recipient)

    async def write(self, pointer: Pointer, record: MailRecord) -> Reply | None:
        """The row that sends a mail on; None where no operator is set. The row's lease is ours, as of every reply."""
        wanted = self._settings
        if wanted.operator is None:
            return None
        beginning, size = await self._objects.beginning(pointer.key, bucket=pointer.bucket, most=ATTACHED_BYTES)
        now, reply_id = self._env.now(), f"{record.mail_id}#postmaster"
        message_id = ids.reply_message_id(self._env.new_id(), wanted.domain)
        raw = sent_on.compose(
            sent_on.SentOn(
                message_id=message_id,
                date=now,
                sender_name=wanted.name,
                postmaster=pointer.recipient,
                recipient=wanted.operator,
                author=record.author or "",
                subject=record.subject,
                beginning=beginning,
                size=size,
                key=pointer.key,
                loop=wanted.prefix,
            )
        )
        return Reply(
            reply_id=reply_id,
            kind="postmaster",
            mail_id=record.mail_id,
            message_id=message_id,
            # A bounce of it would come back to the postmaster.
            sender="",
            recipient=wanted.operator,
            raw=raw,
            created_at=now,
            due=now + wanted.lease_seconds,
            due_shard=ids.due_shard(reply_id),
        )
