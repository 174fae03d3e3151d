"""A stranger who has seen a reply, or guesses its Message-ID, wants it marked as undelivered, so that nobody waits for it or sends it."""

from __future__ import annotations

import pytest

from hermes import ids
from hermes.domain.mails import Outcome
from hermes.domain.replies import Reply, ReplyState
from hermes.mail.authenticate import token
from tests.integration.gateway.play import ANNA, SITE, Play
from tests.integration.mail.correspondence import KEY, PASS, deliver, settings, settled, written
from tests.integration.mail.test_bounces_and_signatures import report


async def _reply(play: Play, *, keyed: bool, pending: bool = False) -> Reply:
    """A reply in a thread of Anna's, sent or still waiting for a mail server that said "later"."""
    given = settings(play)
    if not keyed:
        given["mail"].pop("token_key")
    gateway = await play.gateway(**given)
    first = await deliver(play, gateway, written("Rework the page", author=ANNA), ses=PASS)
    if pending:
        play.postbox.answers.append("451 4.7.1 Later")
    asked = written("status", author=ANNA, headers=(f"In-Reply-To: {first.message_id}",))
    status = await deliver(play, gateway, asked, ses=PASS)
    (reply,) = [row for row in await settled(play, 1) if row.mail_id == status.mail_id]
    return reply


def _addresses(reply: Reply) -> list[str]:
    """What an attacker makes of the return path and of all that the reply shows."""
    local, _, domain = SITE.partition("@")
    row, _, kind = reply.reply_id.partition("#")
    right = reply.sender.partition("@")[0][-16:]
    # As if somebody had guessed the 40 bits that older return paths have.
    older = token._mac(KEY.encode(), "bounce", reply.reply_id)[:8]
    return [
        SITE,
        f"{local}+b-{row}-{kind}-aaaaaaaa@{domain}",
        f"{local}+b-{row}-{kind}-{older}@{domain}",
        f"{local}+b-{row}-{kind}-{right}@{domain}",
        f"{local}+b-5{row}{'a' * 16}@{domain}",
        f"{local}+b-6{row}{right}@{domain}",
        f"{local}+b-{row}-{kind}-@{domain}",
        f"{local}+b-{row}-other-{right}@{domain}",
        f"{local}+{row}@{domain}",
    ]


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("pending", [False, True])
async def test_a_report_marks_a_reply_only_by_its_return_path(play: Play, keyed: bool, pending: bool) -> None:
    reply = await _reply(play, keyed=keyed, pending=pending)
    (gateway,) = play.gateways
    # A report in time would keep a reply that waits from being sent at all.
    state = ReplyState.PENDING if pending else ReplyState.SENT
    assert reply.state is state

    for number, address in enumerate(_addresses(reply)):
        raw = f"X-Number: {number}\r\n".encode() + report(reply, to=address)
        record = await deliver(play, gateway, raw, recipient=address, sender="", ingress="smtp")
        row = await play.stand.outbox.get(reply.reply_id)

        assert row is not None
        assert row.state is state
        assert record.outcome is Outcome.IGNORED
    assert play.named("reply.bounced") == []


async def test_the_message_id_of_a_reply_cannot_be_worked_out(play: Play) -> None:
    reply = await _reply(play, keyed=True)
    local, _, domain = reply.message_id.strip("<>").partition("@")

    for known in (reply.reply_id, reply.mail_id or "", reply.command_id or "", reply.session_id or ""):
        assert ids.reply_message_id(known, domain) != reply.message_id
    assert len(local.removeprefix("hermes.")) * 5 >= 128, "bits"
