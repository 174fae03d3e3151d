"""The ways to the operator: a mail by the outbox, a webhook, a topic of SNS."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from hermes import errors, ids
from hermes.aws.alerts.sns import Sns
from hermes.aws.records.outbox import OutboxRecords
from hermes.config.alert_settings import AlertWebhook
from hermes.domain.alerts import text as alert_text
from hermes.domain.alerts.book import Notice
from hermes.domain.env import Env
from hermes.domain.replies import Reply
from hermes.https import posting
from hermes.mail.parse import headers
from hermes.mail.write import alert_mail

#: Each step of a post.
POST_SECONDS: Final = 10.0
_WORDS_CHARS: Final = 200
_SHAPES: Final[Mapping[str, Callable[..., str]]] = {"slack": alert_text.for_slack, "teams": alert_text.for_teams}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AlertSource:
    """What a notice says of the installation that it comes from."""

    prefix: str
    page: str | None
    """The address of the page, for a link."""
    sender: str = ""
    """Whom mails come from."""
    name: str = "Hermes"
    domain: str = "localhost"
    """The right side of Message-IDs."""
    lease_seconds: float = 120.0


class MailChannel:
    """A row of the outbox, which sends it as every reply: exactly one for each notice, whatever crashes."""

    def __init__(
        self, *, recipient: str, outbox: OutboxRecords, submit: Callable[[Reply], None], source: AlertSource, env: Env
    ) -> None:
        self.name = f"mail:{ids.digest('alert', recipient)[:16]}"
        self._recipient = recipient
        self._outbox = outbox
        self._submit = submit
        self._source = source
        self._env = env

    async def send(self, notice: Notice) -> None:
        """See `AlertChannel.send`."""
        source, now = self._source, self._env.now()
        reply_id = f"{notice.notice_id}#alert-{self.name.partition(':')[2]}"
        message_id = ids.reply_message_id(ids.digest(notice.notice_id, self._recipient), source.domain)
        raw = alert_mail.compose(
            alert_mail.AlertMail(
                message_id=message_id,
                date=notice.at,
                sender_name=source.name,
                sender=source.sender,
                recipient=self._recipient,
                subject=f"[{source.prefix}] {notice.title}",
                text=alert_text.plain(notice, page=source.page),
                loop=source.prefix,
            )
        )
        reply = Reply(
            reply_id=reply_id,
            kind="alert",
            message_id=message_id,
            sender=source.sender,
            recipient=self._recipient,
            raw=raw,
            created_at=now,
            due=now + source.lease_seconds,
            due_shard=ids.due_shard(reply_id),
        )
        if await self._outbox.put(reply):
            self._submit(reply)


class WebhookChannel:
    """A POST of JSON to one address."""

    def __init__(self, *, settings: AlertWebhook, source: AlertSource) -> None:
        self.name = f"webhook:{ids.digest('alert', settings.url)[:16]}"
        self._settings = settings
        self._source = source

    async def send(self, notice: Notice) -> None:
        """See `AlertChannel.send`. The address is a secret, and no error names more of it than the host."""
        shape = _SHAPES.get(self._settings.kind, alert_text.as_json)
        body = shape(notice, page=self._source.page, prefix=self._source.prefix)
        fields = {"Content-Type": "application/json", "User-Agent": "hermes"}
        status, answer = await asyncio.to_thread(posting.post, self._settings.url, body, fields, seconds=POST_SECONDS)
        if not 200 <= status < 300:
            words = headers.clean(answer.decode("utf-8", "replace"))[:_WORDS_CHARS]
            raise errors.NoAnswer(f"{urlsplit(self._settings.url).hostname} answered {status}: {words}")


class SnsChannel:
    """A message to one topic."""

    def __init__(self, *, topic: str, sns: Sns, source: AlertSource) -> None:
        self.name = f"sns:{topic}"
        self._topic = topic
        self._sns = sns
        self._source = source

    async def send(self, notice: Notice) -> None:
        """See `AlertChannel.send`."""
        text = alert_text.plain(notice, page=self._source.page)
        await self._sns.publish(topic=self._topic, subject=f"[{self._source.prefix}] {notice.title}", text=text)
