"""Makes the final report of facts from git and words from the agent, kept apart. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from hermes import errors, limits
from hermes.agents.port import AgentReport
from hermes.domain import wire
from hermes.domain.interrupts import InterruptReason
from hermes.execution import InterruptSignal
from hermes.repository.pusher import PushedCommit
from hermes.repository.workspace import Work
from hermes.worker.run.checks import CheckFailure
from hermes.worker.run.publish import Published

#: Characters of their names together.
FILES_NAMED_CHARS: Final = 40_000

#: Uncommitted files that a reply names.
_NAMED_LEFT_OUT = 10

#: Lists of prices age: a count this much over what the agent told is no lie of the agent's.
_TOLD_SHARE: Final = 1.5
_TOLD_DOLLARS: Final = 0.02

#: Characters of each text in the short form of a refused report.
_SHORT_CHARS = 500
#: Of one thing that an agent was not allowed to do.
_DENIED_CHARS = 120

_STOPPED = {
    InterruptReason.USER_CANCELLED: "It was stopped on request.",
    InterruptReason.TIMEOUT: "It took longer than it may.",
    InterruptReason.RESOURCE_LIMIT: "It used more than it may.",
    InterruptReason.ERROR_THRESHOLD: "It failed too often.",
    InterruptReason.PRIORITY_OVERRIDE: "A newer request took its place.",
    InterruptReason.SYSTEM_SHUTDOWN: "The machine it ran on was shut down.",
    InterruptReason.CUSTOM: "It was stopped.",
}


@dataclass(slots=True)
class Facts:
    """The facts of one run, filled in by its steps."""

    begun: float
    began: bool = False
    """Whether the workspace was ready and the work began."""
    complete: bool = False
    """Whether every step was done."""
    agent: AgentReport = field(default_factory=AgentReport)
    work: Work | None = None
    landed: PushedCommit | None = None
    notes: list[str] = field(default_factory=list)
    """Unusual events, in words for a person."""
    failed_checks: tuple[CheckFailure, ...] = ()
    """The checks that the work does not pass, also after its correction."""
    blocked: tuple[str, ...] = ()
    """Hosts that its programs wanted to reach and must not."""
    counted_usd: float = 0.0
    """What its models' answers cost, by the worker's own count."""
    pictures: tuple[wire.Picture, ...] = ()
    text_changes: tuple[wire.TextChange, ...] = ()
    diff_key: str | None = None
    corrected: bool = False
    """The agent had a second round for what the checks found."""
    left_out: tuple[str, ...] = ()
    """Files that were not committed, each with the reason."""
    failure: errors.StepFailed | None = None
    unsaved: errors.StepFailed | None = None
    """Why the work could not be pushed after a stop or a failure."""
    live_base: str | None = None
    """The commit of the live branch that the work is made on."""
    brought_together: bool = False
    """The live branch had changed in the same places, and both changes were put together."""
    build_began: bool = False
    built: bool = False
    built_head: str | None = None
    """The commit that a check had built already."""
    published: Published | None = None
    preview_url: str | None = None
    log_key: str | None = None
    log_began: bool = False


def final(
    command: wire.CommandMessage, facts: Facts, *, stopped: InterruptSignal | None, now: float
) -> wire.ResultMessage:
    """The one final report of this attempt."""
    work, landed, agent = facts.work, facts.landed, facts.agent
    error, hint, fault = _failure(facts, stopped)
    notes = [*facts.notes, *([landed.note] if landed is not None and landed.note else [])]
    if facts.left_out:
        more = len(facts.left_out) - _NAMED_LEFT_OUT
        others = f"; and {more} more" if more > 0 else ""
        notes.append(f"Not committed: {'; '.join(facts.left_out[:_NAMED_LEFT_OUT])}{others}.")
    return wire.ResultMessage(
        command_id=command.command_id,
        attempt=command.attempt,
        nonce=command.nonce,
        success=error is None and stopped is None,
        summary=agent.summary[: limits.SUMMARY_CHARS],
        files_changed=_named(work.files) if work is not None else (),
        diffstat=work.diffstat if work is not None else "",
        git_commit=landed.sha if landed is not None else (work.head if work is not None else None),
        branch=landed.branch if landed is not None else None,
        pushed=landed is not None,
        live_base=facts.live_base,
        brought_together=facts.brought_together,
        preview_url=facts.preview_url if error is None and stopped is None else None,
        cost_usd=_cost(agent.cost_usd, facts.counted_usd),
        duration_seconds=round(max(0.0, now - facts.begun), 1),
        interrupted=stopped is not None,
        interrupt_reason=stopped.reason if stopped is not None else None,
        interrupted_by=stopped.triggered_by if stopped is not None else None,
        never_started=stopped is not None and not facts.began,
        timed_out=stopped is not None and stopped.reason is InterruptReason.TIMEOUT,
        needs_input=agent.question if error is None and stopped is None else None,
        error=error,
        hint="\n".join(part for part in (hint, *notes) if part),
        fault=fault,
        left_out=facts.left_out[:_NAMED_LEFT_OUT],
        failed_checks=tuple(found.on_wire() for found in facts.failed_checks),
        pictures=facts.pictures,
        text_changes=facts.text_changes,
        diff_key=facts.diff_key,
        denied=tuple(what[:_DENIED_CHARS] for what in agent.denied[:_NAMED_LEFT_OUT]),
        blocked=facts.blocked,
        undone=work.undone if work is not None else "",
        agent_session_id=agent.session_id,
        log_key=facts.log_key,
        retryable=stopped is not None and stopped.reason is InterruptReason.SYSTEM_SHUTDOWN,
        traceparent=command.traceparent,
    )


def _cost(told: float | None, counted: float) -> float | None:
    """What the agent told, which knows its service's prices best; what was counted if it told of none, or of far too little."""
    if counted <= 0.0 or (told is not None and counted <= told * _TOLD_SHARE + _TOLD_DOLLARS):
        return told
    return round(counted, 6)


