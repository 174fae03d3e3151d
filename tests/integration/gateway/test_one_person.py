"""One person with several addresses: one share, one container, one place in a thread, one rate limit."""

from __future__ import annotations

import email
import email.utils
from typing import Any

from hermes.domain.mails import Outcome
from hermes.domain.replies import ReplyState
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, Play
from tests.integration.gateway.test_several_people import KEY, begun, mail_of, rows_of

HOME = "anna@home.example"
ONE_PERSON: dict[str, Any] = {"project": {"owners": [ANNA, HOME, "@acme.example"]}, "people": [[ANNA, HOME]]}


async def test_one_person_with_two_addresses_has_one_session_container_and_share(play: Play) -> None:
    settings = {**ONE_PERSON, "shares": {"owner": {"open_commands": 1}}}
    gateway = await play.gateway(**settings)
    first_id, first = await begun(play, gateway, headers=())

    _, second = await play.mail(gateway, "Change the title", sender=HOME, answers=first_id)
    _, other = await play.mail(gateway, "Make it blue", sender=HOME)
    command = await play.command(second)

    assert (second.session_id, second.reason) == (first.session_id, "replace")
    assert command.container_key == (await play.command(first)).container_key
    assert (other.outcome, other.reason.partition(":")[0]) == (Outcome.REFUSED, "share")
    assert [row.recipient for row in await rows_of(play, other)] == [HOME], "the answer goes to where they wrote from"


async def test_a_sub_address_of_an_owners_domain_is_no_second_person(play: Play) -> None:
    gateway = await play.gateway(shares={"owner": {"open_commands": 1}})
    _, first = await play.mail(gateway, "Rework the page", sender="bob+1@acme.example")
    _, second = await play.mail(gateway, "Make it blue", sender="bob+2@acme.example")

    assert first.outcome is Outcome.COMMAND
    assert (second.outcome, second.reason.partition(":")[0]) == (Outcome.REFUSED, "share")


async def test_the_token_of_one_address_holds_for_the_persons_other_one(play: Play) -> None:
    gateway = await play.gateway(**ONE_PERSON, mail={"token_key": KEY})
    _, first = await begun(play, gateway, headers=())
    worker = await play.worker()
    await worker.succeed(await worker.begin())
    await play.ended(first)
    (row,) = await rows_of(play, first)

    reply_to = email.utils.parseaddr(mail_of(row)["Reply-To"])[1]
    _, second = await play.mail(gateway, "Change the title", sender=HOME, to=reply_to)

    assert second.session_id == first.session_id, second.trace


async def test_replies_to_all_addresses_of_a_person_are_counted_together(play: Play) -> None:
    gateway = await play.gateway(**ONE_PERSON, mail={"rate_limit": True})
    for number in range(6):
        for sender in (ANNA, HOME):
            await play.mail(gateway, "status", sender=sender, subject=f"Question {number}")

    async def all_tried() -> bool:
        rows = await play.stand.outbox.all()
        return len(rows) == 12 and all(row.state is ReplyState.SENT or row.error.startswith("held") for row in rows)

    await eventually(all_tried)
    rows = await play.stand.outbox.all()
    assert sum(row.state is ReplyState.SENT for row in rows) == 10
