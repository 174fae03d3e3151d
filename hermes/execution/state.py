"""One execution: whether it may go on, how it is stopped, and what happened in it."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import math
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, TypeVar

from hermes import ids, limits
from hermes.domain.interrupts import InterruptReason
from hermes.execution import bus, checkers, events, generators, history, latch, signals

T = TypeVar("T")
Status = events.ExecutionStatus


class ExecutionState:
    """The switch that stops a run, shared by everything that runs.

    `request_interrupt` may be called from any thread and from a signal handler; all else belongs to the thread of the event loop.
    The first interrupt wins and stays: every later checkpoint raises it again. `async with` gives the execution a beginning and an
    end (its status, its end event, no timer left); without it, call `finish`.

    `now` is epoch seconds and stamps what is recorded; `monotonic` measures; `sleep` makes the pauses.
    """

    def __init__(
        self,
        *,
        execution_id: str | None = None,
        event_bus: bus.EventBus | None = None,
        monitor_seconds: float = limits.MONITOR_SECONDS,
        history_limit: int = limits.EXECUTION_HISTORY,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        new_id: Callable[[], str] = ids.new_id,
    ) -> None:
        self.execution_id = execution_id or new_id()
        self._bus = event_bus
        self._monitor_seconds = monitor_seconds
        self._now = now
        self._monotonic = monotonic
        self._sleep = sleep
        self._history = history.History(limit=history_limit)
        self._status = Status.PENDING
        self._latch = latch.InterruptLatch(on_busy=self._watch, on_idle=self._unwatch)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._probe: checkers.CheckerProbe | None = None
        self._monitor: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_token: object | None = None
        self._generators = generators.Generators()
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

    @property
    def status(self) -> events.ExecutionStatus:
        """Where the execution stands."""
        return self._status

    @property
    def history(self) -> tuple[events.Event, ...]:
        """What happened, oldest first."""
        return tuple(self._history)

    def start(self) -> None:
        """Say that the execution has begun; again is nothing."""
        self._loop = asyncio.get_running_loop()
        if self._status is Status.PENDING:
            self._status = Status.STARTED
            self.record(self.event(Status.STARTED))

    def finish(self, error: BaseException | None = None) -> None:
        """Say that it has ended, with the error if there was one; its timer is gone. Again is nothing."""
        self.cancel_timeout()
        self._unwatch()
        self._probe = None
        if self._status.terminal:
            return
        signal = self.interrupted
        if isinstance(error, signals.ExecutionInterrupted):
            signal = signal or error.signal
        if error is not None and not isinstance(error, signals.ExecutionInterrupted):
            cancelled = isinstance(error, asyncio.CancelledError)
            self._status = Status.CANCELLED if cancelled else Status.FAILED
            detail = "cancelled from outside" if cancelled else f"{type(error).__name__}: {error}"
            self.record(self.event(self._status, detail=detail))
        elif signal is not None:
            self._status = Status.INTERRUPTED
            self.record(self.event(Status.INTERRUPTED, detail=signal.message, reason=signal.reason))
        else:
            self._status = Status.COMPLETED
            self.record(self.event(Status.COMPLETED))

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

        May be called from any thread and from a signal handler. Whatever waits in this state is woken at once.
        """
        return self.interrupt(signals.InterruptSignal(reason, message, triggered_by, save_checkpoint))

    def interrupt(self, signal: signals.InterruptSignal) -> bool:
        """`request_interrupt` with the signal already made."""
        at = self._now()
        stamped = signals.InterruptSignal(
            signal.reason, signal.message, signal.triggered_by, signal.save_checkpoint, signal.at or at
        )
        first = not self._status.terminal and self._latch.set(stamped)
        event = events.InterruptEvent(execution_id=self.execution_id, at=at, signal=stamped, first=first)
        loop = self._loop
        if loop is None or loop is latch.running_loop() or loop.is_closed():
            self._announce(event)
        else:
            loop.call_soon_threadsafe(self._announce, event)
        return first

    def _announce(self, event: events.InterruptEvent) -> None:
        self.record(event)
        if not event.first:
            self.late_interrupts += 1
            return
        self.cancel_timeout()
        if not self._status.terminal:
            self._status = Status.CANCELLING

    async def wait_interrupted(self) -> signals.InterruptSignal:
        """The first signal, as soon as there is one."""
        self._loop = asyncio.get_running_loop()
        return await self._latch.wait()

    async def check_interrupt(self) -> None:
        """A checkpoint: raise `ExecutionInterrupted` if the run is to stop; asks the checker, if there is one."""
        if self._latch.signal is not None or self._probe is not None:
            await self._check()

    async def _check(self) -> None:
        self._latch.raise_if_set()
        if await self._ask():
            self._latch.raise_if_set()

    async def _ask(self) -> bool:
        """Ask the checker, unless an interrupt comes first; True if it said to stop."""
        if self._probe is None:
            return False
        async with self._latch.scope(counted=False):
            signal = await self._probe.ask()
        if signal is None:
            return False
        if self._latch.signal is None:
            self.interrupt(signal)
        return True

    def interruptible(self) -> latch.InterruptScope:
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
        if self._latch.signal is not None:
            _dismiss(awaitable)
            self._latch.raise_if_set()
        async with self.interruptible() as scope:
            result = await awaitable
        if scope.fired:
            self._latch.raise_if_set()
        return result

    async def sleep(self, seconds: float) -> None:
        """A pause that an interrupt ends at once with `ExecutionInterrupted`."""
        async with self.interruptible():
            await self._sleep(seconds)

    # ── the checker ───────────────────────────────────────────────────────────────────────────────────────────────

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
        """Ask this checker at checkpoints and while something runs; None: ask nobody.

        An answer holds for `cache_seconds`; an async checker that takes longer than `timeout_seconds` has failed; `on_error` says
        what a failure means (`error_limit` in a row, under `CheckerErrors.INTERRUPT`); `reason` is what a plain True stands for.
        """
        self._unwatch()
        self._probe = None
        if checker is not None:
            self._probe = checkers.CheckerProbe(
                checker=checker,
                monotonic=self._monotonic,
                note=self.note,
                cache_seconds=cache_seconds,
                timeout_seconds=timeout_seconds,
                on_error=on_error,
                error_limit=error_limit,
                reason=reason,
            )
        if self._latch.busy:
            self._watch()

    def _watch(self) -> None:
        if self._probe is not None and self._monitor is None:
            name = f"hermes interrupt checker of {self.execution_id}"
            self._monitor = asyncio.get_running_loop().create_task(self._ask_again_and_again(self._probe), name=name)

    def _unwatch(self) -> None:
        monitor, self._monitor = self._monitor, None
        if monitor is not None:
            monitor.cancel()

    async def _ask_again_and_again(self, probe: checkers.CheckerProbe) -> None:
        while self._latch.signal is None:
            await asyncio.sleep(self._monitor_seconds)
            try:
                signal = await probe.ask()
            except checkers.CheckerFailed:
                continue  # the probe has noted it, and the next checkpoint raises it
            if signal is not None and self._latch.signal is None:
                self.interrupt(signal)

    # ── the timer ─────────────────────────────────────────────────────────────────────────────────────────────────

    def set_timeout(self, seconds: float, message: str = "") -> None:
        """Interrupt the run, reason `timeout`, after so many seconds from now; takes the place of an earlier one. Needs a running loop."""
        if not (0 <= seconds < math.inf):
            raise ValueError("a timeout is a number of seconds, zero or more")
        self.cancel_timeout()
        self._loop = asyncio.get_running_loop()
        self._timer_token = token = object()
        words = message or f"timed out after {seconds:g} s"
        # held weakly: a state that nobody else holds is not kept until its timer comes
        self._timer = self._loop.call_later(seconds, _timed_out, weakref.ref(self), token, words)

    def cancel_timeout(self) -> bool:
        """Take the timer back; False if there was none."""
        timer, self._timer, self._timer_token = self._timer, None, None
        if timer is None:
            return False
        timer.cancel()
        return True

    @property
    def timeout_remaining(self) -> float | None:
        """Seconds until the timer comes; None without one."""
        if self._timer is None or self._loop is None:
            return None
        return max(0.0, self._timer.when() - self._loop.time())

    def time_out(self, token: object, message: str) -> None:
        """The timer has come; one that has been replaced or cancelled in the meantime is nothing."""
        if token is self._timer_token:
            self._timer = self._timer_token = None
            self.request_interrupt(InterruptReason.TIMEOUT, message, "timeout")

    # ── generators ────────────────────────────────────────────────────────────────────────────────────────────────

    def register_generator(self, generator: generators.AnyGenerator) -> None:
        """Close this generator in `kill_generators`."""
        self._generators.add(generator)

    def unregister_generator(self, generator: generators.AnyGenerator) -> bool:
        """It ended by itself; False if it was not registered."""
        return self._generators.remove(generator)

    async def kill_generators(self, seconds: float = limits.GENERATOR_CLOSE_SECONDS) -> int:
        """Close the registered generators, newest first; how many closed. One that does not close in time is noted in history."""
        closed, failures = await self._generators.close_all(seconds)
        for failure in failures:
            self.note(f"generator not closed: {failure}")
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

    # ── what happened ─────────────────────────────────────────────────────────────────────────────────────────────

    def event(
        self, status: events.ExecutionStatus, *, detail: str = "", reason: InterruptReason | None = None
    ) -> events.StepEvent:
        """An event of the execution as a whole, of this moment."""
        return events.StepEvent(
            execution_id=self.execution_id, at=self._now(), status=status, detail=detail, reason=reason
        )

    def note(self, detail: str) -> None:
        """Keep a sentence in history and publish it."""
        self.record(events.NoteEvent(execution_id=self.execution_id, at=self._now(), detail=detail))

    def record(self, event: events.Event) -> None:
        """Keep the event in history and publish it; never waits."""
        self._history.add(event)
        if self._bus is not None:
            self._bus.emit(event)


def _timed_out(state: weakref.ref[ExecutionState], token: object, message: str) -> None:
    alive = state()
    if alive is not None:
        alive.time_out(token, message)


def _dismiss(awaitable: Awaitable[Any]) -> None:
    """Nobody will await it: close a coroutine (or Python warns), cancel a future."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    elif isinstance(awaitable, asyncio.Future):
        awaitable.cancel()
