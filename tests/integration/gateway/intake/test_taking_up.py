"""`hermes mail take-up`: a mail that was turned away is decided again by today's rules, and one that was carried out is not."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.admin.actions import mails
from hermes.domain import pointer
from hermes.domain.mails import MailRecord, Outcome
from tests.integration.gateway.console import ALL, console
from tests.integration.gateway.play import BOB, EVE, Play


async def handled(play: Play, gateway: object) -> MailRecord:
    """The outcome of the mail on the inbound queue."""
    (received,) = await play.stand.queues.receive(play.stand.places.inbound, wait_seconds=5)
    (found,) = pointer.read(received.body)
    processor = getattr(gateway, "processor")  # noqa: B009
    record: MailRecord = await processor.handle(found, order=float(received.attributes["order"]))
    return record


async def test_a_mail_that_was_refused_becomes_a_command_once_the_rules_allow_it(play: Play) -> None:
    before = await play.gateway(project={"owners": [BOB]})
    _, refused = await play.mail(before, "Rework the page", sender=EVE)
    assert refused.outcome is Outcome.REFUSED

    after = await play.gateway(project={"owners": [BOB, EVE]})
    await mails.take_up(console(play, after), ALL, refused.mail_id)
    record = await handled(play, after)

    assert (record.outcome, record.key) == (Outcome.COMMAND, refused.key)
    assert await play.stand.sessions.mail(refused.mail_id) in (None, record)


async def test_one_that_is_refused_again_has_one_record_as_before(play: Play) -> None:
    gateway = await play.gateway()
    _, refused = await play.mail(gateway, "", sender=EVE)

    await mails.take_up(console(play, gateway), ALL, refused.mail_id)
    assert await play.stand.sessions.mail(refused.mail_id) is None
    again = await handled(play, gateway)

    assert (again.mail_id, again.outcome) == (refused.mail_id, Outcome.REFUSED)


async def test_what_was_carried_out_or_is_unknown_is_left_alone(play: Play) -> None:
    gateway = await play.gateway()
    _, done = await play.mail(gateway, "Rework the page")

    for mail_id, why in ((done.mail_id, "carried out"), ("nowhere", "no record")):
        with pytest.raises(errors.Permanent, match=why):
            await mails.take_up(console(play, gateway), ALL, mail_id)
    assert await play.stand.sessions.mail(done.mail_id) == done


async def test_a_queue_that_does_not_answer_leaves_the_mail_as_it_was(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await play.gateway()
    _, refused = await play.mail(gateway, "", sender=EVE)

    async def away(*_: object, **__: object) -> str:
        raise errors.AwsUnavailable("SQS SendMessage: no answer")

    monkeypatch.setattr(gateway.records.queues, "send", away)
    with pytest.raises(errors.AwsUnavailable):
        await mails.take_up(console(play, gateway), ALL, refused.mail_id)

    assert await play.stand.sessions.mail(refused.mail_id) == refused
