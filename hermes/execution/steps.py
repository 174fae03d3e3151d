"""One step of an execution: an actor, preconditions and a handler, with checkpoints and retries."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import FrameType
from typing import Any, Final, Generic, TypeVar, cast, overload

from hermes.domain.interrupts import InterruptReason
from hermes.execution import calling, exceptions, precedence
from hermes.execution import retry as retries
from hermes.execution.checkpoints import records
from hermes.execution.events.events import ExecutionStatus, error_words
from hermes.execution.state import ExecutionState

T = TypeVar("T")

#: Libraries whose groups and waiters put callbacks on the tasks that they run.
_RUNNERS: Final = frozenset({"_asyncio", "asyncio", "anyio"})


class ExecutionEvent(Generic[T]):
    """A step that an actor of any kind does: `await ExecutionEvent(actor=agent)(input_data, context, state)` is its handler's result.

    An `Agent`, `Tool` or `LLM` (or anything that has their attributes) brings handler, preconditions and retry settings. Any other actor is
    a name for them: then the step has a `name` and a `handler`, which takes a `StepContext` (or input data, context and state) and is
    run by `execute(state)`.

    The handler is async; or it is plain, then it blocks the loop as any plain function does. Four checkpoints stop it: before
    anything, before the preconditions, before the handler, and after it; and an interrupt cancels the handler wherever it waits. A
    result that the handler has given is kept even if the last checkpoint stops the run.

    `retry` is `retry_config` under a shorter name.

    A precondition that does not hold fails the step with `PreconditionFailed`, which is not retried. `dump` converts a
    result to a JSON value for snapshots, and `load` converts it back.
    """

    __slots__ = ("_conditions", "_handler", "_own", "actor", "dump", "load", "name", "retry_config")

    @overload
    def __init__(
        self,
        actor: Any = None,
        *,
        name: str | None = None,
        handler: Callable[..., Awaitable[T]],
        preconditions: Sequence[calling.Precondition] = (),
        retry_config: retries.RetryConfig | None = None,
        retry: retries.RetryConfig | None = None,
        dump: Callable[[T], Any] | None = None,
        load: Callable[[Any], T] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        actor: Any = None,
        *,
        name: str | None = None,
        handler: Callable[..., T],
        preconditions: Sequence[calling.Precondition] = (),
        retry_config: retries.RetryConfig | None = None,
        retry: retries.RetryConfig | None = None,
        dump: Callable[[T], Any] | None = None,
        load: Callable[[Any], T] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self: ExecutionEvent[Any],
        actor: Any,
        *,
        name: str | None = None,
        preconditions: Sequence[calling.Precondition] = (),
        retry_config: retries.RetryConfig | None = None,
        retry: retries.RetryConfig | None = None,
        dump: Callable[[T], Any] | None = None,
        load: Callable[[Any], T] | None = None,
    ) -> None: ...

    def __init__(
        self,
        actor: Any = None,
        *,
        name: str | None = None,
        handler: Callable[..., Any] | None = None,
        preconditions: Sequence[calling.Precondition] = (),
        retry_config: retries.RetryConfig | None = None,
        retry: retries.RetryConfig | None = None,
        dump: Callable[[T], Any] | None = None,
        load: Callable[[Any], T] | None = None,
    ) -> None:
        own = None if isinstance(actor, type) or not callable(getattr(actor, "handler", None)) else actor
        self.name = name or precedence.actor_name(actor)
        if not self.name:
            raise ValueError("a step needs a name, or an actor that has one: snapshots identify it by its name")
        self.actor = actor
        if handler is None and own is None:
            raise TypeError(f"step {self.name!r} needs a handler, or an actor that has one (Agent, Tool, LLM)")
        self._own: Any = own
        self._handler = None if handler is None else calling.of_step(handler)
        as_given = calling.of_step if own is None else calling.of_actor_condition
        self._conditions = [as_given(one) for one in preconditions]
        self.retry_config = retry_config or retry
        self.dump = dump
        self.load = load

    @property
    def handler(self) -> calling.Bound:
        """What does the step: the given handler, or the one that the actor has now."""
        return self._handler or calling.of_actor(self._own.handler)

    @property
    def preconditions(self) -> list[calling.Bound]:
        """What must hold: the preconditions that the actor has now, and the given ones."""
        return [
            *(calling.of_actor_condition(one) for one in getattr(self._own, "preconditions", None) or ()),
            *self._conditions,
        ]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r}, actor={self.actor!r})"

    async def __call__(
        self,
        input_data: Any = None,
        context: Any = None,
        state: ExecutionState | None = None,
        *,
        retry_config: retries.RetryConfig | None = None,
    ) -> T:
        """Run the step with this input in this execution; the handler's result. `retry_config` overrides every other level.

        Raises `ExecutionInterrupted`, `PreconditionFailed`, or what the last attempt raised (with a note why it was the last). A task
        of this call alone (`asyncio.create_task(event(…))`) has no code that could catch it: such a task ends with None, and the
        state has the signal. Under `asyncio.run`, `wait_for`, `gather` and task groups it raises, and `execute` raises always.
        """
        if not isinstance(state, ExecutionState):
            raise TypeError(f"step {self.name!r} runs in an execution: event(input_data, context, state)")
        try:
            return await self.execute(state, retry_config=retry_config, input_data=input_data, context=context)
        except exceptions.ExecutionInterrupted as stop:
            if stop.signal is not state.interrupt_signal or not _is_whole_task(inspect.currentframe()):
                raise
        return cast(T, None)

    async def execute(
        self,
        state: ExecutionState,
        *,
        retry_config: retries.RetryConfig | None = None,
        retry: retries.RetryConfig | None = None,
        input_data: Any = None,
        context: Any = None,
    ) -> T:
        """Run the step, or return its result from a snapshot; raises what a call raises."""
        state.start()
        record = state.steps.take(self.name, precedence.actor_name(self.actor), self.dump)
        if record.status is ExecutionStatus.COMPLETED:
            await state.check_interrupt()
            return self._kept(record)
        choice = state.choose_retry(call=retry_config or retry, step=self.retry_config, actor=self.actor)
        return cast(T, await _Run(state, self, record, choice.config).whole(input_data, context))

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

    async def whole(self, input_data: Any, context: Any) -> Any:
        self._state.steps.begin(self._record, self._timeline.monotonic(), self._timeline.now())
        try:
            await self._state.check_interrupt()  # first checkpoint: before anything
            await self._wait_for_next()
            while True:
                try:
                    result = await self._attempt(input_data, context)
                except exceptions.ExecutionInterrupted:
                    raise
                except Exception as error:
                    await self._after(error)
                else:
                    return await self._completed(result)
        except exceptions.ExecutionInterrupted as stop:
            self._stopped(ExecutionStatus.INTERRUPTED, stop.message or "", stop.reason)
            await self._state.checkpoint()
            raise
        except asyncio.CancelledError:
            signal = self._state.interrupt_signal
            if signal is not None:
                self._stopped(ExecutionStatus.INTERRUPTED, signal.message or "", signal.reason)
            else:
                self._stopped(ExecutionStatus.CANCELLED, "cancelled from outside")
            raise
        finally:
            self._state.steps.end(self._record, self._timeline.monotonic(), self._timeline.now())

    async def _attempt(self, input_data: Any, context: Any) -> Any:
        record, state = self._record, self._state
        record.failed = False
        self._say(ExecutionStatus.STARTED)
        await state.changed()
        await state.check_interrupt()  # second: before the preconditions
        given = calling.StepContext(
            state=state,
            step=record.key,
            actor=self._step.actor,
            attempt=record.attempt,
            input_data=input_data,
            context=context,
        )
        for precondition in self._step.preconditions:
            async with state.interruptible():
                if _says_no(await _value(precondition.call(given))):
                    raise exceptions.PreconditionFailed(
                        f"step {record.key!r} may not run: {precondition.name} does not hold"
                    )
        await state.check_interrupt()  # third: before the handler
        async with state.interruptible():
            # Awaited here, not in `_value`: the stack of a command has a limit.
            answer = self._step.handler.call(given)
            result = await answer if inspect.isawaitable(answer) else answer
        if inspect.isasyncgen(result):
            state.register_generator(result)  # a stream that the caller reads ends with the execution at the latest
        return result

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
        record.error = error_words(error)
        self._say(ExecutionStatus.FAILED, record.error)
        if isinstance(error, exceptions.PreconditionFailed | exceptions.SnapshotError):
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
        """The step is stopped; one that has its result has ended with that, and history only notes that the run went no further."""
        record = self._record
        if record.status is ExecutionStatus.COMPLETED:
            self._timeline.note(
                f"step {record.key!r} was stopped after its handler, and keeps its result: {detail or status.value}"
            )
            return
        if record.failed:
            detail = f"{detail or status.value}; the attempt before had failed: {record.error}"
        self._say(status, detail, reason=reason)

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
            error=self._record.error if self._record.failed else "",
        )


def _is_whole_task(frame: FrameType | None) -> bool:
    """Whether a coroutine's frame is the first one of the running task, and no runner, group or `wait_for` has taken the task over.

    Then no code of the task could catch what it raises. Callbacks of a user's own (`add_done_callback(tasks.discard)`) change nothing.
    """
    task = asyncio.current_task()
    if task is None or getattr(task.get_coro(), "cr_frame", None) is not frame:
        return False
    return not any(_takes_over(callback) for callback, _ in getattr(task, "_callbacks", None) or ())


def _takes_over(callback: Any) -> bool:
    """Whether a task's callback is one by which a library hands the task's error on; a coroutine that awaits the task has "wakeup"."""
    function = getattr(callback, "func", callback)  # of a `functools.partial`
    library = (getattr(function, "__module__", None) or "").partition(".")[0]
    return library in _RUNNERS and not getattr(function, "__name__", "").endswith("wakeup")


def _says_no(answer: Any) -> bool:
    """Whether a precondition does not hold: one that only raises returns None."""
    return answer is not None and not answer


async def _value(given: Any) -> Any:
    return await given if inspect.isawaitable(given) else given