def unforeseen(command: wire.CommandMessage, error: Exception) -> wire.ResultMessage:
    """The report of a command that caused an internal error, whose message only the operator sees."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return _broken(command, f"Hermes itself failed while it worked on this ({type(error).__name__}).")


def ended_too_often(command: wire.CommandMessage) -> wire.ResultMessage:
    """The report of a command that ended each worker that tried to settle it."""
    return _broken(command, "The worker was ended while it worked on this, and again each time when it took it up.")


def _broken(command: wire.CommandMessage, error: str) -> wire.ResultMessage:
    return wire.ResultMessage(
        command_id=command.command_id,
        attempt=command.attempt,
        nonce=command.nonce,
        success=False,
        error=error,
        hint="What it had done by then may lie in this thread's workspace, and is saved with the next request. "
        "The operator sees the reason.",
        fault=errors.Fault.INTERNAL,
        traceparent=command.traceparent,
    )


def short(result: wire.ResultMessage) -> wire.ResultMessage:
    """The short form of a report: how it ended and where the work is."""
    return result.model_copy(
        update={
            "summary": result.summary[:_SHORT_CHARS],
            "files_changed": (),
            "diffstat": "",
            "error": result.error[:_SHORT_CHARS] if result.error is not None else None,
            "hint": result.hint[:_SHORT_CHARS],
            "needs_input": result.needs_input[:_SHORT_CHARS] if result.needs_input is not None else None,
            "log_key": None,
            "failed_checks": tuple(one.model_copy(update={"lines": ()}) for one in result.failed_checks),
            "left_out": (),
        }
    )


def _named(files: tuple[str, ...]) -> tuple[str, ...]:
    """As many files as a message may name."""
    room, named = FILES_NAMED_CHARS, []
    for path in files:
        room -= len(path)
        if room < 0:
            break
        named.append(path)
    return tuple(named)


def _failure(facts: Facts, stopped: InterruptSignal | None) -> tuple[str | None, str, errors.Fault | None]:
    """What went wrong, what to do about it, and what it failed of; None, "" and None where all is well."""
    if stopped is not None:
        words = stopped.message or _STOPPED[stopped.reason]
        unsaved = f" {facts.unsaved.message}" if facts.unsaved is not None else ""
        return words + unsaved, facts.unsaved.hint if facts.unsaved is not None else "", None
    if facts.failure is not None:
        words, hint, fault = facts.failure.message, facts.failure.hint, facts.failure.fault
    elif facts.agent.error is not None:
        words, hint, fault = facts.agent.error, facts.agent.hint, facts.agent.fault or errors.Fault.TRIED
    elif facts.landed is not None and facts.landed.rejected:
        words = f"The repository did not accept the commit on the session's branch: {facts.landed.rejected}."
        hint = "It lies on a branch beside it: check the repository's rules for branches, or merge that branch by hand."
        fault = errors.Fault.PUSH
    else:
        return None, "", None
    if facts.landed is not None and facts.landed.rejected:
        return words, hint, fault  # the sentence about the commit names its branch
    if facts.landed is not None and facts.work is not None:
        words += f" What it had done by then is kept on {facts.landed.branch}."
    elif facts.work is not None and not isinstance(facts.failure, errors.PushRejected):
        words += f" Its work is commit {facts.work.head[:12]} in this session's workspace and is pushed with the next request."
    elif facts.unsaved is not None and facts.unsaved.message != words:
        words, hint = f"{words} {facts.unsaved.message}", hint or facts.unsaved.hint
    return words, hint, fault
