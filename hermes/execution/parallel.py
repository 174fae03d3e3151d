"""Runs work in parallel under one interrupt."""

from __future__ import annotations

import asyncio
import enum
import inspect
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar, overload

from hermes.execution import exceptions, interrupts

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Step(Protocol[T_co]):
    """An `ExecutionEvent`, which is made of more than this module knows."""

    async def execute(self, state: Any) -> T_co: ...


Work: TypeAlias = Awaitable[T] | Callable[[], Awaitable[T]] | _Step[T]
"""What `gather` runs: a step, a function that gives an awaitable when its turn comes, or an awaitable."""


class ErrorPolicy(enum.StrEnum):
    """The effect of one failure on the other work."""

    FAIL_FAST = "fail_fast"
    """The others are cancelled, and the error is raised."""
    FINISH = "finish"
    """No more are begun; those that run come to their end; then the first error is raised."""
    COLLECT = "collect"
    """All run; an error stands in its place among the results."""


class ParallelExecutionManager:
    """Runs work in parallel in one execution: at most `limit` at once, stopped together by its interrupt.

    `async with state.parallel() as group:` waits at its end for what was added and not yet gathered; an error of the block discards it.
    `max_workers` is `limit` under another name.
    """

    def __init__(
        self,
        execution_state: interrupts.InterruptibleState | None = None,
        *,
        state: interrupts.InterruptibleState | None = None,
        limit: int | None = None,
        max_workers: int | None = None,
        errors: ErrorPolicy = ErrorPolicy.FAIL_FAST,
    ) -> None:
        limit = limit if limit is not None else max_workers
        given = execution_state if execution_state is not None else state
        if given is None:
            raise TypeError("a ParallelExecutionManager needs the execution_state whose interrupt stops its work")
        if limit is not None and limit < 1:
            raise ValueError(f"at least one must run at a time: {limit!r}")
        #: the execution whose interrupt stops the work
        self.execution_state = given
        self._limit = limit
        self._errors = ErrorPolicy(errors)
        self._added: list[Work[Any]] = []

    async def __aenter__(self) -> ParallelExecutionManager:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            added, self._added = self._added, []
            _dismiss(added)
        elif self._added:
            await self.gather()

    def add(self, *work: Work[Any]) -> None:
        """Keep work for the next `gather`; it begins there."""
        self._added.extend(work)

    @overload
    async def gather(
        self, work: Iterable[Work[T]] = (), *, limit: int | None = None, errors: Literal[ErrorPolicy.COLLECT]
    ) -> list[T | BaseException]: ...

    @overload
    async def gather(
        self, work: Iterable[Work[T]] = (), *, limit: int | None = None, errors: ErrorPolicy | None = None
    ) -> list[T]: ...

    async def gather(
        self, work: Iterable[Work[T]] = (), *, limit: int | None = None, errors: ErrorPolicy | None = None
    ) -> list[Any]:
        """The results of what was added and of this work, in this order.

        Checks for an interrupt before the first and before each item: after an interrupt nothing begins. A later interrupt
        cancels running work, waits for its cleanup and raises `ExecutionInterrupted`; one that comes with the last result does as well.
        A cancellation from outside does the same
        and stays a `CancelledError`. Nothing is left running, whatever happens.
        """
        if limit is not None and limit < 1:
            raise ValueError(f"at least one must run at a time: {limit!r}")
        pieces, self._added = [*self._added, *work], []
        policy = self._errors if errors is None else ErrorPolicy(errors)
        state = self.execution_state
        crew = _Crew(state, pieces, limit or self._limit or len(pieces), policy)
        try:
            await state.check_interrupt()
            results = await state.run(crew.run())
            await state.check_interrupt()
            return results
        finally:
            _dismiss(pieces)


class _Crew(Generic[T]):
    """One call of `gather`."""

    def __init__(
        self, state: interrupts.InterruptibleState, pieces: Sequence[Work[T]], limit: int, errors: ErrorPolicy
    ) -> None:
        self._state = state
        self._pieces = pieces
        self._limit = limit
        self._errors = errors
        self._results: list[Any] = [None] * len(pieces)
        self._begun = 0
        self._running: dict[asyncio.Task[T], int] = {}
        self._ended: deque[asyncio.Task[T]] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._error: BaseException | None = None

    async def run(self) -> list[Any]:
        try:
            while True:
                self._begin()
                if not self._running:
                    break
                await self._one_ends()
                self._take_results()
        except BaseException:
            await self._cancel_rest()
            raise
        if self._error is not None:
            raise self._error
        return self._results

    def _begin(self) -> None:
        while self._begun < len(self._pieces) and len(self._running) < self._limit and self._error is None:
            signal = self._state.interrupt_signal
            if signal is not None:
                raise exceptions.ExecutionInterrupted.of(signal)
            at, self._begun = self._begun, self._begun + 1
            task = asyncio.create_task(_started(self._state, self._pieces[at]), name=f"hermes gather {at}")
            self._running[task] = at
            task.add_done_callback(self._one_ended)

    def _one_ended(self, task: asyncio.Task[T]) -> None:
        self._ended.append(task)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _one_ends(self) -> None:
        self._wake = asyncio.get_running_loop().create_future()
        await self._wake

    def _take_results(self) -> None:
        while self._ended:
            task = self._ended.popleft()
            at = self._running.pop(task)
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                self._results[at] = task.result()
            elif self._errors is ErrorPolicy.FAIL_FAST or self._must_raise(error):
                raise error
            elif self._errors is ErrorPolicy.COLLECT:
                self._results[at] = error
            else:
                self._error = self._error or error

    def _must_raise(self, error: BaseException) -> bool:
        """Whether an exception must be raised: the interrupt of this execution, or one that ends the process."""
        if isinstance(error, exceptions.ExecutionInterrupted):
            return error.signal is self._state.interrupt_signal
        return not isinstance(error, Exception | asyncio.CancelledError)

    async def _cancel_rest(self) -> None:
        """Cancel running work and wait for its end; repeated for every further cancellation of the caller."""
        for task in self._running:
            task.cancel()
        while rest := [task for task in self._running if not task.done()]:
            try:
                await asyncio.wait(rest)
            except asyncio.CancelledError:
                for task in rest:
                    task.cancel()
        for task in self._running:
            error = None if task.cancelled() else task.exception()
            if error is not None and not isinstance(error, exceptions.ExecutionInterrupted):
                self._state.timeline.note(
                    f"{task.get_name()} failed while being cancelled: {type(error).__name__}: {error}"
                )


def _dismiss(pieces: Iterable[Work[Any]]) -> None:
    """Close coroutines that never began, or Python warns that nobody awaited them; ended ones are unaffected."""
    for piece in pieces:
        if inspect.iscoroutine(piece):
            piece.close()
        elif isinstance(piece, asyncio.Future):
            piece.cancel()


async def _started(state: interrupts.InterruptibleState, piece: Work[T]) -> T:
    if inspect.isawaitable(piece):
        return await piece
    execute = getattr(piece, "execute", None)
    if execute is not None:
        return await execute(state)  # type: ignore[no-any-return]
    assert callable(piece)
    return await piece()
