"""Mail in by IMAP from a real Dovecot: seen only when stored, nothing lost by crashes, hang-ups or a new UIDVALIDITY."""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from hermes import errors, limits
from hermes.aws.records.mailboxes import Mailboxes
from hermes.config.ingress_settings import ImapSettings
from hermes.domain import pointer
from hermes.ingress.imap.folder import ImapFolder
from hermes.ingress.imap.ingress import ImapIngress, ImapTimes
from hermes.ingress.mail_store import MailStore
from hermes.ingress.spool import Spool
from tests import env
from tests.eventually import eventually
from tests.integration.ingress.dovecot import PASSWORD, USER, Dovecot, certificate, dovecot
from tests.integration.stand import Stand

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

OURS = "site@hermes.test"
log = logging.getLogger(__name__)


def mail(number: int, *, header: str = "") -> bytes:
    return (
        f"Return-Path: <anna@people.test>\r\n{header}From: anna@people.test\r\nTo: site+x@hermes.test\r\n"
        f"Message-ID: <{number}@people.test>\r\nSubject: Hello\r\n\r\nPlease {number}.\r\n"
    ).encode()


@pytest.fixture
async def server() -> AsyncIterator[Dovecot]:
    with dovecot() as made:
        await made.started()
        yield made


@pytest.fixture
async def make(aws: Stand) -> AsyncIterator[Callable[..., ImapIngress]]:
    made: list[ImapIngress] = []

    def ingress(server: Dovecot, *, folder: type[ImapFolder] = ImapFolder, **settings: Any) -> ImapIngress:
        wanted = ImapSettings(
            enabled=True,
            host="127.0.0.1",
            port=server.port,
            security=settings.pop("security", "none"),
            ca_file=settings.pop("ca_file", None),
            username=USER,
            password=settings.pop("password", PASSWORD),
            address=OURS,
            poll_seconds=1,
            idle_seconds=60,
        )
        depositor = MailStore(objects=aws.objects, queues=aws.queues, inbound=aws.places.inbound, env=env.quiet())
        one = ImapIngress(
            settings=wanted,
            depositor=depositor,
            accepts=lambda recipient: recipient.endswith("@hermes.test"),
            connect=lambda: folder(wanted),
            mailboxes=Mailboxes(tables=aws.tables, names=aws.names),
            spool=Spool(),
            times=ImapTimes(**{"call": 10.0, "first_pause": 0.05, "close": 5.0, **settings}),
            env=env.quiet(emit=lambda event: log.warning("%s: %s", event.name, event.text), jitter=lambda: 0.5),
        )
        made.append(one)
        return one

    yield ingress
    for one in made:
        await one.close()


async def inbound(aws: Stand, count: int) -> list[pointer.Pointer]:
    found: list[pointer.Pointer] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            for received in await aws.queues.receive(aws.places.inbound, wait_seconds=1):
                found += pointer.read(received.body)
                await aws.queues.delete(aws.places.inbound, [received.receipt])
    return found


async def seen(server: Dovecot, count: int) -> None:
    await eventually(lambda: server.seen(count), seconds=20)


async def test_mail_from_before_the_start_and_mail_during_idle_are_stored_and_then_seen(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress]
) -> None:
    await server.put(mail(1))
    await make(server).start()
    (first,) = await inbound(aws, 1)
    await seen(server, 1)

    await server.put(mail(2, header="Delivered-To: shop@hermes.test\r\n"))
    (second,) = await inbound(aws, 1)
    await seen(server, 2)

    assert await aws.objects.get(first.key) == mail(1)
    assert (first.ingress, first.recipient, first.sender) == ("imap", "site+x@hermes.test", "anna@people.test")
    assert (first.trusted, first.client_address, first.order) == (False, None, None)
    assert second.recipient == "shop@hermes.test"


