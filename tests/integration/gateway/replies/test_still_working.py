"""A person whose request takes long hears of it once, and then of its end."""

from __future__ import annotations

import pytest

from tests.integration.gateway.play import Play


@pytest.mark.parametrize(("after", "told"), [(600, 1), (0, 0)])
async def test_what_takes_long_is_said_once_by_whichever_gateway(play: Play, after: int, told: int) -> None:
    timing = {"timing": {"still_working": after}}
    first, second = await play.gateway(**timing), await play.gateway(**timing)
    _, record = await play.mail(first, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    for gateway in (first, second, first):
        play.clock.advance(301)
        await worker.beat()
        await gateway.sweeper.sweep()

    kinds = [reply.kind for reply in await play.replies(record)]
    assert kinds == ["still_working"] * told

    await worker.succeed(command)
    await play.ended(record)
    kinds = sorted(reply.kind for reply in await play.replies(record))
    assert kinds == sorted(["succeeded", *["still_working"] * told])
