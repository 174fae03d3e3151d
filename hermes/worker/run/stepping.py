"""What the steps of a command have in common: their place in the snapshot, their retries, and how a program in one is waited for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from hermes import errors, limits
from hermes.execution import NO_RETRY, ExecutionEvent, RetryConfig, StepContext
from hermes.process.process import StopSchedule
from hermes.worker.run.run import Run

_LOG = logging.getLogger(__name__)
T = TypeVar("T")

NETWORK = RetryConfig(
    max_attempts=limits.GIT_TRIES,
    initial_delay=1.0,
    max_delay=8.0,
    jitter=0.2,
    allow=(errors.RepositorySilent, errors.Transient),
)
"""The retries of network steps; a refusal is not retried."""
SERVICES = RetryConfig(
    max_attempts=60, initial_delay=1.0, max_delay=30.0, jitter=0.2, allow=(errors.Transient,), total_seconds=900.0
)
"""The retries of steps that need AWS: a right that is missing for some minutes is no reason to throw work away."""

#: An agent that still runs this long after its SIGKILL is abandoned.
AGENT_GRACE_SECONDS: Final = 12.0


def step(
    run: Run,
    name: str,
    work: Callable[[], Awaitable[T]],
    form: TypeAdapter[T],
    *,
    actor: Any = "worker",
    retry: RetryConfig = NO_RETRY,
) -> Awaitable[T]:
    """Run one step. If the process dies at any of its points, the next process knows from the snapshot which were passed."""

    async def handler(_context: StepContext) -> T:
        run.crash_point(f"{name}.begun")
        result = await work()
        run.crash_point(f"{name}.done")
        return result

    event: ExecutionEvent[T] = ExecutionEvent(
        name=name,
        actor=actor,
        handler=handler,
        retry=retry,
        dump=lambda result: form.dump_python(result, mode="json"),
        load=form.validate_python,
    )
    return event.execute(run.state)


def kept(run: Run, name: str, result: T) -> T:
    """Mark the last point of a step, whose snapshot is written."""
    run.crash_point(f"{name}.kept")
    return result


async def to_its_end(
    run: Run,
    work: Coroutine[Any, Any, T],
    what: str,
    stop_schedule: StopSchedule,
    note: Callable[[T], T] = lambda result: result,
) -> T:
    """Wait for a program to its end. An interrupt does not cancel it, since its supervisor stops it on schedule, unless it overstays.

    `note` gets its result, also if the step ends with the interrupt.
    """
    running = asyncio.create_task(work, name=what)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        if run.state.interrupt_signal is not None and not running.done():
            await asyncio.wait({running}, timeout=stop_schedule.kill + AGENT_GRACE_SECONDS)
            if not running.done():
                _LOG.error("It did not end by its stop schedule: %s.", what, extra=run.about("agent.overstayed"))
        raise
    finally:
        if not running.done():
            running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if not running.cancelled() and running.exception() is None:
            result = note(running.result())
    return result
