"""What a worker's final report means for a command. Pure."""

from __future__ import annotations

import dataclasses

from hermes.domain.commands import Command, CommandState
from hermes.domain.interrupts import InterruptReason, Preempted
from hermes.domain.wire import ResultMessage


@dataclasses.dataclass(frozen=True, slots=True)
class Conclusion:
    """The decision: a terminal state, or one more attempt."""

    state: CommandState
    rerun: bool = False


def conclude(command: Command, result: ResultMessage, *, preempted: bool = False) -> Conclusion:
    """The state that a final report leads to. `preempted`: the command gave way to a newer mail of another thread.

    A command that a shutdown or a loss cut short runs again as the next attempt; so does one that gave way, where the project
    says so. One that a person stopped does not. A command that was done before the interrupt reached it has succeeded.
    """
    if result.retryable and command.state is CommandState.RUNNING and command.attempt < command.attempts:
        return Conclusion(CommandState.ACCEPTED, rerun=True)
    if (
        preempted
        and _was_stopped(result)
        and command.if_preempted is Preempted.REQUEUE
        and command.attempt < command.attempts
    ):
        return Conclusion(CommandState.ACCEPTED, rerun=True)
    if result.retryable and not result.success and command.interruption is not None:
        # It was to stop, and its worker ended first: that is a stop, not a failure.
        if command.interruption.reason is InterruptReason.TIMEOUT:
            return Conclusion(CommandState.TIMED_OUT)
        return Conclusion(CommandState.INTERRUPTED)
    if result.timed_out or result.interrupt_reason is InterruptReason.TIMEOUT:
        return Conclusion(CommandState.TIMED_OUT)
    if result.interrupted:
        return Conclusion(CommandState.INTERRUPTED)
    if result.needs_input:
        return Conclusion(CommandState.NEEDS_INPUT)
    return Conclusion(CommandState.SUCCEEDED if result.success else CommandState.FAILED)


def _was_stopped(result: ResultMessage) -> bool:
    over_time = result.timed_out or result.interrupt_reason is InterruptReason.TIMEOUT
    return (result.interrupted or result.retryable) and not result.success and not over_time
