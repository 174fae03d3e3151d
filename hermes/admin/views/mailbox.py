"""The mails that are still in the IMAP mailbox: each with the reason why it is not through."""

from __future__ import annotations

import time

from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.admin.views import mails
from hermes.admin.views.mails import MailRow
from hermes.admin.views.wanted import EVERYTHING, Wanted
from hermes.aws.records.mailboxes import Mailboxes
from hermes.config.loading import Config
from hermes.domain.mailboxes import MailboxRecord, Waiting, WaitingMail
from hermes.domain.mails import MailRecord, Outcome


async def waiting(config: Config, mailboxes: Mailboxes) -> list[MailRecord]:
    """The mails of the configured mailbox that are not through; none where no mailbox is read."""
    settings = config.imap_ingress
    row = await mailboxes.get(settings.mailbox) if settings.enabled else None
    return [_record(row, one, settings.address) for one in row.waiting] if row else []


async def rows(console: Console, viewer: Viewer, wanted: Wanted = EVERYTHING) -> list[MailRow]:
    """The same as rows of the list of mails, newest first; `state:waiting` finds them alone."""
    found = await waiting(console.settings(), console.stores.mailboxes) if wanted.state.admit("waiting") else []
    projects = mails.addresses(console)
    made = [mails.row_of(one, projects) for one in sorted(found, key=lambda one: one.received_at, reverse=True)]
    return [
        one
        for one in made
        if viewer.sees(one.project)
        and wanted.admits(project=one.project, person=one.person, subject=one.subject, at=one.received_at)
    ]


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
