"""One step of an execution: an actor, preconditions and a handler, with checkpoints and retries."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar, cast, overload

from hermes import errors
from hermes.domain.interrupts import InterruptReason
from hermes.execution import precedence, signals
from hermes.execution import retry as retries
from hermes.execution.checkpoints import records, snapshot
from hermes.execution.events.events import ExecutionStatus
from hermes.execution.state import ExecutionState

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """The argument of a handler and its preconditions."""

    state: ExecutionState
    step: str
    """The step's key in this execution."""
    actor: Any
    attempt: int
    """Counted from 1."""


Precondition: TypeAlias = Callable[[StepContext], bool | Awaitable[bool]]
"""Says whether the step may run; plain or async."""


class PreconditionFailed(errors.HermesError):
    """A precondition does not hold."""


class ExecutionEvent(Generic[T]):
    """A named step that an actor of any kind does once.

    The handler is async; or it is plain, then it blocks the loop as any plain function does. Four checkpoints stop it: before
    anything, before the preconditions, before the handler, and after it; and an interrupt cancels the handler wherever it waits. A
    result that the handler has given is kept even if the last checkpoint stops the run.

    A precondition that does not hold fails the step with `PreconditionFailed`, which is not retried. `dump` converts a
    result to a JSON value for snapshots, and `load` converts it back.
    """

    __slots__ = ("actor", "dump", "handler", "load", "name", "preconditions", "retry")

    @overload
    def __init__(
        self,
        *,
        name: str,
        handler: Callable[[StepContext], Awaitable[T]],
        actor: Any = None,
        preconditions: Sequence[Precondition] = (),
        retry: retries.RetryConfig | None = None,
        dump: Callable[[T], Any] | None = None,
        load: Callable[[Any], T] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        *,
        name: str,
        handler: Callable[[StepContext], T],
        actor: Any = None,
        preconditions: Sequence[Precondition] = (),
        retry: retries.RetryConfig | None = None,
        dump: Callable[[T], Any] | None = None,
        load: Callable[[Any], T] | None = None,
    ) -> None: ...

    def __init__(
        self,
        *,
        name: str,
        handler: Callable[[StepContext], Any],
        actor: Any = None,
        preconditions: Sequence[Precondition] = (),
        retry: retries.RetryConfig | None = None,
        dump: Callable[[T], Any] | None = None,
        load: Callable[[Any], T] | None = None,
    ) -> None:
        if not name:
            raise ValueError("a step needs a name: snapshots know it by that")
        self.name = name
        self.handler = handler
        self.actor = actor
        self.preconditions = tuple(preconditions)
        self.retry = retry
        self.dump = dump
        self.load = load

    async def execute(self, state: ExecutionState, *, retry: retries.RetryConfig | None = None) -> T:
        """Run the step, or return its result from a snapshot.

        Raises `ExecutionInterrupted`, `PreconditionFailed`, or what the last attempt raised (with a note why it was the last).
        """
        state.start()
        record = state.steps.take(self.name, precedence.actor_name(self.actor), self.dump)
        if record.status is ExecutionStatus.COMPLETED:
            await state.check_interrupt()
            return self._kept(record)
        choice = state.choose_retry(call=retry, step=self.retry, actor=self.actor)
        return cast(T, await _Run(state, self, record, choice.config).whole())

    def _kept(self, record: records.StepRecord) -> T:
        if record.restored and self.load is not None:
            return self.load(record.result)
        return cast(T, record.result)


async def replay(state: ExecutionState, steps: Iterable[ExecutionEvent[Any]]) -> list[Any]:
    """Run the steps one after the other; steps that a restored state has as completed only return their result."""
    return [await step.execute(state) for step in steps]


