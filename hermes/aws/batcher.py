"""Batches items that one call can carry together: items that arrive during a call go with the next one.

The first item leaves at once, together with items of the same turn of the event loop. So a single call
is as fast as without a batcher, and under load ten items share one call.
"""

from __future__ import annotations

import asyncio
import collections
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batcher(Generic[T, R]):
    """One batcher; its calls run one after another, so the items keep their order.

    If the order does not matter, `patience_seconds` keeps a hanging call from blocking later ones: the next call starts
    beside it, with at most `most_beside` hanging calls.
    """

    def __init__(
        self,
        *,
        name: str,
        carry: Callable[[Sequence[T]], Awaitable[Sequence[R | Exception]]],
        most: int,
        weight: Callable[[T], int],
        most_weight: int,
        patience_seconds: float | None = None,
        most_beside: int = 0,
    ) -> None:
        self._name = name
        self._carry = carry
        self._most = most
        self._weight = weight
        self._most_weight = most_weight
        self._patience = patience_seconds
        self._most_beside = most_beside
        self._waiting: collections.deque[tuple[T, asyncio.Future[R]]] = collections.deque()
        self._movers: set[asyncio.Task[None] | None] = set()
        self._hanging = 0
        """Movers whose call takes too long: others go on for them."""

    @property
    def empty(self) -> bool:
        """Nothing waits, and no call is running."""
        return not self._movers

    async def go(self, thing: T) -> R:
        """Wait for the call that carries the item and return its answer. Raises the error of the item or of the whole call."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((thing, answer))
        if len(self._movers) == self._hanging:
            self._start()
        return await answer

    def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self._movers.add(loop.create_task(self._move(), name=self._name, context=contextvars.Context()))

    async def _move(self) -> None:
        try:
            while self._waiting and len(self._movers) - self._hanging == 1:
                await self._leave_in_time(self._next())
        finally:
            self._movers.discard(asyncio.current_task())
            while self._waiting and not self._movers:
                self._waiting.popleft()[1].cancel()

    async def _leave_in_time(self, chosen: list[tuple[T, asyncio.Future[R]]]) -> None:
        hangs = False

        def give_up() -> None:
            nonlocal hangs
            if self._hanging < self._most_beside:
                hangs = True
                self._hanging += 1
                if self._waiting:
                    self._start()

        timer = asyncio.get_running_loop().call_later(self._patience, give_up) if self._patience is not None else None
        try:
            await self._leave(chosen)
        finally:
            if timer is not None:
                timer.cancel()
            if hangs:
                self._hanging -= 1

    def _next(self) -> list[tuple[T, asyncio.Future[R]]]:
        chosen = [self._waiting.popleft()]
        weight = self._weight(chosen[0][0])
        while self._waiting and len(chosen) < self._most:
            weight += self._weight(self._waiting[0][0])
            if weight > self._most_weight:
                break
            chosen.append(self._waiting.popleft())
        return chosen

    async def _leave(self, chosen: list[tuple[T, asyncio.Future[R]]]) -> None:
        answers: Sequence[R | Exception]
        try:
            answers = await self._carry([thing for thing, _ in chosen])
        except asyncio.CancelledError:
            for _, future in chosen:
                future.cancel()
            raise
        except Exception as error:
            answers = [error] * len(chosen)
        for (_, future), answer in zip(chosen, answers, strict=True):
            if future.done():
                continue  # its waiter was cancelled; it was carried all the same
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
