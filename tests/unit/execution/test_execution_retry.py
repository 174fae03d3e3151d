"""Retry: the four strategies, the bounds, the lists, and which settings apply."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.execution import (
    NO_RETRY,
    ExecutionInterrupted,
    InterruptReason,
    RetryConfig,
    RetryLevel,
    RetryLevels,
    RetryStrategy,
    choose_retry,
    hinted_delay,
)


def _pauses(strategy: RetryStrategy, **settings: Any) -> list[float]:
    config = RetryConfig(strategy=strategy, initial_delay=2, max_delay=25, max_attempts=9, **settings)
    return [config.pause(failures) for failures in range(1, 8)]


def test_the_constant_strategy_pauses_always_the_same() -> None:
    assert _pauses(RetryStrategy.CONSTANT) == [2, 2, 2, 2, 2, 2, 2]


def test_the_linear_strategy_adds_the_base_each_time() -> None:
    assert _pauses(RetryStrategy.LINEAR) == [2, 4, 6, 8, 10, 12, 14]


def test_the_exponential_strategy_multiplies_up_to_the_cap() -> None:
    assert _pauses(RetryStrategy.EXPONENTIAL) == [2, 4, 8, 16, 25, 25, 25]
    assert _pauses(RetryStrategy.EXPONENTIAL, multiplier=3) == [2, 6, 18, 25, 25, 25, 25]


def test_the_fibonacci_strategy_adds_the_last_two() -> None:
    assert _pauses(RetryStrategy.FIBONACCI) == [2, 2, 4, 6, 10, 16, 25]


@given(
    strategy=st.sampled_from(RetryStrategy),
    base=st.floats(0, 1e9),
    cap=st.floats(0, 1e9),
    factor=st.floats(1, 1e6),
    failures=st.integers(1, 10**9),
)
def test_no_pause_is_over_the_cap_or_below_zero(
    strategy: RetryStrategy, base: float, cap: float, factor: float, failures: int
) -> None:
    failures = min(failures, 5_000) if strategy is RetryStrategy.FIBONACCI else failures
    pause = RetryConfig(strategy=strategy, initial_delay=base, max_delay=cap, multiplier=factor).pause(failures)
    assert 0 <= pause <= cap


@given(jitter=st.floats(0, 1), chance=st.floats(0, 1, exclude_max=True))
def test_jitter_only_shortens_a_pause_and_by_no_more_than_its_share(jitter: float, chance: float) -> None:
    config = RetryConfig(initial_delay=10, jitter=jitter)
    delay = config.decide(OSError(), failures=1, chance=lambda: chance).delay_seconds
    assert 10 * (1 - jitter) - 1e-9 <= delay <= 10


def test_full_jitter_spreads_over_the_whole_pause() -> None:
    config = RetryConfig(initial_delay=10, jitter=1)
    delays = [config.decide(OSError(), failures=1).delay_seconds for _ in range(500)]
    assert min(delays) < 1
    assert max(delays) > 9


def test_attempts_are_counted_with_the_first() -> None:
    config = RetryConfig(max_attempts=3)
    assert [config.decide(OSError(), failures=n).retry for n in (1, 2, 3)] == [True, True, False]
    assert not NO_RETRY.decide(OSError(), failures=1).retry


def test_the_time_budget_ends_the_attempts() -> None:
    config = RetryConfig(initial_delay=10, max_attempts=9, total_seconds=30)
    assert config.decide(OSError(), failures=1, elapsed_seconds=20).retry
    decision = config.decide(OSError(), failures=1, elapsed_seconds=20.5)
    assert not decision.retry
    assert "no time left" in decision.why


def test_only_what_the_allow_list_has_is_retried() -> None:
    config = RetryConfig(allow=(OSError,))
    assert config.decide(ConnectionError(), failures=1).retry
    assert "allow list" in config.decide(ValueError(), failures=1).why


def test_the_deny_list_wins() -> None:
    config = RetryConfig(allow=(OSError,), deny=(FileNotFoundError,))
    assert config.decide(OSError(), failures=1).retry
    decision = config.decide(FileNotFoundError(), failures=1)
    assert not decision.retry
    assert "deny list" in decision.why


@pytest.mark.parametrize(
    "error",
    [
        ExecutionInterrupted(InterruptReason.CUSTOM),
        asyncio.CancelledError(),
        KeyboardInterrupt(),
        SystemExit(),
    ],
)
def test_interrupts_and_cancellation_are_never_retried_whatever_the_lists_say(error: BaseException) -> None:
    config = RetryConfig(allow=(BaseException,), max_attempts=99)
    assert not config.decide(error, failures=1).retry


class Throttled(Exception):
    def __init__(self, **hint: object) -> None:
        super().__init__("slow down")
        vars(self).update(hint)


def test_an_error_may_ask_for_a_longer_pause() -> None:
    config = RetryConfig(initial_delay=1, max_delay=2, max_attempts=9)
    decision = config.decide(Throttled(retry_after=30), failures=1)
    assert (decision.retry, decision.delay_seconds) == (True, 30)
    assert config.decide(Throttled(retry_after_seconds=30.5), failures=1).delay_seconds == 30.5


def test_an_error_does_not_shorten_a_pause() -> None:
    assert RetryConfig(initial_delay=5).decide(Throttled(retry_after=1), failures=1).delay_seconds == 5


def test_jitter_never_goes_below_what_the_error_asks_for() -> None:
    config = RetryConfig(initial_delay=8, jitter=1)
    assert config.decide(Throttled(retry_after=7), failures=1, chance=lambda: 0.99).delay_seconds == 7


def test_a_pause_asked_for_counts_against_the_time_budget_and_has_a_limit() -> None:
    assert not RetryConfig(total_seconds=20).decide(Throttled(retry_after=30), failures=1).retry
    decision = RetryConfig().decide(Throttled(retry_after=10**7), failures=1)
    assert not decision.retry
    assert "too long" in decision.why


@pytest.mark.parametrize("value", [None, "30", True, -1, math.nan, math.inf])
def test_nonsense_is_no_hint(value: object) -> None:
    assert hinted_delay(Throttled(retry_after=value)) is None


def test_hints_may_be_read_by_ones_own_function_or_not_at_all() -> None:
    assert RetryConfig(hint=lambda error: 42.0).decide(OSError(), failures=1).delay_seconds == 42
    assert RetryConfig(hint=None).decide(Throttled(retry_after=30), failures=1).delay_seconds == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_attempts": 0},
        {"initial_delay": -1},
        {"initial_delay": math.inf},
        {"max_delay": math.nan},
        {"multiplier": 0.5},
        {"strategy": "random"},
        {"allow": [1]},
        {"deny": "ValueError"},
        {"jitter": 1.5},
        {"jitter": -0.1},
        {"total_seconds": -1},
        {"total_seconds": math.nan},
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        RetryConfig(**wrong)


def test_there_is_no_pause_before_a_failure() -> None:
    with pytest.raises(ValueError):
        RetryConfig().pause(0)


# ── precedence ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Remote: ...


class Git(Remote): ...


CONFIGS = {level: RetryConfig(max_attempts=n) for n, level in enumerate(RetryLevel, 2)}


@pytest.mark.parametrize("winner", list(RetryLevel))
def test_the_nearest_level_wins_and_says_over_what(winner: RetryLevel) -> None:
    levels = list(RetryLevel)
    given = {level: CONFIGS[level] for level in levels[levels.index(winner) :]}
    choice = choose_retry(
        call=given.get(RetryLevel.CALL),
        step=given.get(RetryLevel.STEP),
        actor=Git(),
        levels=RetryLevels(
            by_actor={Remote: given[RetryLevel.ACTOR_TYPE]} if RetryLevel.ACTOR_TYPE in given else {},
            state=given.get(RetryLevel.STATE),
            default=given[RetryLevel.DEFAULT],
        ),
    )
    assert choice.level is winner
    assert choice.config is CONFIGS[winner]
    assert [level for level, _ in choice.over] == levels[levels.index(winner) + 1 :]
    assert choice.explain().startswith(winner.value)


def test_the_nearest_class_of_an_actor_wins() -> None:
    near, far = RetryConfig(max_attempts=4), RetryConfig(max_attempts=5)
    assert choose_retry(actor=Git(), levels=RetryLevels(by_actor={Remote: far, Git: near})).config is near
    assert choose_retry(actor=Git, levels=RetryLevels(by_actor={Remote: far})).config is far
    assert choose_retry(actor=3, levels=RetryLevels(by_actor={Remote: far})).level is RetryLevel.DEFAULT


def test_an_actor_known_by_name_is_found_by_it() -> None:
    config = RetryConfig(max_attempts=4)
    choice = choose_retry(actor="git", levels=RetryLevels(by_actor={"git": config}))
    assert choice.config is config
    assert choice.explain() == ("actor type git: exponential from 1 s to 60 s, 4 attempts (before default: no retry)")


def test_without_settings_nothing_is_retried() -> None:
    choice = choose_retry()
    assert choice.config is NO_RETRY
    assert choice.explain() == "default: no retry"
