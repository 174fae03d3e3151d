"""A stop whose process died: whoever sent it is named and told all the same."""

from __future__ import annotations

import pytest

from tests.integration.gateway.play import ANNA, BOB, Dropped, Play
from tests.integration.gateway.postbox import text_of
from tests.integration.gateway.test_several_people import begun, mail_of, rows_of


@pytest.mark.parametrize(("sender", "told", "sentence"), [(BOB, [ANNA, BOB], BOB), (ANNA, [ANNA], "You")])
async def test_a_stop_that_only_its_record_remembers_tells_who_asked(
    play: Play, sender: str, told: list[str], sentence: str
) -> None:
    gateway = await play.gateway(project={"answer": "author"})
    first_id, first = await begun(play, gateway)
    worker = await play.worker()
    running = await worker.begin()

    gateway.processor._follow_ups = Dropped()
    await play.mail(gateway, "stop", sender=sender, answers=first_id)
    play.clock.advance(40)
    await worker.beat()
    await gateway.sweeper.sweep()
    await worker.yield_to(running, await worker.interrupt())
    await play.ended(first)

    rows = await rows_of(play, first, "interrupted")
    assert [row.recipient for row in rows] == told
    assert f"{sentence} asked to stop." in text_of(mail_of(rows[0]))
