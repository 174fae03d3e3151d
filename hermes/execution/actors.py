"""Who does the steps: agents, tools and language models, each with its own handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hermes.execution import retry


class Actor:
    """One that does steps: `await ExecutionEvent(actor=actor)(input_data, context, state)`.

    `handler(input_data, context, state)` is plain or async; a subclass may define it as a method instead. A precondition takes the same
    and says whether the handler may run, or raises. `retry_config` holds for every step of this actor that sets none.
    """

    def __init__(
        self,
        name: str,
        handler: Callable[..., Any] | None = None,
        *,
        description: str = "",
        preconditions: Sequence[Callable[..., Any]] = (),
        retry_config: retry.RetryConfig | None = None,
    ) -> None:
        if not name:
            raise ValueError("an actor needs a name: events and snapshots identify it by its name")
        self.name = name
        #: for people and language models
        self.description = description
        if handler is not None:
            self.handler = handler
        if not callable(getattr(self, "handler", None)):
            raise TypeError(f"{type(self).__name__} {name!r} needs a handler(input_data, context, state)")
        self.preconditions = list(preconditions)
        self.retry_config = retry_config

    handler: Callable[..., Any]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"


class Agent(Actor):
    """An actor that plans and acts."""


class Tool(Actor):
    """An actor that does one thing."""


class LLM(Actor):
    """An actor that asks a language model."""
