"""Runs an agent program: in the worktree, with its own home, read line by line, stopped on the stop schedule."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from hermes import errors, limits
from hermes.agents.port import AgentTask
from hermes.config.agent_settings import AgentSettings
from hermes.domain.interrupts import InterruptReason, ResourceLimit
from hermes.execution import ExecutionState
from hermes.process import environment, process

#: How the services of agents refuse a key or an account, and how the agents tell it.
_REFUSED_KEY: Final = re.compile(
    r"invalid (?:x-)?api.key|invalid_api_key|incorrect api key|api key (?:is )?(?:not|missing|required|invalid|expired)|missing api key"
    r"|no api key|authentication[ _]?(?:error|failed|required)|unauthorized|\b40[13]\b|please run /login|not logged in|oauth token"
    r"|credit balance|insufficient (?:credit|quota|funds)|insufficient_quota|exceeded your current quota|billing|payment required|\b402\b"
    r"|permission_error|account (?:is )?(?:disabled|suspended)",
    re.IGNORECASE,
)
HINT = "Ask again, perhaps in other words; the operator finds the whole log with the command."


def prepare(
    task: AgentTask,
    settings: AgentSettings,
    *,
    state: ExecutionState,
    argv: tuple[str, ...],
    stdin: bytes,
    on_line: process.OnLine,
    extra: Mapping[str, str] | None = None,
    control: bool = False,
    own_interrupt: Callable[[], Awaitable[None]] | None = None,
    keep_stdin: bool = False,
) -> process.Process:
    """The process of this agent, not yet started."""
    mark = task.command_id
    # The variable by which programs hand a trace on (OpenTelemetry, "Environment Variables as Context Propagation Carriers").
    traced = {"TRACEPARENT": task.traceparent} if task.traceparent is not None else {}
    spec = process.Spec(
        argv=argv,
        cwd=task.worktree,
        env=environment.reduced(
            task.environment, allow=settings.env, home=task.home, mark=mark, extra={**traced, **(extra or {})}
        ),
        mark=mark,
        stdin=stdin,
        keep_stdin=keep_stdin,
        control=control,
        log=task.log,
        secrets=task.secrets,
        output_bytes=task.limits.output_bytes,
        memory_bytes=task.limits.memory_bytes,
        user=task.user,
        walls=task.walls,
    )
    return process.Process(
        spec=spec, stop_schedule=task.stop_schedule, state=state, on_line=on_line, own_interrupt=own_interrupt
    )


async def run(
    running: process.Process, state: ExecutionState, *, over: Callable[[], Awaitable[None]] | None = None
) -> process.ProcessOutcome:
    """Run the program to its end. Raises `errors.AgentFailed` if it cannot start, `ExecutionInterrupted` if it must not.

    `over` returns once the program's work is done, even if the process does not end: then it is ended with all its
    descendants, which counts as success.
    """
    await state.check_interrupt()
    try:
        return await (running.run() if over is None else _run_until(over, running, state))
    except errors.StepFailed as error:
        hint = "The agent is not installed where Hermes runs it, or is set up wrongly: the operator has to look at the project's settings."
        raise errors.AgentFailed(f"The agent could not be started. {error.message}", hint=hint) from error


async def _run_until(
    over: Callable[[], Awaitable[None]], running: process.Process, state: ExecutionState
) -> process.ProcessOutcome:
    begun = asyncio.get_running_loop().time()
    program = asyncio.create_task(running.run(), name="agent's program")
    done = asyncio.ensure_future(over())
    try:
        await asyncio.wait({program, done}, return_when=asyncio.FIRST_COMPLETED)
        if program.done() or state.interrupt_signal is not None:
            return await program
    finally:
        done.cancel()
        program.cancel()  # what it started goes with it
        await asyncio.gather(program, done, return_exceptions=True)
    seconds = asyncio.get_running_loop().time() - begun
    return process.ProcessOutcome(
        returncode=0, stopped=False, seconds=seconds, output_bytes=0, tail="", held=True, stragglers=0
    )


def fault(error: str | None) -> errors.Fault | None:
    """What a run failed of, by its words: the key of its service, or else the work itself."""
    if error is None:
        return None
    return errors.Fault.KEY if _REFUSED_KEY.search(error) else errors.Fault.TRIED


def refuses_key(message: str) -> bool:
    """Whether the service's words mean that it refuses the key or the account: then trying again is in vain."""
    return _REFUSED_KEY.search(message) is not None


def refusal(message: str) -> str:
    """The sentence for an error of the service, with its words."""
    reason = shortened(" ".join(message.split()), 400)
    words = "The agent's service answered with an error."
    return f"{words} It said: {reason}" if reason else words


def failure(outcome: process.ProcessOutcome) -> str | None:
    """The reason of a failed run in plain words; None for success and for a requested stop."""
    code = outcome.returncode
    if outcome.stopped or code == 0:
        return None
    if code is None:
        return "The agent could not be ended."
    if code < 0 or code > 128:
        return (
            f"The agent was ended from outside (signal {-code if code < 0 else code - 128}).{_last_words(outcome.tail)}"
        )
    return f"The agent ended with an error (exit status {code}).{_last_words(outcome.tail)}"


def check_cost(task: AgentTask, state: ExecutionState, cost_usd: float | None) -> None:
    """Interrupt a run that exceeds its cost limit."""
    allowed = task.limits.cost_usd
    if allowed is not None and cost_usd is not None and cost_usd > allowed:
        state.request_interrupt(
            InterruptReason.RESOURCE_LIMIT,
            f"It cost ${cost_usd:.2f}, and one request may cost ${allowed:.2f}.",
            ResourceLimit.COST,
        )


def shortened(text: str, chars: int = limits.SUMMARY_CHARS) -> str:
    """The beginning of a long text."""
    return text if len(text) <= chars else text[: chars - 1].rstrip() + "…"


def _last_words(tail: str) -> str:
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    kept = " / ".join(lines[-4:])[-limits.ERROR_TAIL_CHARS :]
    return f" It last said: {kept}" if kept else ""
