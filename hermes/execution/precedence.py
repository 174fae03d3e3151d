"""Chooses the retry settings: the level nearest to the call wins; `explain` lists the overridden ones."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hermes.execution.retry import NO_RETRY, RetryConfig

ActorType: TypeAlias = type | str
"""A class (its subclasses included), or the name of an actor that is known by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLevels:
    """The retry settings of an execution: for all its steps, by the type of their actor, and where nobody says otherwise."""

    state: RetryConfig | None = None
    by_actor: Mapping[ActorType, RetryConfig] = field(default_factory=dict)
    default: RetryConfig = NO_RETRY

    @classmethod
    def of(cls, given: RetryConfig | RetryLevels | None) -> RetryLevels:
        """All levels: one setting alone is the level `state`."""
        return given if isinstance(given, RetryLevels) else cls(state=given)


class RetryLevel(enum.StrEnum):
    """Where retry settings come from, nearest first."""

    CALL = "call"
    STEP = "step"
    ACTOR_TYPE = "actor type"
    STATE = "state"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class RetryChoice:
    """The settings that apply, their level, and the overridden levels."""

    config: RetryConfig
    level: RetryLevel
    actor_type: str = ""
    """Level `actor type` only: which one."""
    over: tuple[tuple[RetryLevel, RetryConfig], ...] = ()

    def explain(self) -> str:
        """One line for a person: `step: exponential from 1 s to 60 s, 3 attempts (before state: no retry; default: no retry)`."""
        where = f"{self.level.value} {self.actor_type}".rstrip()
        line = f"{where}: {self.config.describe()}"
        if self.over:
            line += " (before " + "; ".join(f"{level.value}: {config.describe()}" for level, config in self.over) + ")"
        return line


def choose_retry(
    *,
    call: RetryConfig | None = None,
    step: RetryConfig | None = None,
    actor: Any = None,
    levels: RetryLevels | None = None,
) -> RetryChoice:
    """The settings that apply: call, then step, then actor (its own, or those of the nearest class), then state, then default."""
    levels = levels or RetryLevels()
    actor_type, of_actor = _for_actor(actor, levels.by_actor)
    order = (
        (RetryLevel.CALL, call),
        (RetryLevel.STEP, step),
        (RetryLevel.ACTOR_TYPE, of_actor),
        (RetryLevel.STATE, levels.state),
        (RetryLevel.DEFAULT, levels.default),
    )
    (level, config), *over = ((level, config) for level, config in order if config is not None)
    return RetryChoice(config, level, actor_type if level is RetryLevel.ACTOR_TYPE else "", tuple(over))


def _for_actor(actor: Any, by_actor: Mapping[ActorType, RetryConfig]) -> tuple[str, RetryConfig | None]:
    if actor is not None:
        own = getattr(actor, "retry_config", None)
        if isinstance(own, RetryConfig):
            return actor_name(actor), own
        if by_actor:
            for kind in _kinds(actor):
                if kind in by_actor:
                    return kind if isinstance(kind, str) else kind.__name__, by_actor[kind]
    return "", None


def _kinds(actor: Any) -> Iterator[ActorType]:
    """What an actor is known as: its text or its name, then its classes, the nearest first."""
    if isinstance(actor, str):
        yield actor
    elif not isinstance(actor, type) and isinstance(name := getattr(actor, "name", None), str):
        yield name
    yield from (actor if isinstance(actor, type) else type(actor)).__mro__


def actor_name(actor: Any) -> str:
    """The name of an actor in events: its own text if it is a string, its `name`, or its class."""
    if actor is None:
        return ""
    if isinstance(actor, str):
        return actor
    name = getattr(actor, "name", None)
    if isinstance(name, str) and name:
        return name
    return actor.__name__ if isinstance(actor, type) else type(actor).__name__
