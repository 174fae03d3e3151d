"""The lease of a row of the outbox: short, so that another replica takes over soon from one that died, and renewed while it is needed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from hermes import errors
from hermes.aws.records.outbox import OutboxRecords
from hermes.domain.env import Env
from hermes.domain.replies import Reply


class ReplyLease:
    """A row in the hands of this replica, while it waits for its turn and while a mail server has it."""

    def __init__(self, row: Reply, *, records: OutboxRecords, seconds: float, env: Env) -> None:
        """`row` is leased already, for `seconds` at most."""
        self.row = row
        self.handed = False
        """May the server have the mail?"""
        self._records = records
        self._seconds = seconds
        self._env = env
        self._changing = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeping = asyncio.get_running_loop().create_task(self._keep(), name=f"keep {self.row.reply_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._keeping is not None
        async with self._changing:  # never in the middle of a write, whose outcome would be unknown
            self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)

    def hand_over(self) -> None:
        """The server may have the mail from now on."""
        self.handed = True

    async def begin(self) -> None:
        """From now on a death of this process leaves it open whether the mail was sent. Raises `errors.ConditionFailed`."""
        async with self.changing() as row:
            # Of a row that nobody has leased yet that is known without a write.
            if row.attempts:
                self.row = await self._records.begin(row)

    @contextlib.asynccontextmanager
    async def changing(self) -> AsyncIterator[Reply]:
        """The row as it is now, which nothing else changes meanwhile. Raises `errors.ConditionFailed` if the lease was lost."""
        async with self._changing:
            self._check()
            yield self.row

    async def during(self, work: asyncio.Task[str | None]) -> str | None:
        """Wait for the work. Raises what it raises, and `errors.ConditionFailed` if the lease is lost before it ends."""
        assert self._keeping is not None
        await asyncio.wait({self._keeping, work}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            self._check()
        return await work

    def _check(self) -> None:
        if self._keeping is not None and self._keeping.done():
            self._keeping.result()

    async def _keep(self) -> None:
        while True:
            await self._env.sleep(self._seconds / 3)
            async with self._changing:
                try:
                    self.row = await self._records.renew(self.row, until=self._env.now() + self._seconds)
                except errors.ConditionFailed:
                    raise
                except errors.HermesError as error:
                    if (self.row.due or 0) <= self._env.now():
                        raise errors.ConditionFailed(f"the lease ran out: {error.message}") from error
