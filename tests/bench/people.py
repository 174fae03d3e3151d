"""The people of a deployment: they write, and wait for their answers."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import time
from collections.abc import Sequence

from hermes import ids
from hermes.app import gateway as composition
from hermes.domain.pointer import Pointer
from tests.bench.sink import Sink

_ANSWER_SECONDS = 60.0
_TEXT = (
    "{words} of the page about opening hours, and make the first heading a little shorter.\r\n"
    "The rest may stay as it is.\r\n\r\nThank you\r\nAnna\r\n"
)


@dataclasses.dataclass(frozen=True)
class Letter:
    """A mail whose raw bytes lie in S3, and the pointer that is to be sent."""

    message_id: str
    words: str
    """With which its text begins; no other's does."""
    pointer: str


class People:
    """Writes letters ahead, sends their pointers, and times the answers."""

    def __init__(self, *, records: composition.Records, sink: Sink, persons: Sequence[str], site: str) -> None:
        self.records = records
        self.persons = persons
        self._sink = sink
        self._site = site
        self._numbers = itertools.count()
        self._written: list[Letter] = []

    async def write(self, person: str, words: str, *, answers: str | None = None) -> Letter:
        """One mail, stored."""
        words = f"{words} {next(self._numbers)}"
        message_id = f"<{ids.new_id()}@people.test>"
        lines = [
            "Received: from mail.people.test by mx.agent.example.com with ESMTPS; Fri, 20 Nov 2026 10:00:00 +0000",
            f"Message-ID: {message_id}",
            "Date: Fri, 20 Nov 2026 10:00:00 +0000",
            f"From: Anna Example <{person}>",
            f"To: {self._site}",
            "Subject: The site",
            *([f"In-Reply-To: {answers}", f"References: {answers}"] if answers else []),
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
        ]
        raw = "\r\n".join([*lines, "", _TEXT.format(words=words)]).encode()
        key = f"mails/{ids.new_id()}.eml"
        await self.records.objects.put(key, raw)
        pointer = Pointer(
            key=key,
            recipient=self._site,
            sender=person,
            ingress="smtp",
            received_at=time.time(),
            trusted=True,
            size=len(raw),
        )
        return Letter(message_id, words, pointer.model_dump_json(exclude_none=True))

    async def prepare(self, count: int) -> None:
        """Have so many letters of new threads ready, by one person after the other."""
        while len(self._written) < count:
            some = min(20, count - len(self._written))
            persons = [self.persons[next(self._numbers) % len(self.persons)] for _ in range(some)]
            self._written += await asyncio.gather(*(self.write(person, "Change the title") for person in persons))

    async def exchange(self) -> tuple[float, float]:
        """Send a letter that is ready, and wait for its answer: when the pointer was sent, and when the mail server had the answer."""
        return await self.ask(self._written.pop(0))

    async def ask(self, letter: Letter) -> tuple[float, float]:
        """The same with this letter."""
        answer = self._sink.answer_to(letter.message_id)
        begun = time.monotonic()
        await self.post(letter)
        async with asyncio.timeout(_ANSWER_SECONDS):
            return begun, await answer

    async def post(self, letter: Letter) -> None:
        """Put its pointer on the inbound queue."""
        await self.records.queues.send(self.records.places.inbound, letter.pointer)

    async def keep_open(self, count: int, stop: asyncio.Event) -> list[float]:
        """So many open at once until `stop`, each answer calling for the next letter; when each answer came."""
        came: list[float] = []

        async def lane() -> None:
            while not stop.is_set() and self._written:
                came.append((await self.exchange())[1])

        await asyncio.gather(*(lane() for _ in range(count)))
        return came
