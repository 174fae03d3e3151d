"""The mails that are still in the IMAP mailbox, as rows of the list of mails: each with the reason why it is not through."""

from __future__ import annotations

import time

from hermes.app.records import Records
from hermes.config.loading import Config
from hermes.domain.mailboxes import MailboxRecord, Waiting, WaitingMail
from hermes.domain.mails import MailRecord, Outcome
from hermes.ops.findings import Found

_NAME = "mails in the mailbox"


async def waiting(config: Config, held: Records) -> list[MailRecord]:
    """The mails of the configured mailbox that are not through; none where no mailbox is read."""
    settings = config.imap_ingress
    row = await held.mailboxes.get(settings.mailbox) if settings.enabled else None
    return [_record(row, one, settings.address) for one in row.waiting] if row else []


async def check(config: Config, held: Records) -> Found:
    """The number of mails that are not through, as `hermes check` tells it."""
    row = await held.mailboxes.get(config.imap_ingress.mailbox)
    found = await waiting(config, held)
    if row is None or not found:
        return Found(_NAME, True, "none waits that Hermes should have taken")
    first = min(found, key=lambda one: one.received_at)
    text = f"{len(found) + row.uncounted} not through, the oldest: {first.subject}: {first.reason}"
    return Found(_NAME, True, text, "`hermes mail list --outcome waiting` shows why")


def _record(row: MailboxRecord, mail: WaitingMail, address: str) -> MailRecord:
    return MailRecord(
        mail_id=f"imap:{row.uidvalidity}:{mail.uid}",
        key="",
        recipient=address,
        author=mail.author or None,
        subject=mail.subject or f"UID {mail.uid} of the mailbox",
        ingress="imap",
        outcome=Outcome.WAITING,
        reason=f"{mail.reason}; {_next(mail)}",
        token="",
        received_at=mail.arrived_at or mail.first_at,
        recorded_at=row.updated_at,
    )


def _next(mail: WaitingMail) -> str:
    if mail.next_at is None:
        return "it is left in the mailbox"
    again = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(mail.next_at))
    tried = f"{'set aside after' if mail.state is Waiting.ASIDE else 'after'} {mail.tries} {'try' if mail.tries == 1 else 'tries'}"
    return f"{tried}, tried again at {again}"
