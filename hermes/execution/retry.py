"""Decides whether and when a failed attempt is retried: facts in, decision out."""

from __future__ import annotations

import enum
import math
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from hermes.execution import exceptions

#: The longest pause that an error may ask for before the next attempt; more is a refusal in disguise.
RETRY_AFTER_SECONDS: Final = 3600.0


class RetryStrategy(enum.StrEnum):
    """The growth of the pause from attempt to attempt."""

    CONSTANT = "constant"
    """base, base, base, …"""
    LINEAR = "linear"
    """base, 2·base, 3·base, …"""
    EXPONENTIAL = "exponential"
    """base, base·factor, base·factor², …"""
    FIBONACCI = "fibonacci"
    """base, base, 2·base, 3·base, 5·base, …"""


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """The decision after a failure, with its reason."""

    retry: bool
    delay_seconds: float
    why: str


def hinted_delay(error: BaseException) -> float | None:
    """The pause in seconds that an error requests by `retry_after` or `retry_after_seconds`; None without one."""
    for name in ("retry_after", "retry_after_seconds"):
        value = getattr(error, name, None)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
            return float(value)
    return None


@dataclass(frozen=True, slots=True)
class RetryConfig:
    """The retry settings: a strategy, its bounds, and the errors that it applies to.

    The deny list wins over the allow list. Interrupts and cancellation are never retried, whatever the lists say.
    """

    max_attempts: int = 3
    """The first one included."""
    initial_delay: float = 1.0
    """Seconds of the first pause."""
    max_delay: float = 60.0
    """Seconds: no computed pause is longer; a pause that the error asks for may be."""
    multiplier: float = 2.0
    """Exponential only."""
    strategy: RetryStrategy = RetryStrategy.EXPONENTIAL
    """Also given by its name."""
    jitter: float = 0.0
    """The share of a pause, 0 to 1, that chance may take away; 1 (or True) is full jitter."""
    allow: Collection[type[BaseException]] = (Exception,)
    deny: Collection[type[BaseException]] = ()
    total_seconds: float | None = None
    """No attempt begins later than this after the first one began; time spent in an earlier process counts."""
    hint: Callable[[BaseException], float | None] | None = hinted_delay
    """Reads the pause that an error asks for (Retry-After): the pause is then at least as long. None: not read."""

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "strategy", RetryStrategy(self.strategy))
        except ValueError:
            raise ValueError(f"strategy must be one of {', '.join(RetryStrategy)}: {self.strategy!r}") from None
        if isinstance(self.max_attempts, bool) or not isinstance(self.max_attempts, int):
            raise ValueError(f"max_attempts must be a whole number: {self.max_attempts!r}")
        for name in ("initial_delay", "max_delay", "multiplier", "jitter", "total_seconds"):
            value = getattr(self, name)
            if not isinstance(value, int | float) and (name, value) != ("total_seconds", None):
                raise ValueError(f"{name} must be a number: {value!r}")
        for name in ("allow", "deny"):
            object.__setattr__(self, name, _types(name, getattr(self, name)))
        for name in ("initial_delay", "max_delay"):
            value = getattr(self, name)
            if not (0 <= value < math.inf):
                raise ValueError(f"{name} must be a number of seconds, zero or more: {value!r}")
        if self.max_attempts < 1:
            raise ValueError(f"max_attempts counts the first attempt, so it must be at least 1: {self.max_attempts!r}")
        if not (1 <= self.multiplier < math.inf):
            raise ValueError(f"multiplier must be at least 1: {self.multiplier!r}")
        if not (0 <= self.jitter <= 1):
            raise ValueError(f"jitter is a share between 0 and 1: {self.jitter!r}")
        if self.total_seconds is not None and not (self.total_seconds >= 0):
            raise ValueError(f"total_seconds is zero or more: {self.total_seconds!r}")

    def pause(self, failures: int) -> float:
        """Seconds before the next attempt after so many failures (from 1), without jitter and hints."""
        if failures < 1:
            raise ValueError("there is no pause before the first failure")
        return min(self.max_delay, self._grown(failures))

    def _grown(self, failures: int) -> float:
        if self.strategy is RetryStrategy.CONSTANT:
            return self.initial_delay
        if self.strategy is RetryStrategy.LINEAR:
            return self.initial_delay * failures
        if self.strategy is RetryStrategy.EXPONENTIAL:
            # over 1,024 doublings a float is full: the cap applies long before
            return self.initial_delay * math.pow(
                self.multiplier, min(failures - 1, 1_000 / max(1.0, math.log2(self.multiplier)))
            )
        return self.initial_delay * _fibonacci(
            failures, self.max_delay / self.initial_delay if self.initial_delay else 1
        )

    def decide(
        self,
        error: BaseException,
        *,
        failures: int,
        elapsed_seconds: float = 0.0,
        chance: Callable[[], float] = random.random,
    ) -> RetryDecision:
        """Decide after the `failures`-th failure, `elapsed_seconds` after the first attempt began; `chance` is in [0, 1)."""
        refusal = self._refuses(error, failures)
        if refusal:
            return RetryDecision(retry=False, delay_seconds=0.0, why=refusal)
        delay = self.pause(failures) * (1 - self.jitter * chance())
        why = f"{self.strategy.value} pause"
        hint = self.hint(error) if self.hint is not None else None
        if hint is not None and hint > delay:
            if hint > RETRY_AFTER_SECONDS:
                return RetryDecision(retry=False, delay_seconds=0.0, why=f"asked to wait too long: {hint:g} s")
            delay, why = hint, "the error asked for this pause"
        if self.total_seconds is not None and elapsed_seconds + delay > self.total_seconds:
            return RetryDecision(retry=False, delay_seconds=0.0, why=f"no time left of {self.total_seconds:g} s")
        return RetryDecision(retry=True, delay_seconds=delay, why=why)

    def _refuses(self, error: BaseException, failures: int) -> str | None:
        kind = type(error).__name__
        if isinstance(error, exceptions.ExecutionInterrupted) or not isinstance(error, Exception):
            return f"{kind} is never retried"
        if isinstance(error, tuple(self.deny)):
            return f"{kind} is on the deny list"
        if not isinstance(error, tuple(self.allow)):
            return f"{kind} is not on the allow list"
        if failures >= self.max_attempts:
            return f"no attempt left of {self.max_attempts}"
        return None

    def describe(self) -> str:
        """The settings in a few words."""
        if self.max_attempts == 1:
            return "no retry"
        total = "" if self.total_seconds is None else f", {self.total_seconds:g} s in all"
        return f"{self.strategy.value} from {self.initial_delay:g} s to {self.max_delay:g} s, {self.max_attempts} attempts{total}"


def _types(name: str, given: object) -> tuple[type[BaseException], ...]:
    """Exception classes in any collection, or one alone."""
    listed = (given,) if isinstance(given, type) else tuple(given) if isinstance(given, Collection) else (given,)
    for one in listed:
        if not (isinstance(one, type) and issubclass(one, BaseException)):
            raise ValueError(f"{name} must be a list of exception classes; {one!r} is not one")
    return listed


def _fibonacci(n: int, enough: float) -> float:
    """The n-th Fibonacci number (1, 1, 2, 3, 5, …), or one that is already enough."""
    this, following = 1.0, 1.0
    for _ in range(n - 1):
        if this >= enough:
            break
        this, following = following, this + following
    return this


NO_RETRY = RetryConfig(max_attempts=1)
"""One attempt: what applies where nobody says otherwise."""
