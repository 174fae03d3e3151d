"""Whether mails are still in the IMAP mailbox that Hermes should have taken, as `hermes check` tells it."""

from __future__ import annotations

from hermes.admin.views import mailbox
from hermes.app.records import Records
from hermes.config.loading import Config
from hermes.ops.findings import Found

_NAME = "mails in the mailbox"


async def check(config: Config, held: Records) -> Found:
    """The number of mails that are not through, and the oldest."""
    row = await held.mailboxes.get(config.imap_ingress.mailbox)
    found = await mailbox.waiting(config, held.mailboxes)
    if row is None or not found:
        return Found(_NAME, True, "none waits that Hermes should have taken")
    first = min(found, key=lambda one: one.received_at)
    text = f"{len(found) + row.uncounted} not through, the oldest: {first.subject}: {first.reason}"
    return Found(_NAME, True, text, "`hermes mail list --outcome waiting` shows why")
