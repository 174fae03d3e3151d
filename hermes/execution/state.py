"""The state of one execution: its interrupt, its timer, its steps and its history."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import inspect
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Final, TypeVar

from hermes import ids, limits
from hermes.domain.interrupts import InterruptReason
from hermes.execution import checkers, generators, latch, precedence, retry, signals, timer, watch
from hermes.execution.checkpoints import records, saver
from hermes.execution.checkpoints import snapshot as snapshots
from hermes.execution.events import bus, events, timeline

#: While something runs, an external checker is asked this often: a person who cancels waits at most as long.
MONITOR_SECONDS: Final = 0.5
#: Entries of the history that go into a snapshot, the newest.
SNAPSHOT_HISTORY: Final = 1_000

T = TypeVar("T")
Status = events.ExecutionStatus


class ExecutionState:
    """The switch that stops a run, shared by everything that runs.

    `request_interrupt` may be called from any thread and from a signal handler; all else belongs to the thread of the event loop.
    The first interrupt wins and persists: every later checkpoint raises it again. `async with` starts and ends the execution
    (status, end event, timer); without it, call `finish`.

    `retry`, `retry_by_actor` and `default_retry` are three of the five levels of `choose_retry`. With a `store`, a snapshot is saved
    when an interrupt asks for it, and with `autosave` at every change of a step. `now` is epoch seconds and stamps what is recorded;
    `monotonic` measures; `sleep` makes the pauses.
    """

    def __init__(
        self,
        *,
        execution_id: str | None = None,
        event_bus: bus.EventBus | None = None,
        store: snapshots.SnapshotStore | None = None,
        autosave: bool = False,
        retry: retry.RetryConfig | None = None,
        retry_by_actor: Mapping[precedence.ActorType, retry.RetryConfig] | None = None,
        default_retry: retry.RetryConfig = retry.NO_RETRY,
        monitor_seconds: float = MONITOR_SECONDS,
        history_limit: int = limits.EXECUTION_HISTORY,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        new_id: Callable[[], str] = ids.new_id,
    ) -> None:
        self.execution_id = name = execution_id or new_id()
        self._retry = retry
        self._retry_by_actor = retry_by_actor or {}
        self._default_retry = default_retry
        self._sleep = sleep
        self._status = Status.PENDING
        self._book = records.StepBook()
        self._timeline = timeline.Timeline(
            execution_id=name, event_bus=event_bus, limit=history_limit, now=now, monotonic=monotonic
        )
        self._watch = watch.CheckerWatch(
            name=f"hermes checker of {name}", seconds=monitor_seconds, on_signal=self.interrupt
        )
        self._latch = latch.InterruptLatch(on_busy=self._watch.start, on_idle=self._watch.stop)
        self._timer = timer.RunTimer(self._time_out)
        self._generators = generators.Generators()
        self._saver = saver.Saver(
            store=store,
            every_change=autosave,
            take=self.snapshot,
            note=self._timeline.note,
            name=f"hermes snapshot of {name}",
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._taken = 0
        #: interrupts that came after the first, or after the end
        self.late_interrupts = 0

    # ── the run as a whole ────────────────────────────────────────────────────────────────────────────────────────

    async def __aenter__(self) -> ExecutionState:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self.kill_generators()
        finally:
            self.finish(error)
            await self._saver.last(self.interrupted)

    @property
    def status(self) -> events.ExecutionStatus:
        """The status of the execution."""
        return self._status

    @property
    def history(self) -> tuple[events.Event, ...]:
        """What happened, oldest first."""
        return tuple(self._timeline.history)

    @property
    def timeline(self) -> timeline.Timeline:
        """The maker of events; it has the clocks."""
        return self._timeline

    @property
    def steps(self) -> records.StepBook:
        """The known steps, in the order of their start."""
        return self._book

    def start(self) -> None:
        """Record the start; a second call does nothing."""
        self._loop = asyncio.get_running_loop()
        if self._status is Status.PENDING:
            self._status = Status.STARTED
            self._timeline.step(Status.STARTED)

    def finish(self, error: BaseException | None = None) -> None:
        """Record the end, with the error if there was one, and stop timer and checker. A second call does nothing."""
        self.cancel_timeout()
        self._watch.stop()
        self._watch.probe = None
        if self._status.terminal:
            return
        signal = error.signal if isinstance(error, signals.ExecutionInterrupted) else self.interrupted
        if isinstance(error, asyncio.CancelledError):
            self._status, detail = Status.CANCELLED, "cancelled from outside"
        elif error is not None and not isinstance(error, signals.ExecutionInterrupted):
            self._status, detail = Status.FAILED, f"{type(error).__name__}: {error}"
        elif signal is not None:
            self._status, detail = Status.INTERRUPTED, signal.message
        else:
            self._status, detail = Status.COMPLETED, ""
        reason = signal.reason if signal is not None and self._status is Status.INTERRUPTED else None
        self._timeline.step(self._status, detail=detail, reason=reason)

    # ── interrupts ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def interrupted(self) -> signals.InterruptSignal | None:
        """The first signal, or None."""
        return self._latch.signal

    def request_interrupt(
        self,
        reason: InterruptReason,
        message: str = "",
        triggered_by: str | None = None,
        save_checkpoint: bool = False,
    ) -> bool:
        """Stop the run; True if this was the first request. Later ones, and those after the end, are only kept in history.

        May be called from any thread and from a signal handler. All waiters of this state wake at once.
        """
        return self.interrupt(signals.InterruptSignal(reason, message, triggered_by, save_checkpoint))

    def interrupt(self, signal: signals.InterruptSignal) -> bool:
        """`request_interrupt` with the signal already made."""
        at = self._timeline.now()
        signal = dataclasses.replace(signal, at=at if signal.at is None else signal.at)
        first = not self._status.terminal and self._latch.set(signal)
        event = events.InterruptEvent(execution_id=self.execution_id, at=at, signal=signal, first=first)
        loop = self._loop
        if loop is None or loop is latch.running_loop() or loop.is_closed():
            self._announce(event)
        else:
            loop.call_soon_threadsafe(self._announce, event)
        return first

    def _announce(self, event: events.InterruptEvent) -> None:
        self._timeline.add(event)
        if not event.first:
            self.late_interrupts += 1
            return
        self.cancel_timeout()
        if self._status.terminal:
            return
        self._status = Status.CANCELLING
        for record in self._book.active:
            if record.status is Status.COMPLETED:
                continue  # it has its result, and is on its way out
            self._timeline.step(Status.CANCELLING, record=record, reason=event.signal.reason)

    async def wait_interrupted(self) -> signals.InterruptSignal:
        """The first signal, as soon as there is one."""
        self._loop = asyncio.get_running_loop()
        return await self._latch.wait()

    async def check_interrupt(self) -> None:
        """A checkpoint: raise `ExecutionInterrupted` if the run is to stop; asks the checker, if there is one."""
        signal = self._latch.signal
        if signal is not None and not signal.save_checkpoint:
            raise signals.ExecutionInterrupted(signal)
        if signal is not None or self._watch.probe is not None:
            await self._check()

    async def _check(self) -> None:
        probe, signal = self._watch.probe, self._latch.signal
        try:
            if signal is None and probe is not None:
                async with self._latch.scope(counted=False):
                    signal = await probe.ask()
                if signal is not None:
                    self.interrupt(signal)
        except signals.ExecutionInterrupted as stop:
            signal = stop.signal
        first = self._latch.signal or signal
        if first is not None:
            if first.save_checkpoint and not self._book.active:  # a step that is interrupted saves when it ends
                await self._saver.checkpoint(first)
            raise signals.ExecutionInterrupted(first)

    def interruptible(self) -> latch.InterruptibleScope:
        """`async with state.interruptible():` an interrupt cancels the body at once and comes out as `ExecutionInterrupted`.

        While a body runs, the checker (if any) is asked every `monitor_seconds`.
        """
        self._loop = asyncio.get_running_loop()
        return self._latch.scope()

    async def run(self, awaitable: Awaitable[T]) -> T:
        """The awaitable's result; an interrupt cancels it at once, waits for its cleanup and raises `ExecutionInterrupted`.

        A cancellation from outside passes through as `CancelledError`. An awaitable that takes no notice of being cancelled and
        returns all the same is interrupted all the same.
        """
        try:
            async with self.interruptible() as scope:
                result = await awaitable
        finally:
            _dismiss(awaitable)  # one that was never begun, because the interrupt was there first
        if (
            scope.fired
        ):  # pragma: no cover - it runs, but Python 3.11 traces nothing after what was thrown into a coroutine
            self._latch.raise_signal()
        return result

    async def sleep(self, seconds: float) -> None:
        """Pause; an interrupt ends the pause at once with `ExecutionInterrupted`."""
        async with self.interruptible():
            await self._sleep(seconds)

    def set_interrupt_checker(
        self,
        checker: checkers.InterruptChecker | None,
        *,
        cache_seconds: float = 0.0,
        timeout_seconds: float = limits.CHECKER_SECONDS,
        on_error: checkers.CheckerErrors = checkers.CheckerErrors.CONTINUE,
        error_limit: int = 1,
        reason: InterruptReason = InterruptReason.USER_CANCELLED,
    ) -> None:
        """Call this checker at checkpoints and while something runs; None removes it.

        An answer holds for `cache_seconds`; an async checker that takes longer than `timeout_seconds` has failed; `on_error` says
        what a failure means (`error_limit` in a row, under `CheckerErrors.INTERRUPT`); `reason` is what a plain True stands for.
        """
        self._watch.stop()
        self._watch.probe = None
        if checker is not None:
            self._watch.probe = checkers.CheckerProbe(
                checker=checker,
                monotonic=self._timeline.monotonic,
                note=self._timeline.note,
                cache_seconds=cache_seconds,
                timeout_seconds=timeout_seconds,
                on_error=on_error,
                error_limit=error_limit,
                reason=reason,
            )
        if self._latch.busy:
            self._watch.start()

    def set_timeout(self, seconds: float, message: str = "") -> None:
        """Interrupt the run, reason `timeout`, after so many seconds from now, in place of an earlier time. Needs a running loop."""
        self._timer.set(seconds, message or f"timed out after {seconds:g} s")

    def cancel_timeout(self) -> bool:
        """Cancel the timer; False if there was none."""
        return self._timer.cancel()

    @property
    def timeout_remaining(self) -> float | None:
        """Seconds until the timer comes; None without one."""
        return self._timer.remaining

    def _time_out(self, message: str) -> None:
        self.request_interrupt(InterruptReason.TIMEOUT, message, "timeout")

    # ── generators ────────────────────────────────────────────────────────────────────────────────────────────────

    def register_generator(self, generator: generators.AnyGenerator) -> None:
        """Close this generator in `kill_generators`, and when the execution ends."""
        self._generators.add(generator)

    def unregister_generator(self, generator: generators.AnyGenerator) -> bool:
        """It ended by itself; False if it was not registered."""
        return self._generators.remove(generator)

    async def kill_generators(self, seconds: float = limits.GENERATOR_CLOSE_SECONDS) -> int:
        """Close the registered generators, newest first; returns their number. History records one that does not close in time."""
        closed, failures = await self._generators.close_all(seconds)
        for failure in failures:
            self._timeline.note(f"generator not closed: {failure}")
        return closed

    async def iterate(self, generator: AsyncGenerator[T, Any]) -> AsyncIterator[T]:
        """The generator's items, each awaited interruptibly; it is registered meanwhile, and closed however the loop ends."""
        self.register_generator(generator)
        try:
            async with contextlib.aclosing(generator):
                while True:
                    try:
                        item = await self.run(anext(generator))
                    except StopAsyncIteration:
                        return
                    yield item
        finally:
            self.unregister_generator(generator)

    # ── steps and snapshots ───────────────────────────────────────────────────────────────────────────────────────

    def choose_retry(
        self, *, call: retry.RetryConfig | None = None, step: retry.RetryConfig | None = None, actor: Any = None
    ) -> precedence.RetryChoice:
        """The retry settings for one run of a step, and why these."""
        return precedence.choose_retry(
            call=call,
            step=step,
            actor=actor,
            by_actor=self._retry_by_actor,
            state=self._retry,
            default=self._default_retry,
        )

    async def changed(self) -> None:
        """A step has changed: save, if every change is saved; let subscribers catch up. An interrupt ends the waiting."""
        if self._saver.every_change:
            await self.run(self._saver.save())
        if self._timeline.crowded:
            await self.run(self._timeline.room())

    async def checkpoint(self) -> bool:
        """Save if the interrupt asks for it (or every change is saved); False if not, or if saving failed: then history says why."""
        return await self._saver.checkpoint(self.interrupted)

    async def save(self) -> None:
        """Save a snapshot to the store. Raises what the store raises, and `SnapshotError`."""
        await self._saver.save()

    def snapshot(self) -> snapshots.Snapshot:
        """The execution as it is now. Raises `SnapshotError` where a result is no JSON value."""
        self._taken += 1
        return snapshots.Snapshot(
            execution_id=self.execution_id,
            number=self._taken,
            taken_at=self._timeline.now(),
            status=self._status,
            interrupted=self.interrupted,
            steps=self._book.freeze(self._timeline.monotonic()),
            history=self.history[-SNAPSHOT_HISTORY:],
        )

    @classmethod
    def restore(cls, taken: snapshots.Snapshot, **settings: Any) -> ExecutionState:
        """A new state that resumes from the snapshot; `settings` are the constructor's.

        The snapshot's interrupt has been carried out and does not stop the new run; history, completed steps, attempts and pauses
        are kept.
        """
        settings.setdefault("execution_id", taken.execution_id)
        state = cls(**settings)
        state._timeline.history.extend(taken.history)
        state._book = records.StepBook(taken.steps)
        state._taken = taken.number
        return state


def _dismiss(awaitable: Awaitable[Any]) -> None:
    """Nobody will await it: close a coroutine (or Python warns), cancel a future; nothing happens to one that has ended."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    elif isinstance(awaitable, asyncio.Future):
        awaitable.cancel()