class _Run:
    """One run of a step: attempts, pauses, and the record of both."""

    __slots__ = ("_config", "_record", "_state", "_step", "_timeline")

    def __init__(
        self, state: ExecutionState, step: ExecutionEvent[Any], record: records.StepRecord, config: retries.RetryConfig
    ) -> None:
        self._state = state
        self._timeline = state.timeline
        self._step = step
        self._record = record
        self._config = config

    async def whole(self) -> Any:
        self._state.steps.begin(self._record, self._timeline.monotonic())
        try:
            await self._state.check_interrupt()  # first checkpoint: before anything
            await self._wait_for_next()
            while True:
                try:
                    result = await self._attempt()
                except signals.ExecutionInterrupted:
                    raise
                except Exception as error:
                    await self._after(error)
                else:
                    return await self._completed(result)
        except signals.ExecutionInterrupted as stop:
            self._stopped(ExecutionStatus.INTERRUPTED, stop.signal.message, stop.signal.reason)
            await self._state.checkpoint()
            raise
        except asyncio.CancelledError:
            signal = self._state.interrupted
            if signal is not None:
                self._stopped(ExecutionStatus.INTERRUPTED, signal.message, signal.reason)
            else:
                self._stopped(ExecutionStatus.CANCELLED, "cancelled from outside")
            raise
        finally:
            self._state.steps.end(self._record, self._timeline.monotonic())

    async def _attempt(self) -> Any:
        record, state = self._record, self._state
        record.failed = False
        self._say(ExecutionStatus.STARTED)
        await state.changed()
        await state.check_interrupt()  # second: before the preconditions
        context = StepContext(state=state, step=record.key, actor=self._step.actor, attempt=record.attempt)
        for precondition in self._step.preconditions:
            async with state.interruptible():
                if not await _value(precondition(context)):
                    name = getattr(precondition, "__name__", type(precondition).__name__)
                    raise PreconditionFailed(f"step {record.key!r} may not run: {name} does not hold")
        await state.check_interrupt()  # third: before the handler
        async with state.interruptible():
            given = self._step.handler(context)
            return await given if inspect.isawaitable(given) else given

    async def _completed(self, result: Any) -> Any:
        record = self._record
        record.result, record.retry_at = result, None
        self._say(ExecutionStatus.COMPLETED)
        await self._state.changed()
        await self._state.check_interrupt()  # fourth: after the handler
        return result

    async def _after(self, error: Exception) -> None:
        """Record the failure; return when the next attempt is due, or raise the error."""
        record = self._record
        record.failures += 1
        record.failed = True
        self._say(ExecutionStatus.FAILED, f"{type(error).__name__}: {error}")
        if isinstance(error, PreconditionFailed | snapshot.SnapshotError):
            await self._state.changed()
            raise error
        decision = self._config.decide(
            error, failures=record.failures, elapsed_seconds=record.elapsed(self._timeline.monotonic())
        )
        if not decision.retry:
            error.add_note(f"step {record.key!r} is not tried again: {decision.why}")
            await self._state.changed()
            raise error
        record.retry_at = self._timeline.now() + decision.delay_seconds
        self._say(ExecutionStatus.RETRYING, decision.why, delay_seconds=decision.delay_seconds)
        await self._state.changed()
        await self._wait_for_next()

    async def _wait_for_next(self) -> None:
        """Wait until the pause is over: one that has just begun, or the rest of one that a snapshot has."""
        if self._record.retry_at is not None:
            remaining = self._record.retry_at - self._timeline.now()
            if remaining > 0:
                await self._state.sleep(remaining)
            self._record.retry_at = None

    def _stopped(self, status: ExecutionStatus, detail: str, reason: InterruptReason | None = None) -> None:
        """The step is stopped; one that has its result stays completed, and only its history says that it was stopped."""
        completed = self._record.status is ExecutionStatus.COMPLETED
        words = "after the handler; its result is kept" if completed else detail
        self._say(status, words, reason=reason)
        if completed:
            self._record.status = ExecutionStatus.COMPLETED

    def _say(
        self,
        status: ExecutionStatus,
        detail: str = "",
        *,
        reason: InterruptReason | None = None,
        delay_seconds: float | None = None,
    ) -> None:
        self._timeline.step(
            status,
            record=self._record,
            detail=detail,
            reason=reason,
            max_attempts=self._config.max_attempts,
            delay_seconds=delay_seconds,
        )


async def _value(given: Any) -> Any:
    return await given if inspect.isawaitable(given) else given
