"""The latch of an execution's interrupt: set once, from any thread, and noticed at once.

A scope's body runs in the caller's own task, as under `asyncio.timeout`: an interrupt cancels that task, and the scope's exit takes
the cancellation back (`Task.uncancel`) and raises `ExecutionInterrupted` in its place. A cancellation from outside always takes
precedence and leaves the scope as `CancelledError`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, NoReturn

from hermes.execution import exceptions, signals

_FIRST: Final = "first"


class InterruptLatch:
    """Holds the first signal and wakes its waiters.

    `set` may be called from any thread and from signal handlers: the first caller is found by one atomic `dict.setdefault`,
    and sleepers of other threads' loops are woken through `call_soon_threadsafe`. Everything else belongs to the loop's thread.
    `on_busy` and `on_idle` are called when the first scope or waiter enters and when the last one has left.
    """

    __slots__ = ("_inside", "_on_busy", "_on_idle", "_scopes", "_slot", "_waiters")

    def __init__(self, *, on_busy: Callable[[], None] | None = None, on_idle: Callable[[], None] | None = None) -> None:
        self._slot: dict[str, signals.InterruptSignal] = {}
        self._scopes: dict[asyncio.Task[Any], InterruptibleScope] = {}
        self._waiters: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}
        self._inside = 0
        self._on_busy = on_busy
        self._on_idle = on_idle

    @property
    def signal(self) -> signals.InterruptSignal | None:
        """The first signal, or None."""
        return self._slot.get(_FIRST)

    @property
    def busy(self) -> bool:
        """Whether a waiter or a scope exists."""
        return self._inside > 0

    def set(self, signal: signals.InterruptSignal) -> bool:
        """Take the signal, a new object for each call, if it is the first; wake everybody."""
        if self._slot.setdefault(_FIRST, signal) is not signal:
            return False
        running = running_loop()
        for scope in list(self._scopes.values()):
            scope.wake(running)
        for waiter, loop in list(self._waiters.items()):
            if loop is running:
                if not waiter.done():
                    waiter.set_result(None)
            elif not loop.is_closed():
                loop.call_soon_threadsafe(_resolve, waiter)
        return True

    def raise_signal(self) -> NoReturn:
        """Raise `ExecutionInterrupted` with the signal, which must be set."""
        raise exceptions.ExecutionInterrupted.of(self._slot[_FIRST])

    async def wait(self) -> signals.InterruptSignal:
        """The first signal, as soon as there is one."""
        loop = asyncio.get_running_loop()
        while (signal := self._slot.get(_FIRST)) is None:
            waiter = loop.create_future()
            self._waiters[waiter] = loop
            self._come()
            try:
                if not self._slot:  # asked again: another thread may have set it before it could see the waiter
                    await waiter
            finally:
                del self._waiters[waiter]
                self._inside -= 1
                if not self._inside and self._on_idle is not None:
                    self._on_idle()
        return signal

    def scope(self, *, counted: bool = True) -> InterruptibleScope:
        """A scope that `set` cancels at once; `counted`: it makes the latch busy."""
        return InterruptibleScope(self, counted=counted)

    def innermost(self, task: asyncio.Task[Any]) -> InterruptibleScope | None:
        """The task's scope that would be cancelled."""
        return self._scopes.get(task)

    def enter(self, scope: InterruptibleScope, task: asyncio.Task[Any]) -> InterruptibleScope | None:
        """Make the scope the task's innermost one; returns the scope around it."""
        outer = self._scopes.get(task)
        self._scopes[task] = scope
        if scope.counted:
            self._come()
        if self._slot:  # asked after entering: another thread may have set it before it could see the scope
            self.leave(scope, task, outer)
            self.raise_signal()
        return outer

    def leave(self, scope: InterruptibleScope, task: asyncio.Task[Any], outer: InterruptibleScope | None) -> None:
        """Return the task to the scope around, if any."""
        if outer is None:
            del self._scopes[task]
        else:
            self._scopes[task] = outer
        if scope.counted:
            self._go()

    def _come(self) -> None:
        self._inside += 1
        if self._inside == 1 and self._on_busy is not None:
            self._on_busy()

    def _go(self) -> None:
        self._inside -= 1
        if self._inside == 0 and self._on_idle is not None:
            self._on_idle()


class InterruptibleScope:
    """`async with state.interruptible():` raises `ExecutionInterrupted` at once when an interrupt comes.

    Scopes nest; of one task's scopes of one state only the innermost is cancelled. Code that catches `ExecutionInterrupted`
    may clean up with plain awaits; the next checkpoint or scope raises it again.
    """

    __slots__ = ("_baseline", "_latch", "_loop", "_outer", "_task", "counted", "fired")

    def __init__(self, latch: InterruptLatch, *, counted: bool = True) -> None:
        self._latch = latch
        self.counted = counted
        #: the interrupt has cancelled the body; stays true if the body took no notice and came to its end
        self.fired = False

    async def __aenter__(self) -> InterruptibleScope:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("an interruptible scope needs a task to cancel")
        self._task = task
        self._loop = task.get_loop()
        self._baseline = task.cancelling()
        self._outer = self._latch.enter(self, task)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._latch.leave(self, self._task, self._outer)
        if not self.fired:
            return
        if self._task.uncancel() > self._baseline:
            return  # cancelled from outside as well: that must arrive
        if getattr(self._task, "_must_cancel", True):  # asyncio's own mark of a cancellation that is yet to be seen
            await self._absorb()
        signal = self._latch.signal
        if signal is not None and error is not None and _becomes_interrupt(error):
            raise exceptions.ExecutionInterrupted.of(signal) from error

    async def _absorb(self) -> None:
        """Withdraw a cancellation that the body ended too early to receive: up to 3.12 `uncancel` leaves it pending (gh-117407)."""
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            if self._task.cancelling() > self._baseline:
                raise

    def wake(self, running: asyncio.AbstractEventLoop | None) -> None:
        """Cancel the body, from any thread; `running` is the caller's loop."""
        if self._loop is running:
            self._fire()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._fire)

    def _fire(self) -> None:
        if self._latch.innermost(self._task) is not self:
            return  # it has been left in the meantime
        if self.fired or self._task.cancelling() > self._baseline:
            return  # already told, or being cancelled from outside: that one's cleanup is not disturbed
        self.fired = self._task.cancel()


def _becomes_interrupt(error: BaseException) -> bool:
    """Whether an exception of the cancelled body becomes an interrupt: not if it is one already, or must end the process."""
    if isinstance(error, exceptions.ExecutionInterrupted):
        return False
    return isinstance(error, Exception | asyncio.CancelledError | BaseExceptionGroup)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that runs in this thread, if any."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
