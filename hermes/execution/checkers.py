"""Polls an outside source for interrupts: a file, a database row, an HTTP service.

A checker takes no arguments and comes in six forms: plain or `async`, and returning a bool, an `InterruptSignal`, or
an `InterruptSignal` or None.
"""

from __future__ import annotations

import asyncio
import enum
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from hermes import limits
from hermes.domain.interrupts import InterruptReason
from hermes.execution import exceptions, signals

CheckerAnswer: TypeAlias = bool | signals.InterruptSignal | None
"""False and None: go on."""

InterruptChecker: TypeAlias = Callable[[], CheckerAnswer | Awaitable[CheckerAnswer]]
"""Asked at checkpoints and, while something runs, again and again."""

#: An external checker is asked this often while something runs: a person who cancels waits at most as long.
CHECKER_INTERVAL_SECONDS: Final = 0.1
#: A checker that fails so often in a row is broken: nothing outside can stop the run any longer, so it is stopped now.
CHECKER_FAILURES: Final = 3

_log = logging.getLogger(__name__)


class CheckerErrors(enum.StrEnum):
    """The effect of a checker that raises, is too slow, or returns nonsense; each is logged and published, once for failures in a row."""

    CONTINUE = "continue"
    """The run goes on."""
    INTERRUPT = "interrupt"
    """After `error_limit` failures in a row the run is interrupted, reason `error_threshold`."""
    RAISE = "raise"
    """The checkpoint raises `CheckerFailed`; the watch between checkpoints only publishes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckerSettings:
    """How a checker is asked, and what its answers mean."""

    cache_seconds: float = 0.0
    """An answer holds this long."""
    timeout_seconds: float = limits.CHECKER_SECONDS
    """An async checker that takes longer has failed."""
    on_error: CheckerErrors = CheckerErrors.INTERRUPT
    error_limit: int = CHECKER_FAILURES
    reason: InterruptReason = InterruptReason.USER_CANCELLED
    """The reason of an interrupt that a plain True asks for."""

    def __post_init__(self) -> None:
        if self.cache_seconds < 0 or self.timeout_seconds <= 0 or self.error_limit < 1:
            raise ValueError("cache_seconds >= 0, timeout_seconds > 0 and error_limit >= 1 are needed")


class CheckerProbe:
    """Calls one checker: concurrent callers share a call, and a result is cached for `cache_seconds`."""

    def __init__(
        self,
        *,
        checker: InterruptChecker,
        monotonic: Callable[[], float],
        note: Callable[[str], None],
        settings: CheckerSettings | None = None,
    ) -> None:
        self.checker = checker
        self.name = getattr(checker, "__qualname__", None) or type(checker).__name__
        self._monotonic = monotonic
        self._note = note
        self._settings = settings or CheckerSettings()
        self._asked_at: float | None = None
        self._asking: asyncio.Future[bool] | None = None
        self._signal: signals.InterruptSignal | None = None
        self._warned = False
        #: failures in a row
        self.failures = 0

    async def ask(self) -> signals.InterruptSignal | None:
        """The signal, if the checker says to stop. Raises `CheckerFailed` under `CheckerErrors.RAISE`."""
        while self._asking is not None:
            # whoever asked first is waiting for the checker: its answer serves all, unless it was cancelled meanwhile
            if await asyncio.shield(self._asking):
                return self._signal
        if self._asked_at is not None and self._monotonic() - self._asked_at < self._settings.cache_seconds:
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
        limit: asyncio.Timeout | None = None
        try:
            answer: Any = self.checker()
            if inspect.isawaitable(answer):
                async with asyncio.timeout(self._settings.timeout_seconds) as limit:
                    answer = await answer
            signal = self._understood(answer)
        except exceptions.ExecutionInterrupted as stop:
            signal = stop.signal  # it says stop in its own way
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return self._failed(error)  # the checker's own: nobody has cancelled us
        except Exception as error:
            late = limit is not None and limit.expired()
            return self._failed(
                TimeoutError(f"no answer within {self._settings.timeout_seconds:g} s") if late else error
            )
        self.failures = 0
        return signal

    def _understood(self, answer: Any) -> signals.InterruptSignal | None:
        """The answer as a signal. A Redis client answers `b"1"`: what is true counts as True, and is warned of once."""
        if isinstance(answer, signals.InterruptSignal):
            return answer
        if isinstance(answer, BaseException) or callable(answer):
            raise TypeError(f"a checker returns a bool, an InterruptSignal or None, not {type(answer).__name__}")
        if not answer:
            return None
        if not isinstance(answer, bool) and not self._warned:
            self._warned = True
            kind = type(answer).__name__
            self._note(f"interrupt checker {self.name} returned a {kind}, which counts as True")
            _log.warning(
                "The interrupt checker %s returned a %s: it counts as True. Let it return a bool, an InterruptSignal or None.",
                self.name,
                kind,
                extra={"action": "checker.answer", "checker": self.name},
            )
        return signals.InterruptSignal(
            reason=self._settings.reason, message="the interrupt checker said so", triggered_by="checker"
        )

    def _failed(self, error: BaseException) -> signals.InterruptSignal | None:
        self.failures += 1
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        words = f"interrupt checker {self.name} failed: {what}"
        if self.failures == 1:
            self._note(words)
            _log.error(
                "The interrupt checker %s failed: %s. Until it answers, nobody can stop the execution through it.",
                self.name,
                what,
                extra={"action": "checker.failed", "checker": self.name},
            )
        if self._settings.on_error is CheckerErrors.RAISE:
            raise exceptions.CheckerFailed(words) from error
        if self._settings.on_error is CheckerErrors.INTERRUPT and self.failures >= self._settings.error_limit:
            times = f" ({self.failures} times in a row)" if self.failures > 1 else ""
            return signals.InterruptSignal(
                reason=InterruptReason.ERROR_THRESHOLD, message=words + times, triggered_by="checker"
            )
        return None
