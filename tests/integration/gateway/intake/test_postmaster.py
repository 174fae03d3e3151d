"""Mail to the postmaster reaches the operator, whoever wrote it, and nobody else hears of it."""

from __future__ import annotations

import email
import email.policy

from hermes.domain.mails import Outcome
from hermes.domain.replies import ReplyState
from tests.eventually import eventually
from tests.integration.gateway.play import EVE, Play

OPERATOR = "operator@example.net"


async def test_it_is_sent_on_once_with_the_mail_as_it_came(play: Play) -> None:
    gateway = await play.gateway(mail={"postmaster": OPERATOR})

    for _ in range(2):
        await play.mail(
            gateway, text="Your server is listed.", to="postmaster@agent.example.com", sender=EVE, trusted=False,
            message_id="<same@example.org>",
        )  # fmt: skip

    async def sent() -> bool:
        return [one.state for one in await play.stand.outbox.all()] == [ReplyState.SENT]

    await eventually(sent)
    (record,) = await play.stand.sessions.all_mails()
    (reply,) = await play.stand.outbox.all()
    assert (record.outcome, record.reply_id) == (Outcome.IGNORED, reply.reply_id)
    assert "sent on to the operator" in record.reason
    assert (reply.recipient, reply.sender) == (OPERATOR, "")
    made = email.message_from_bytes(reply.raw, policy=email.policy.default)
    assert made["From"].addresses[0].addr_spec == "postmaster@agent.example.com"
    assert made["Auto-Submitted"] == "auto-generated"
    (attached,) = made.iter_attachments()
    assert b"Your server is listed." in attached.get_content()
    assert play.launcher.requests == []


async def test_without_an_operator_it_is_recorded_and_says_what_to_set(play: Play) -> None:
    gateway = await play.gateway()

    await play.mail(gateway, text="Hello", to="postmaster@agent.example.com", sender=EVE, trusted=False)

    (record,) = await play.stand.sessions.all_mails()
    assert record.outcome is Outcome.IGNORED
    assert "mail.postmaster" in record.reason
    assert await play.stand.outbox.all() == []
