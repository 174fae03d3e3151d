"""A burst of mails is stored a few at a time, and a mail that cannot be stored in time stays its sender's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hermes import errors
from hermes.ingress import mail_store
from hermes.ingress.mail_store import MailStore
from tests import env

SMALL = mail_store.DEPOSITS - mail_store.LARGE_DEPOSITS


class Store:
    """Keeps objects and messages; each object takes as long as it is told."""

    def __init__(self) -> None:
        self.at_once = self.most = 0
        self.kept: list[str] = []
        self.told: list[str] = []
        self.goes_on = asyncio.Event()

    async def put(self, key: str, raw: bytes, **_: Any) -> None:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await self.goes_on.wait()
        self.at_once -= 1
        self.kept.append(key)

    async def send(self, url: str, body: str) -> None:
        self.told.append(body)


def depositor(store: Store, **more: Any) -> MailStore:
    return MailStore(objects=store, queues=store, inbound="inbound", **({"env": env.quiet()} | more))  # type: ignore[arg-type]


async def test_no_more_are_stored_at_once_than_may_and_none_is_left_out() -> None:
    store = Store()
    taking = depositor(store)
    burst = [
        asyncio.create_task(taking.deposit(b"raw", recipients=["site@hermes.test"], sender=None, ingress="smtp"))
        for _ in range(5 * mail_store.DEPOSITS)
    ]
    async with asyncio.timeout(60):
        while store.most < SMALL:  # noqa: ASYNC110 - the tasks have only to begin
            await asyncio.sleep(0)
        store.goes_on.set()
        keys = await asyncio.gather(*burst)

    assert store.most == SMALL
    assert sorted(store.kept) == sorted(keys)
    assert len(store.told) == len(burst)


async def test_one_that_waits_too_long_for_its_turn_is_not_taken() -> None:
    store = Store()
    taking = depositor(store, seconds=0.05)
    for _ in range(SMALL):
        await taking._slots.acquire()
    async with asyncio.timeout(60):
        with pytest.raises(errors.AwsTimeout):
            await taking.deposit(b"raw", recipients=["site@hermes.test"], sender=None, ingress="smtp")

    assert (store.most, store.told) == (0, [])
