"""Tables that batch reads and small updates if several are waiting, without delaying any.

A command costs its gateway four reads and two updates; with two hundred open commands, one call carries a dozen. A read uses a call that
starts after the request, so it sees all earlier writes. A single read or update is a plain GetItem or UpdateItem. Updates that go together
are a transaction, which costs twice the write units; if it fails, each is written alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.batcher import Batcher

#: Keys of one BatchGetItem.
READ_KEYS: Final = 100
#: A read that takes longer hangs, as a lost connection does for 15 s: the reads that wait for it leave beside it.
READ_PATIENCE_SECONDS: Final = 0.25
#: And so many lines of reads, and of marks, may hang at once.
READS_BESIDE: Final = 6
#: Marks that one transaction carries (a reply is sent, a command is counted); DynamoDB takes 100 writes, of which any one may fail all.
MARKS: Final = 12
#: Where such a transaction fails, so many of its marks go alone at once; one whose item is busy, so often.
MARKS_BESIDE: Final = 4
MARK_TRIES: Final = 4
#: Before a mark whose item is busy is made again; doubled each time.
MARK_PAUSE_SECONDS: Final = 0.02

R = TypeVar("R")
_Keys = Sequence[tuple[str, Mapping[str, str]]]
_Items = list[items.Item | None]


class CoalescedTables(tables.Tables):
    """`Tables` with a batcher for reads by key, and one for updates."""

    def __init__(self, *, client: Any) -> None:
        super().__init__(client=client)
        beside: dict[str, Any] = {"patience_seconds": READ_PATIENCE_SECONDS, "most_beside": READS_BESIDE}
        keys, marks = READ_KEYS, MARKS
        self._reads: Batcher[_Keys, _Items] = Batcher(
            name="read", carry=self._read_together, most=keys, weight=len, most_weight=keys, **beside
        )
        self._marks: Batcher[tables.Update, None] = Batcher(
            name="mark", carry=self._mark_together, most=marks, weight=lambda write: 1, most_weight=marks, **beside
        )

    async def get(self, table: str, key: Mapping[str, str]) -> items.Item | None:
        """See `Tables`."""
        return (await self._reads.go([(table, key)]))[0]

    async def get_many(self, keys: _Keys) -> _Items:
        """See `Tables`."""
        return await self._reads.go(keys)

    async def mark(self, write: tables.Update) -> None:
        """See `Tables`."""
        await self._marks.go(write)

    async def _mark_together(self, writes: Sequence[tables.Update]) -> Sequence[Exception | None]:
        # DynamoDB takes one write on an item in a transaction.
        first = {tables.item_name(write.table, write.key): number for number, write in reversed([*enumerate(writes)])}
        together, alone = sorted(first.values()), sorted(set(range(len(writes))) - set(first.values()))
        if len(together) == 1:
            together, alone = [], [*range(len(writes))]
        else:
            try:
                await self.transact([writes[number] for number in together])
            except errors.HermesError:
                # One of them does not hold, or is refused, or somebody else is at its item: no reason to fail the others. Nor is an answer
                # that did not come: marks may be made again.
                together, alone = [], [*range(len(writes))]
        ended: list[Exception | None] = [None] * len(writes)
        for start in range(0, len(alone), MARKS_BESIDE):
            some = alone[start : start + MARKS_BESIDE]
            found = await asyncio.gather(*(self._mark_alone(writes[n]) for n in some), return_exceptions=True)
            for number, one in zip(some, found, strict=True):
                ended[number] = _answer(one)
        return ended

    async def _mark_alone(self, write: tables.Update) -> None:
        for turn in range(MARK_TRIES - 1):
            try:
                await super().mark(write)
            except errors.TransactionBusy:
                # Another transaction of marks, of this replica or another, has the item now.
                await asyncio.sleep(MARK_PAUSE_SECONDS * 2**turn)
            else:
                return
        await super().mark(write)

    async def _read_together(self, asked: Sequence[_Keys]) -> Sequence[_Items | Exception]:
        if len(asked) == 1 and len(asked[0]) == 1:
            return [[await super().get(*asked[0][0])]]
        try:
            found = iter(await super().get_many([key for keys in asked for key in keys]))
        except errors.AwsRefused:
            if len(asked) == 1:
                raise
            # One of the keys cannot be read, such as a name that is too long: only its caller is refused.
            alone = (super(CoalescedTables, self).get_many(keys) for keys in asked)
            ended = await asyncio.gather(*alone, return_exceptions=True)
            return [_answer(one) for one in ended]
        return [[next(found) for _ in keys] for keys in asked]


def _answer(ended: R | BaseException) -> R | Exception:
    if isinstance(ended, BaseException) and not isinstance(ended, Exception):
        raise ended
    return ended
