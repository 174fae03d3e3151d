"""A redrive beside a gateway that sets every message aside again: each message goes back once."""

from __future__ import annotations

import asyncio

from hermes.admin.actions import dead_letters
from tests.integration.gateway.console import ALL, console
from tests.integration.gateway.play import Play


async def test_a_message_that_is_set_aside_again_at_once_goes_back_once(play: Play) -> None:
    gateway = await play.gateway()
    stand, places = play.stand, play.stand.places
    parking = gateway.records.dead_letters
    for number in range(3):
        text = f'{{"key": "mails/none-{number}.eml", "recipient": "site@agent.example.com", "ingress": "smtp"}}'
        await stand.queues.send(places.inbound, text)
    for one in await stand.queues.receive(places.inbound, wait_seconds=1):
        await parking.park(places.inbound, one, "broken")
    taken: list[str] = []

    async def set_aside() -> None:
        """A gateway for which no mail has an end."""
        while True:
            for one in await stand.queues.receive(places.inbound, wait_seconds=1):
                taken.append(one.body)
                await parking.park(places.inbound, one, "broken")

    beside = asyncio.create_task(set_aside())
    try:
        first = await dead_letters.handle(console(play, gateway), ALL, drop=False)
        second = await dead_letters.handle(console(play, gateway), ALL, drop=False)
    finally:
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)

    assert [one.done for one in first] == [True] * 3
    assert len(second) == 3, "a later redrive takes them again"
    assert len(taken) <= 6
