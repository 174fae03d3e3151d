"""The IMAP mailboxes' rows: since when each is read, and which of its mails are not through.

They are in the queues table beside the row of replicas. Two replicas on one mailbox see the same mails, so the last writer wins.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Final

from hermes import errors, ids
from hermes.aws import items, tables
from hermes.aws.once import once
from hermes.aws.resource_names import ResourceNames
from hermes.domain.mailboxes import MailboxRecord, Rescan, WaitingMail

#: Mails of one row: each takes up to 1 KB, and an item ends at 400 KB.
WAITING_MAILS: Final = 200
#: Logins are remembered for so long, and no more of them: a gateway sends fewer in this time.
LOGINS_SECONDS: Final = 3600.0
LOGINS_KEPT: Final = 100


class Mailboxes:
    """The rows of mailboxes in the queues table."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("queues")

    async def get(self, mailbox: str) -> MailboxRecord | None:
        """The row of a mailbox; None if it was never opened."""
        item = await self._tables.get(self._table, _key(mailbox))
        return items.from_item(MailboxRecord, item) if item else None

    async def opened(self, mailbox: str, *, now: float) -> MailboxRecord:
        """The row of a mailbox; one that begins now, in epoch seconds, where there is none."""
        found = await self.get(mailbox)
        if found is not None:
            return found
        row = MailboxRecord(**_key(mailbox), since=now, updated_at=now)
        write = tables.Put(table=self._table, item=items.to_item(row), condition=tables.absent("container_key"))
        # Another replica's first start is as good as ours.
        await once(self._tables.put(write), look=lambda: self.get(mailbox), ours=lambda _: True)
        return await self.get(mailbox) or row

    async def tell(self, mailbox: str, waiting: Sequence[WaitingMail], *, uidvalidity: str, now: float) -> None:
        """Write which mails are not through."""
        newest = sorted(waiting, key=lambda one: -one.uid)
        changes = {
            "uidvalidity": uidvalidity,
            "waiting": [one.model_dump(mode="json", exclude_none=True) for one in newest[:WAITING_MAILS]],
            "uncounted": max(0, len(newest) - WAITING_MAILS),
            "updated_at": now,
        }
        await self._tables.update(
            tables.Update(table=self._table, key=_key(mailbox), set=changes, condition=tables.present("container_key"))
        )

    async def login(self, mailbox: str, *, now: float) -> None:
        """Count a login that is about to be sent; it is one without a result until `logged_in` says otherwise."""
        await self._count(mailbox, lambda logins: [*(one for one in logins if one > now - LOGINS_SECONDS), now])

    async def logged_in(self, mailbox: str, *, at: float) -> None:
        """The login that was counted at this time opened the mailbox, or was not sent after all."""
        await self._count(mailbox, lambda logins: [one for one in logins if one != at])

    async def ask(self, mailbox: str, rescan: Rescan) -> None:
        """Write an operator's request, in place of the one before it."""
        await self.opened(mailbox, now=rescan.asked_at)
        await self._rescan(mailbox, rescan, tables.present("container_key"))

    async def rescanned(self, mailbox: str, rescan: Rescan) -> None:
        """A gateway has done what was asked; nothing is written if something newer is asked meanwhile."""
        with contextlib.suppress(errors.ConditionFailed):
            await self._rescan(mailbox, rescan, tables.equals("rescan_id", rescan.rescan_id))

    async def _rescan(self, mailbox: str, rescan: Rescan, condition: tables.Condition) -> None:
        changes = {"rescan": rescan.model_dump(mode="json", exclude_none=True), "rescan_id": rescan.rescan_id}
        await self._tables.update(tables.Update(table=self._table, key=_key(mailbox), set=changes, condition=condition))

    async def _count(self, mailbox: str, change: Callable[[Sequence[float]], list[float]]) -> None:
        row = await self.get(mailbox)
        logins = change(row.fruitless if row else ())[-LOGINS_KEPT:]
        await self._tables.update(
            tables.Update(
                table=self._table,
                key=_key(mailbox),
                set={"fruitless": logins},
                condition=tables.present("container_key"),
            )
        )


def _key(mailbox: str) -> dict[str, str]:
    return {"container_key": f"gateway#imap#{ids.digest('mailbox', mailbox)}"}
