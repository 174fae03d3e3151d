"""Polls an outside source for interrupts: a file, a database row, an HTTP service.

A checker takes no arguments and comes in six forms: plain or `async`, and returning a bool, an `InterruptSignal`, or
an `InterruptSignal` or None.
"""

from __future__ import annotations

import asyncio
import enum
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from hermes import errors, limits
from hermes.domain.interrupts import InterruptReason
from hermes.execution import signals

CheckerAnswer: TypeAlias = bool | signals.InterruptSignal | None
"""False and None: go on."""

InterruptChecker: TypeAlias = Callable[[], CheckerAnswer | Awaitable[CheckerAnswer]]
"""Asked at checkpoints and, while something runs, again and again."""


class CheckerErrors(enum.StrEnum):
    """The effect of a checker that raises, is too slow, or returns another type."""

    CONTINUE = "continue"
    """The run goes on; the failure is noted in the history (once for failures in a row)."""
    INTERRUPT = "interrupt"
    """After `error_limit` failures in a row the run is interrupted, reason `error_threshold`."""
    RAISE = "raise"
    """The checkpoint raises `CheckerFailed`; the watch between checkpoints only notes it."""


class CheckerFailed(errors.HermesError):
    """The interrupt checker failed."""


class CheckerProbe:
    """Calls one checker: concurrent callers share a call, and a result is cached for `cache_seconds`."""

    def __init__(
        self,
        *,
        checker: InterruptChecker,
        monotonic: Callable[[], float],
        note: Callable[[str], None],
        cache_seconds: float = 0.0,
        timeout_seconds: float = limits.CHECKER_SECONDS,
        on_error: CheckerErrors = CheckerErrors.CONTINUE,
        error_limit: int = 1,
        reason: InterruptReason = InterruptReason.USER_CANCELLED,
    ) -> None:
        if cache_seconds < 0 or timeout_seconds <= 0 or error_limit < 1:
            raise ValueError("cache_seconds >= 0, timeout_seconds > 0 and error_limit >= 1 are needed")
        self._checker = checker
        self._monotonic = monotonic
        self._note = note
        self._cache_seconds = cache_seconds
        self._timeout_seconds = timeout_seconds
        self._on_error = on_error
        self._error_limit = error_limit
        self._reason = reason
        self._asked_at: float | None = None
        self._asking: asyncio.Future[bool] | None = None
        self._signal: signals.InterruptSignal | None = None
        #: failures in a row
        self.failures = 0

    async def ask(self) -> signals.InterruptSignal | None:
        """The signal, if the checker says to stop. Raises `CheckerFailed` under `CheckerErrors.RAISE`."""
        while self._asking is not None:
            # whoever asked first is waiting for the checker: its answer serves all, unless it was cancelled meanwhile
            if await asyncio.shield(self._asking):
                return self._signal
        if self._asked_at is not None and self._monotonic() - self._asked_at < self._cache_seconds:
            return self._signal
        self._asking = asyncio.get_running_loop().create_future()
        answered = False
        try:
            self._signal = await self._consult()
            self._asked_at = self._monotonic()
            answered = True
        finally:
            self._asking.set_result(answered)
            self._asking = None
        return self._signal

    async def _consult(self) -> signals.InterruptSignal | None:
        try:
            answer = self._checker()
            if inspect.isawaitable(answer):
                async with asyncio.timeout(self._timeout_seconds):
                    answer = await answer
            if answer is not None and not isinstance(answer, bool | signals.InterruptSignal):
                raise TypeError(
                    f"a checker answers with a bool, an InterruptSignal or None, not {type(answer).__name__}"
                )
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return self._failed(error)  # the checker's own: nobody has cancelled us
        except Exception as error:
            return self._failed(error)
        self.failures = 0
        if isinstance(answer, signals.InterruptSignal):
            return answer
        return signals.InterruptSignal(self._reason, "the interrupt checker said so", "checker") if answer else None

    def _failed(self, error: BaseException) -> signals.InterruptSignal | None:
        self.failures += 1
        words = f"interrupt checker failed: {type(error).__name__}: {error}"
        if self.failures == 1:
            self._note(words)
        if self._on_error is CheckerErrors.RAISE:
            raise CheckerFailed(words) from error
        if self._on_error is CheckerErrors.INTERRUPT and self.failures >= self._error_limit:
            return signals.InterruptSignal(InterruptReason.ERROR_THRESHOLD, words, "checker")
        return None
