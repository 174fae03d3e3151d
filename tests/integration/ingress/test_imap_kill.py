"""kill -9 of the IMAP ingress between any two of its steps: the mail is stored at least once, always as the same, and seen at the end."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator

import pytest

from hermes.aws.records.mailboxes import Mailboxes
from hermes.config.ingress_settings import ImapSettings
from hermes.domain import pointer
from hermes.ingress.imap.folder import ImapFolder
from hermes.ingress.imap.ingress import ImapIngress, ImapTimes
from hermes.ingress.mail_store import MailStore
from hermes.ingress.spool import Spool
from tests import env
from tests.eventually import eventually
from tests.forks import Forks
from tests.integration import stand
from tests.integration.ingress.dovecot import PASSWORD, USER, Dovecot, dovecot
from tests.integration.stand import Stand

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

MAIL = b"From: anna@people.test\r\nTo: site@hermes.test\r\nMessage-ID: <1@people.test>\r\n\r\nPlease.\r\n"
STEPS = ("open", "unseen", "facts", "raw", "put", "send", "mark_seen")
POINTS = [f"{when} {step}" for step in STEPS for when in ("before", "after")]


@pytest.fixture
async def server() -> AsyncIterator[Dovecot]:
    with dovecot() as made:
        await made.started()
        yield made


@pytest.mark.parametrize("point", POINTS)
async def test_a_mail_survives_a_kill(aws: Stand, server: Dovecot, forks: Forks, point: str) -> None:
    settings = {
        "enabled": True,
        "host": "127.0.0.1",
        "port": server.port,
        "security": "none",
        "username": USER,
        "password": PASSWORD,
        "address": "site@hermes.test",
    }
    access = {"region": stand.REGION, "access_key": stand.ACCESS_KEY, "secret_key": stand.SECRET_KEY}
    given = {
        "imap": settings,
        "aws": {**access, "endpoint_url": aws.endpoint.url},
        "bucket": aws.bucket,
        "inbound": aws.places.inbound,
        "prefix": aws.names.prefix,
        "point": point,
    }
    await server.put(MAIL)
    child = await forks.start("tests.integration.ingress.imap_child", json.dumps(given))
    assert await asyncio.wait_for(child.wait(), 60) == -signal.SIGKILL

    wanted = ImapSettings.model_validate(settings)
    again = ImapIngress(
        settings=wanted,
        depositor=MailStore(objects=aws.objects, queues=aws.queues, inbound=aws.places.inbound, env=env.quiet()),
        accepts=lambda recipient: recipient.endswith("@hermes.test"),
        connect=lambda: ImapFolder(wanted),
        mailboxes=Mailboxes(tables=aws.tables, names=aws.names),
        spool=Spool(),
        times=ImapTimes(),
        env=env.quiet(),
    )
    await again.start()
    try:
        await eventually(lambda: server.seen(1), seconds=20)
    finally:
        await again.close()

    found = [
        one
        for received in await aws.queues.receive(aws.places.inbound, wait_seconds=1)
        for one in pointer.read(received.body)
    ]
    # Twice only where the kill fell between storing and flagging.
    assert len(found) == (2 if point in {"after send", "before mark_seen"} else 1)
    assert {one.recipient for one in found} == {"site@hermes.test"}
    assert {await aws.objects.get(one.key) for one in found} == {MAIL}
