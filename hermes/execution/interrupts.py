"""The part of an execution that can be interrupted: its signal, its checker, its timer, its generators and its events."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from typing import Any, TypeVar

from hermes import limits
from hermes.domain.interrupts import InterruptReason
from hermes.execution import checkers, environment, exceptions, generators, latch, signals, timer, watch
from hermes.execution.events import bus, events, subscription, timeline

T = TypeVar("T")
Status = events.ExecutionStatus


class InterruptibleState:
    """What `ExecutionState` is, without its steps.

    `request_interrupt` may be called from any thread and from a signal handler; all else belongs to the thread of the event loop.
    The first interrupt wins and persists: every later checkpoint raises it again.
    """

    def __init__(
        self,
        *,
        state_id: str,
        event_bus: bus.EventBus | None,
        checker_interval: float,
        on_checker_error: checkers.CheckerErrors | str,
        env: environment.Environment,
    ) -> None:
        self.state_id = state_id
        self._env = env
        self._status = Status.PENDING
        self._timeline = timeline.Timeline(execution_id=state_id, event_bus=event_bus, env=env)
        self._checker_interval = checker_interval
        self._on_checker_error = checkers.CheckerErrors(on_checker_error)
        self._watch = watch.CheckerWatch(
            name=f"hermes checker of {state_id}", seconds=checker_interval, on_signal=self.interrupt
        )
        self._latch = latch.InterruptLatch(on_busy=self._watch.start, on_idle=self._watch.stop)
        self._timer = timer.RunTimer(self._time_out)
        self._generators = generators.Generators()
        self._loop: asyncio.AbstractEventLoop | None = None
        #: interrupts that came after the first, or after the end
        self.late_interrupts = 0
        if event_bus is not None:
            event_bus.attach(self)

    @property
    def execution_id(self) -> str:
        """`state_id`, under the name that events and the HTTP control have."""
        return self.state_id

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
    def event_bus(self) -> bus.EventBus:
        """The bus that its events are published on: the given one, or else one that the first use makes."""
        if self._timeline.event_bus is None:
            self._timeline.event_bus = bus.EventBus()
            self._timeline.event_bus.attach(self)
        return self._timeline.event_bus

    def stream(self, *, size: int | None = None) -> subscription.EventStream:
        """This execution's events from now on, to its interrupt or its end."""
        return self.event_bus.stream(execution_id=self.state_id, size=size)

    # ── interrupts ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def is_interrupted(self) -> bool:
        """Whether the run is to stop."""
        return self._latch.signal is not None

    @property
    def interrupt_signal(self) -> signals.InterruptSignal | None:
        """The first signal, or None."""
        return self._latch.signal

    def request_interrupt(
        self,
        reason: InterruptReason | str = InterruptReason.USER_CANCELLED,
        message: str | None = None,
        triggered_by: str | None = None,
        save_checkpoint: bool = True,
    ) -> None:
        """Stop the run. The first request wins; later ones, and those after the end, are only kept in history.

        May be called from any thread and from a signal handler. All waiters of this state wake at once. With `save_checkpoint` and a
        store, a snapshot is saved before the interrupt is raised.
        """
        self.interrupt(
            signals.InterruptSignal(
                reason=InterruptReason(reason),
                message=message,
                triggered_at=signals.iso_time(self._env.now()),
                triggered_by=triggered_by,
                save_checkpoint=save_checkpoint,
            )
        )

    def interrupt(self, signal: signals.InterruptSignal) -> bool:
        """`request_interrupt` with the signal already made; True if this was the first."""
        signal = (
            signal.model_copy()
        )  # a checker may give the same object twice, and the latch tells them apart by identity
        first = not self._status.terminal and self._latch.set(signal)
        event = events.InterruptEvent(state_id=self.state_id, at=self._env.now(), signal=signal, first=first)
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
        if not self._status.terminal:
            self._status = Status.CANCELLING
            self._announced(event)

    def _announced(self, event: events.InterruptEvent) -> None:
        """The first interrupt is known to the loop."""

    async def wait_interrupted(self) -> signals.InterruptSignal:
        """The first signal, as soon as there is one."""
        self._enter()
        return await self._latch.wait()

    async def check_interrupt(self) -> None:
        """A checkpoint: raise `ExecutionInterrupted` if the run is to stop; asks the checker, if there is one.

        By the time that it raises, the `InterruptEvent` is published, and the snapshot is saved that the interrupt asks for.
        """
        signal = self._latch.signal
        if signal is not None and not self._has_to_do(signal):
            raise exceptions.ExecutionInterrupted.of(signal)  # a thousand waiters come here at once
        if signal is not None or self._watch.probe is not None or self._timer.waiting is not None:
            await self._check()

    async def _check(self) -> None:
        self._timer.arm()
        probe, signal = self._watch.probe, self._latch.signal
        try:
            if signal is None and probe is not None:
                async with self._latch.scope(counted=False):
                    signal = await probe.ask()
                if signal is not None:
                    self.interrupt(signal)
        except exceptions.ExecutionInterrupted as stop:
            signal = stop.signal
        first = self._latch.signal or signal
        if first is not None:
            if self._has_to_do(first):
                await self._before_raising(first)
            raise exceptions.ExecutionInterrupted.of(first)

    def _has_to_do(self, signal: signals.InterruptSignal) -> bool:
        """Whether something must be awaited before the interrupt is raised; only the first of a thousand waiters has to."""
        return self._timeline.behind

    async def _before_raising(self, signal: signals.InterruptSignal) -> None:
        await self._timeline.catch_up()

    def interruptible(self) -> latch.InterruptibleScope:
        """`async with state.interruptible():` an interrupt cancels the body at once and comes out as `ExecutionInterrupted`.

        While a body runs, the checker (if any) is asked every `checker_interval` seconds.
        """
        self._enter()
        return self._latch.scope()

    def _enter(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer.arm()

    async def run(self, awaitable: Awaitable[T]) -> T:
        """The awaitable's result; an interrupt cancels it at once, waits for its cleanup and raises `ExecutionInterrupted`.

        A cancellation from outside passes through as `CancelledError`. An awaitable that takes no notice of being cancelled and
        returns all the same is interrupted all the same.
        """
        try:
            async with self.interruptible() as scope:
                result = await awaitable
        except exceptions.ExecutionInterrupted as stop:
            await self._raising(stop)
            raise
        finally:
            _dismiss(awaitable)  # one that was never begun, because the interrupt was there first
        if (
            scope.fired
        ):  # pragma: no cover - it runs, but Python 3.11 traces nothing after what was thrown into a coroutine
            self._latch.raise_signal()
        return result

    async def sleep(self, seconds: float) -> None:
        """Pause; an interrupt ends the pause at once with `ExecutionInterrupted`."""
        try:
            async with self.interruptible():
                await self._env.sleep(seconds)
        except exceptions.ExecutionInterrupted as stop:
            await self._raising(stop)
            raise

    async def _raising(self, stop: exceptions.ExecutionInterrupted) -> None:
        """What a checkpoint does before it raises, for an interrupt of this execution that comes out of a scope."""
        signal = self._latch.signal
        if signal is not None and stop.signal is signal and self._has_to_do(signal):
            await self._before_raising(signal)

    @property
    def interrupt_checker(self) -> checkers.InterruptChecker | None:
        """The checker, or None. Setting it is `set_interrupt_checker` with the defaults."""
        return None if self._watch.probe is None else self._watch.probe.checker

    @interrupt_checker.setter
    def interrupt_checker(self, checker: checkers.InterruptChecker | None) -> None:
        self.set_interrupt_checker(checker)

    def set_interrupt_checker(
        self,
        checker: checkers.InterruptChecker | None,
        *,
        checker_interval: float | None = None,
        on_checker_error: checkers.CheckerErrors | str | None = None,
        cache_seconds: float = 0.0,
        timeout_seconds: float = limits.CHECKER_SECONDS,
        error_limit: int = checkers.CHECKER_FAILURES,
        reason: InterruptReason | str = InterruptReason.USER_CANCELLED,
    ) -> None:
        """Call this checker at checkpoints, and every `checker_interval` seconds while something runs; None removes it.

        An answer holds for `cache_seconds`; an async checker that takes longer than `timeout_seconds` has failed; `on_checker_error`
        says what a failure means (`error_limit` in a row, under `interrupt`); a plain True interrupts with `reason`.
        """
        if checker is not None and not callable(checker):
            raise TypeError(f"an interrupt checker is a function without arguments, not {type(checker).__name__}")
        settings = checkers.CheckerSettings(
            cache_seconds=cache_seconds,
            timeout_seconds=timeout_seconds,
            on_error=self._on_checker_error if on_checker_error is None else checkers.CheckerErrors(on_checker_error),
            error_limit=error_limit,
            reason=InterruptReason(reason),
        )
        self._watch.ask_every(self._checker_interval if checker_interval is None else checker_interval)
        self._watch.stop()
        self._watch.probe = None
        if checker is not None:
            self._watch.probe = checkers.CheckerProbe(
                checker=checker, monotonic=self._env.monotonic, note=self._timeline.note, settings=settings
            )
        if self._latch.busy:
            self._watch.start()

    def set_timeout(self, timeout_seconds: float, message: str | None = None) -> None:
        """Interrupt the run, reason `timeout`, after so many seconds from now, in place of an earlier time.

        Where no loop runs yet, the time starts with the first thing of this state that is awaited.
        """
        self._timer.set(timeout_seconds, message or f"timed out after {timeout_seconds:g} s")

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

    @property
    def active_generators(self) -> set[generators.AnyGenerator]:
        """The registered generators and tasks that are open."""
        return self._generators.active

    def register_generator(self, generator: generators.AnyGenerator) -> None:
        """Close this generator, or cancel this task, in `kill_generators` and when the execution ends."""
        self._generators.add(generator)

    def unregister_generator(self, generator: generators.AnyGenerator) -> bool:
        """It ended by itself; False if it was not registered."""
        return self._generators.remove(generator)

    async def kill_generators(self, seconds: float = limits.GENERATOR_CLOSE_SECONDS) -> int:
        """Close the registered generators and tasks, newest first; returns their number.

        History records one that does not end in time. The calling task is never cancelled.
        """
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


def _dismiss(awaitable: Awaitable[Any]) -> None:
    """Nobody will await it: close a coroutine (or Python warns), cancel a future; nothing happens to one that has ended."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    elif isinstance(awaitable, asyncio.Future):
        awaitable.cancel()
