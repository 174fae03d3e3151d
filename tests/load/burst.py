"""The mails of a load: who writes what to which thread, and the mail program that hands them in."""

from __future__ import annotations

import asyncio
import dataclasses
import email.utils
import random
from collections.abc import AsyncIterator, Iterator

import aiosmtplib

from hermes.local import letter, settings
from tests.load.crew import SLOWLY

#: Every so manieth mail is handed in twice; every so manieth asks for something that runs until it is interrupted, for a while.
_TWICE, _SLOW = 100, 25
#: Dialogues at the same time.
CONNECTIONS = 20


@dataclasses.dataclass(frozen=True)
class Letter:
    """One mail."""

    message_id: str
    sender: str
    raw: bytes


def letters(*, mails: int, sessions: int, containers: int, seed: int) -> Iterator[Letter]:
    """So many mails: one begins each thread, the others answer it, in an order of chance. A person is a container."""
    chance = random.Random(seed)
    first: dict[int, str] = {}
    threads = [number % sessions for number in range(mails)]
    chance.shuffle(threads)
    for number, thread in enumerate(threads):
        person = f"p{thread % containers}@people.test"
        message_id, raw = letter.write(
            sender=person,
            to=settings.ADDRESS,
            subject=f"Page {thread}",
            text=f"Note {number}{' ' + SLOWLY if number % _SLOW == 0 else ''}",
            in_reply_to=first.get(thread),
        )
        first.setdefault(thread, message_id)
        yield Letter(message_id, person, raw)
        if number % _TWICE == 1:
            yield Letter(message_id, person, raw)


async def paced(letters: Iterator[Letter], rate: float) -> AsyncIterator[Letter]:
    """So many a second; 0: as fast as they are taken."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number, one in enumerate(letters):
        if rate:
            await asyncio.sleep(max(0.0, begun + number / rate - loop.time()))
        yield one


class Sender:
    """Hands letters in over some dialogues that stay open, and notes which were acknowledged."""

    def __init__(self, *, port: int) -> None:
        self._port = port
        self.acknowledged: set[str] = set()
        self.refused: list[str] = []

    async def send(self, letters: AsyncIterator[Letter]) -> None:
        """All of them."""
        waiting: asyncio.Queue[Letter | None] = asyncio.Queue(maxsize=CONNECTIONS)
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(self._dialogue(waiting))
            async for one in letters:
                await waiting.put(one)
            for _ in range(CONNECTIONS):
                await waiting.put(None)

    async def _dialogue(self, waiting: asyncio.Queue[Letter | None]) -> None:
        client: aiosmtplib.SMTP | None = None
        while (one := await waiting.get()) is not None:
            for _ in range(3):  # a sending server tries again what was not acknowledged
                try:
                    if client is None or not client.is_connected:
                        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self._port, start_tls=False, timeout=120)
                        await client.connect()
                    await client.sendmail(email.utils.parseaddr(one.sender)[1], [settings.ADDRESS], one.raw)
                except (aiosmtplib.SMTPException, OSError) as error:
                    self.refused.append(f"{type(error).__name__}: {error}")
                    client = None
                else:
                    self.acknowledged.add(one.message_id)
                    break
        if client is not None and client.is_connected:
            await client.quit()