async def test_tls_with_a_certificate_that_is_vouched_for(
    aws: Stand, make: Callable[..., ImapIngress], caplog: pytest.LogCaptureFixture
) -> None:
    with dovecot() as server:
        server.certificate = server.root / "both.pem"
        server.certificate.write_bytes(certificate())
        shutil.chown(server.certificate, server.user)
        await server.started()
        stranger = make(server, security="starttls")
        await stranger.start()
        await eventually(lambda: "CERTIFICATE_VERIFY_FAILED" in caplog.text, seconds=20)
        await stranger.close()
        ingress = make(server, security="starttls", ca_file=server.certificate)
        await ingress.start()
        for number in (1, 2, 3):
            await server.put(mail(number))
            await inbound(aws, 1)
            await seen(server, number)

        await asyncio.wait_for(ingress.close(), 60)


async def test_mail_of_which_the_answer_to_another_command_tells_does_not_wait_for_the_end_of_idle(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress]
) -> None:
    class Overtaken(ImapFolder):
        """While a mail is flagged, the next one comes, and the server says so there and then."""

        def mark_seen(self, uid: int) -> None:
            super().mark_seen(uid)
            if uid == 1:
                with server.client() as client:
                    client.append("INBOX", "", "", mail(2))
                self._box.client.noop()

    await server.put(mail(1))
    await make(server, folder=Overtaken).start()

    await inbound(aws, 2)
    await seen(server, 2)


async def test_a_server_that_tells_the_same_with_every_answer_is_not_asked_without_end(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress]
) -> None:
    looks = 0

    class Chatty(ImapFolder):
        """Its server says with each answer how many mails there are."""

        def unseen(self, criteria: str = "") -> list[int]:
            nonlocal looks
            looks += 1
            found = super().unseen(criteria)
            self._box.client.untagged_responses["EXISTS"] = [b"1"]
            return found

    await server.put(mail(1))
    ingress = make(server, folder=Chatty)
    await ingress.start()
    await inbound(aws, 1)
    await seen(server, 1)
    await eventually(lambda: looks == 2)
    await server.put(mail(2))
    await inbound(aws, 1)
    await seen(server, 2)
    await ingress.close()

    assert looks <= 6


async def test_a_server_without_idle_is_asked_again_and_again(aws: Stand, make: Callable[..., ImapIngress]) -> None:
    with dovecot(idle=False) as server:
        await server.started()
        await make(server).start()
        await server.put(mail(1))
        await inbound(aws, 1)
        await server.put(mail(2))
        await inbound(aws, 1)
        await seen(server, 2)


async def test_what_cannot_be_stored_stays_unseen_until_it_can(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress]
) -> None:
    failed = asyncio.Event()
    broken = True

    async def lose(**_: Any) -> None:
        if broken:
            failed.set()
            raise ConnectionResetError("the network is gone")

    aws.clients.sqs.meta.events.register("before-send.sqs.SendMessage", lose)
    await server.put(mail(1))
    await make(server).start()
    await asyncio.wait_for(failed.wait(), 60)
    assert await server.seen(0)

    broken = False

    await inbound(aws, 1)
    await seen(server, 1)


class Stuck(ImapFolder):
    """Hangs where the flag would be set."""

    reached: threading.Event
    go_on: threading.Event

    def mark_seen(self, uid: int) -> None:
        self.reached.set()
        assert self.go_on.wait(20)
        raise errors.MailboxUnavailable("killed")


async def test_a_crash_between_storing_and_flagging_stores_the_same_bytes_again(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress]
) -> None:
    Stuck.reached, Stuck.go_on = threading.Event(), threading.Event()
    await server.put(mail(1))
    first = make(server, folder=Stuck, close=0.1)
    await first.start()
    await eventually(Stuck.reached.is_set, seconds=20)
    closing = asyncio.create_task(first.close())
    (before,) = await inbound(aws, 1)
    assert await server.seen(0)
    Stuck.go_on.set()
    await asyncio.wait_for(closing, 60)

    await make(server).start()
    (after,) = await inbound(aws, 1)
    await seen(server, 1)

    assert before.recipient == after.recipient
    assert await aws.objects.get(before.key) == await aws.objects.get(after.key)


