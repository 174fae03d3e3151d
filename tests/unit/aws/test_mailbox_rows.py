"""The rows of IMAP mailboxes: logins without a result are counted over gateways and restarts."""

from __future__ import annotations

import pytest

from hermes import ids
from hermes.aws import schema
from hermes.aws.records.mailboxes import LOGINS_KEPT, Mailboxes
from hermes.aws.resource_names import ResourceNames
from hermes.aws.tables import Tables
from hermes.domain.mailboxes import Rescan
from tests.direct import DirectDynamo

MAILBOX = "anna@imap.test:993/INBOX"


@pytest.fixture
async def rows() -> Mailboxes:
    dynamo, names = DirectDynamo(), ResourceNames(f"mailbox-rows-{ids.new_id()[:8]}")
    await dynamo.create_table(**schema.table(names, "queues"))
    return Mailboxes(tables=Tables(client=dynamo), names=names)


async def fruitless(rows: Mailboxes) -> tuple[float, ...]:
    found = await rows.get(MAILBOX)
    assert found is not None
    return found.fruitless


async def test_a_login_counts_until_it_opens_the_mailbox_or_its_hour_is_over(rows: Mailboxes) -> None:
    await rows.opened(MAILBOX, now=1000.0)
    for at in (1000.25, 1001.5, 1002.0):
        await rows.login(MAILBOX, now=at)
    await rows.logged_in(MAILBOX, at=1001.5)
    assert await fruitless(rows) == (1000.25, 1002.0)

    await rows.tell(MAILBOX, (), uidvalidity="5", now=1003.0)
    await rows.login(MAILBOX, now=1001.0 + 3600.0)
    assert await fruitless(rows) == (1002.0, 4601.0)


async def test_the_row_does_not_grow_with_a_gateway_that_is_started_without_end(rows: Mailboxes) -> None:
    await rows.opened(MAILBOX, now=1000.0)
    for number in range(LOGINS_KEPT + 5):
        await rows.login(MAILBOX, now=1000.0 + number)
    assert len(await fruitless(rows)) == LOGINS_KEPT


async def test_an_operators_request_is_done_once_and_a_newer_one_is_not_lost(rows: Mailboxes) -> None:
    first = Rescan(rescan_id="1", asked_at=1000.0, since=1.5, until=2.5)
    await rows.ask(MAILBOX, first)
    found = await rows.get(MAILBOX)
    assert found is not None
    assert (found.rescan, found.since) == (first, 1000.0)

    await rows.rescanned(MAILBOX, first.model_copy(update={"done_at": 1010.0, "old": 3}))
    found = await rows.get(MAILBOX)
    assert found is not None
    assert found.rescan is not None
    assert (found.rescan.done_at, found.rescan.old) == (1010.0, 3)

    newer = Rescan(rescan_id="2", asked_at=1020.0)
    await rows.ask(MAILBOX, newer)
    await rows.rescanned(MAILBOX, first.model_copy(update={"done_at": 1030.0}))
    found = await rows.get(MAILBOX)
    assert found is not None
    assert found.rescan == newer
