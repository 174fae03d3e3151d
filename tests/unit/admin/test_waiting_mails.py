"""The mails that wait in the IMAP mailbox, as `hermes mail list` shows them."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from hermes.admin.console import Console
from hermes.admin.viewer import Viewer, ViewerRole
from hermes.admin.views import mailbox, mails
from hermes.admin.views.wanted import parse
from hermes.app.records import Records
from hermes.config import loading as config
from hermes.domain.mailboxes import MailboxRecord, Waiting, WaitingMail
from hermes.domain.mails import Outcome
from hermes.ops import mailbox_check

PROJECT = {
    "client": "demo", "project": "site", "repository": "/nowhere", "agent": {"kind": "patch"},
    "addresses": ["site@hermes.test"], "owners": ["anna@people.test"],
}  # fmt: skip
IMAP = {"host": "imap.test", "username": "u", "password": "p", "address": "site@hermes.test"}


@dataclasses.dataclass
class Rows:
    row: MailboxRecord | None

    async def get(self, mailbox: str) -> MailboxRecord | None:
        assert mailbox == "u@imap.test/INBOX"
        return self.row


async def listed(row: MailboxRecord | None, *, enabled: bool = True) -> list[Any]:
    settings, held = deployment(row, enabled=enabled)
    return await mailbox.waiting(settings, held.mailboxes)


def deployment(row: MailboxRecord | None, *, enabled: bool = True) -> tuple[config.Config, Records]:
    held = cast(Records, type("Held", (), {"mailboxes": Rows(row)}))
    return config.parse({"projects": [PROJECT], "imap_ingress": {**IMAP, "enabled": enabled}}), held


async def test_each_is_named_with_its_reason_and_the_next_try() -> None:
    row = MailboxRecord(
        container_key="k",
        since=0,
        uidvalidity="5",
        waiting=(
            WaitingMail(uid=7, state=Waiting.RETRY, reason="NO [X]", tries=1, first_at=100, next_at=1772366400),
            WaitingMail(uid=8, state=Waiting.ASIDE, reason="BAD", tries=3, first_at=100, next_at=1772366400),
            WaitingMail(uid=9, state=Waiting.TOO_OLD, reason="old", first_at=100, arrived_at=50),
        ),
    )

    found = await listed(row)

    assert {one.outcome for one in found} == {Outcome.WAITING}
    assert [one.reason for one in found] == [
        "NO [X]; after 1 try, tried again at 2026-03-01 12:00 UTC",
        "BAD; set aside after 3 tries, tried again at 2026-03-01 12:00 UTC",
        "old; it is left in the mailbox",
    ]
    assert [(one.mail_id, one.received_at) for one in found] == [("imap:5:7", 100), ("imap:5:8", 100), ("imap:5:9", 50)]
    assert "UID 7" in found[0].subject


async def test_there_are_none_where_no_mailbox_is_read() -> None:
    assert await listed(None) == []
    assert await listed(MailboxRecord(container_key="k", since=0), enabled=False) == []


async def test_the_list_of_mails_has_them_for_those_who_may_see_them() -> None:
    mail = WaitingMail(uid=7, state=Waiting.RETRY, reason="NO [X]", tries=1, first_at=100, next_at=1772366400)
    settings, held = deployment(MailboxRecord(container_key="k", since=0, uidvalidity="5", waiting=(mail,)))
    stores = type("Stores", (), {"mailboxes": held.mailboxes})
    console = cast(Console, type("Held", (), {"stores": stores, "settings": staticmethod(lambda: settings)}))
    everybody = Viewer(name="anna", role=ViewerRole.READER)
    other = Viewer(name="bob", role=ViewerRole.READER, projects=frozenset({"demo/other"}))

    (row,) = await mailbox.rows(console, everybody)
    assert (row.mail_id, row.outcome, row.project) == ("imap:5:7", "waiting", "demo/site")
    assert len(await mailbox.rows(console, everybody, parse("state:waiting", now=0, states=mails.STATES))) == 1
    assert await mailbox.rows(console, everybody, parse("state:command", now=0, states=mails.STATES)) == []
    assert await mailbox.rows(console, other) == []


async def test_hermes_check_counts_them_and_names_the_oldest() -> None:
    waiting = (
        WaitingMail(uid=7, state=Waiting.RETRY, reason="NO [X]", tries=1, first_at=200, next_at=1772366400),
        WaitingMail(uid=9, state=Waiting.TOO_LARGE, reason="40000000 bytes", first_at=100),
    )
    found = await mailbox_check.check(
        *deployment(MailboxRecord(container_key="k", since=0, waiting=waiting, uncounted=3))
    )
    none = await mailbox_check.check(*deployment(None))

    assert "5 not through, the oldest: UID 9 of the mailbox: 40000000 bytes" in found.text
    assert "mail list" in found.todo
    assert (none.ok, none.todo) == (True, "")