class Flagless(ImapFolder):
    """The connection breaks at the first flag."""

    breaks = 1

    def mark_seen(self, uid: int) -> None:
        if Flagless.breaks:
            Flagless.breaks -= 1
            self.abort()
        super().mark_seen(uid)


async def test_a_mail_that_was_stored_is_only_flagged_after_a_reconnect(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress]
) -> None:
    Flagless.breaks = 1
    await server.put(mail(1))
    await make(server, folder=Flagless).start()

    await seen(server, 1)

    assert len(await aws.objects.list("mails/")) == 1


async def test_a_restarted_server_is_found_again(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress], caplog: pytest.LogCaptureFixture
) -> None:
    await make(server).start()
    await server.put(mail(1))
    await inbound(aws, 1)
    server.stop()
    await eventually(lambda: any(r.levelname == "WARNING" for r in caplog.records), seconds=20)

    await server.started()
    await server.put(mail(2))

    await inbound(aws, 1)


async def test_another_mail_under_a_known_uid_is_another_mail(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress]
) -> None:
    await server.put(mail(1))
    await make(server).start()
    await inbound(aws, 1)
    await seen(server, 1)
    server.stop()
    # The mailbox is lost with its index; another mail gets the known number, perhaps in the same second: UIDVALIDITY is often a time.
    for path in sorted((server.root / "mail").rglob("*")):
        if path.is_file():
            path.unlink()
    await server.started()
    await server.put(mail(2))

    (found,) = await inbound(aws, 1)
    await seen(server, 1)
    assert await aws.objects.get(found.key) == mail(2)


async def test_a_mail_that_is_too_large_is_left_and_does_not_hold_up_the_next(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAIL_BYTES", 400)
    await server.put(mail(1) + b"x" * 400)
    await server.put(mail(2))
    await make(server).start()

    header, found = await inbound(aws, 2)
    await seen(server, 1)

    assert await aws.objects.get(found.key) == mail(2)
    # Its header, with the size of the whole, is enough to refuse it and to tell its author.
    assert header.size == len(mail(1)) + 400
    assert await aws.objects.get(header.key) == mail(1).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


class Fragile(ImapFolder):
    """The connection breaks whenever a certain mail is fetched."""

    def raw(self, uid: int, sink: Callable[[bytes], None], **given: Any) -> None:
        if uid == 1:
            self.abort()
        super().raw(uid, sink, **given)


async def test_a_mail_over_which_the_connection_breaks_comes_last(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress]
) -> None:
    await server.put(mail(1))
    await server.put(mail(2))
    await make(server, folder=Fragile).start()

    (found,) = await inbound(aws, 1)

    assert await aws.objects.get(found.key) == mail(2)


class Silent(ImapFolder):
    """The server says no more."""

    opened = 0

    def open(self) -> None:
        super().open()
        Silent.opened += 1
        if Silent.opened == 1:
            self._box.client.sock.settimeout(None)
            self._box.client.sock.recv(1)


async def test_a_server_that_falls_silent_is_hung_up_on(
    aws: Stand, server: Dovecot, make: Callable[..., ImapIngress], caplog: pytest.LogCaptureFixture
) -> None:
    Silent.opened = 0
    await server.put(mail(1))
    await make(server, folder=Silent, call=0.5).start()

    await inbound(aws, 1)

    assert Silent.opened == 2
    assert "no answer in 0.5 s" in caplog.text


async def test_close_ends_an_idle_at_once(server: Dovecot, make: Callable[..., ImapIngress]) -> None:
    ingress = make(server)
    await ingress.start()
    await eventually(lambda: ingress._folder and ingress._folder.uidvalidity)

    await asyncio.wait_for(ingress.close(), 60)


async def test_a_refused_login_is_tried_again_and_says_why(
    server: Dovecot, make: Callable[..., ImapIngress], caplog: pytest.LogCaptureFixture
) -> None:
    ingress = make(server, password="wrong-password")
    await ingress.start()

    await eventually(lambda: "AUTHENTICATIONFAILED" in caplog.text.upper(), seconds=20)

    assert "wrong-password" not in caplog.text
