"""How handlers and preconditions are called: with one `StepContext`, or with input data, context and state."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any, Final, TypeAlias

from hermes.execution.state import ExecutionState


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """The argument of a step's handler and preconditions."""

    state: ExecutionState
    step: str
    """The step's key in this execution."""
    actor: Any
    attempt: int
    """Counted from 1."""
    input_data: Any = None
    context: Any = None
    """As the caller of the step gave them."""


Precondition: TypeAlias = Callable[..., bool | Awaitable[bool | None] | None]
"""Says whether the step may run: False, or an error that it raises, is no; None, of one that only raises, is yes. Plain or async.
It takes what the handler takes."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A function that can be called with a `StepContext`, whatever it takes."""

    name: str
    call: Callable[[StepContext], Any]


def of_step(function: Callable[..., Any]) -> Bound:
    """A function that was given to a step: it takes a `StepContext`, or input data, context and state."""
    least, most, names = _positional(function)
    if most == 0:
        call = _none(function)
    elif len(names) == len(_NAMES) and set(names) == _NAMES:
        call = _named(function, names)
    elif least <= 1 and most != _ANY:
        call = function
    else:
        call = _three(function)
    return Bound(_name(function), call)


def of_actor(function: Callable[..., Any], *, condition: bool = False) -> Bound:
    """An actor's function: it takes input data, context and state, or those of them that its parameters are called.

    A lone parameter of another name is the state to a precondition, and the input data to a handler.
    """
    _, most, names = _positional(function)
    if most == 0:
        call = _none(function)
    elif names and set(names) <= _NAMES and most != _ANY:
        call = _named(function, names)
    elif most == 1:
        call = _named(function, ("state" if condition or names[0].startswith("s") else "input_data",))
    elif most == 2:
        call = _named(function, ("input_data", "context"))
    else:
        call = _three(function)
    return Bound(_name(function), call)


def of_actor_condition(function: Callable[..., Any]) -> Bound:
    """An actor's precondition."""
    return of_actor(function, condition=True)


_NAMES: Final = frozenset({"input_data", "context", "state"})
#: `*args`
_ANY: Final = 1_000


def _none(function: Callable[..., Any]) -> Callable[[StepContext], Any]:
    return lambda _: function()


def _three(function: Callable[..., Any]) -> Callable[[StepContext], Any]:
    return lambda given: function(given.input_data, given.context, given.state)


def _named(function: Callable[..., Any], names: tuple[str, ...]) -> Callable[[StepContext], Any]:
    return lambda given: function(*(getattr(given, name) for name in names))


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", None) or type(function).__name__


def _positional(function: Callable[..., Any]) -> tuple[int, int, tuple[str, ...]]:
    """How many positional arguments it must have, how many it may have, and what they are called.

    Plain functions are read from their code: a step may be made for each call, and `inspect.signature` would take longer than it.
    """
    bound = 0
    plain: Any = function
    if not isinstance(plain, FunctionType | MethodType) and not isinstance(plain, type):
        plain = getattr(type(plain), "__call__", plain)  # noqa: B004 - it is read, not asked for
        bound = 1
    if isinstance(plain, MethodType):
        plain, bound = plain.__func__, 1
    if isinstance(plain, FunctionType) and not hasattr(plain, "__wrapped__"):
        code = plain.__code__
        names = code.co_varnames[bound : code.co_argcount]
        least = len(names) - len(plain.__defaults__ or ())
        if code.co_flags & inspect.CO_VARARGS:
            return max(least, 0), _ANY, names
        return least, len(names), names
    return _signature(function)


def _signature(function: Callable[..., Any]) -> tuple[int, int, tuple[str, ...]]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return 3, 3, ()  # written in C without a signature: as documented
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = tuple(one.name for one in parameters if one.kind in kinds)
    least = sum(one.kind in kinds and one.default is one.empty for one in parameters)
    if any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters):
        return least, _ANY, names
    return least, len(names), names
