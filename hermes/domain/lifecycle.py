"""The life of a command: every step that changes its record, as a pure function from the record and the facts to a `Transition`.

Nothing else changes a command's state. Each step is a row of `RULES`, which is this table:

    step         from                             to                                                        due
    accept       -                                accepted, interrupted                                     accepted
    claim        accepted                         running                                                   running
    interrupt    running, interrupting            interrupting                                              interrupt
    withdraw     accepted                         interrupted                                               never
    rerun        accepted, running, interrupting  accepted                                                  accepted
    release      accepted                         accepted                                                  accepted
    ask          accepted                         accepted                                                  accepted
    resume       accepted                         accepted                                                  accepted
    conclude     accepted, running, interrupting  succeeded, failed, timed_out, needs_input, interrupted    never
    postpone     accepted, running, interrupting  the same                                                  as given
    free         accepted, running, interrupting  the same                                                  the same
    acknowledge  accepted, running, interrupting  the same                                                  the same

`due` names the interval of `Timing` after which the sweeper looks at the command again.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any, Final

from hermes import ids, limits
from hermes.domain import wire
from hermes.domain.commands import OPEN_STATES, Command, CommandState
from hermes.domain.interrupts import Interruption


class Step(enum.StrEnum):
    """What happens to a command."""

    ACCEPT = "accept"
    """A mail became this command."""
    CLAIM = "claim"
    """A worker took it."""
    INTERRUPT = "interrupt"
    """It is being interrupted."""
    WITHDRAW = "withdraw"
    """A newer command took its place before it began."""
    RERUN = "rerun"
    """An attempt was cut short; the next one is sent."""
    RELEASE = "release"
    """The command of another thread that it waited for is done."""
    ASK = "ask"
    """An operator asks to stop it before it began: nothing claims it any more, and whoever has its timer ends it."""
    RESUME = "resume"
    """A pause that held it back is over."""
    CONCLUDE = "conclude"
    """It ended, with a result."""
    POSTPONE = "postpone"
    """One replica took its timer."""
    FREE = "free"
    """Another command took over its slots in the shares."""
    ACKNOWLEDGE = "acknowledge"
    """Its author is told that it arrived, or need not be told."""


class Due(enum.StrEnum):
    """When the sweeper looks at a command again after a step."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    INTERRUPT = "interrupt"
    NEVER = "never"
    """A terminal command owes nothing."""
    GIVEN = "as given"
    SAME = "the same"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Seconds after which a step that was not carried out is repeated."""

    accepted: float = limits.ACCEPTED_DUE_SECONDS
    running: float = limits.RUNNING_DUE_SECONDS
    interrupt: float = limits.INTERRUPT_DUE_SECONDS
    acknowledge: float = 0.0
    """Seconds after which a person without an answer is told that their mail arrived; 0: never."""


TIMING: Final = Timing()
"""The intervals where the operator sets none."""
AT_ONCE: Final = Timing(accepted=0.0, running=0.0, interrupt=0.0)
"""Due now: for steps that a gateway is to carry out and somebody else wrote."""


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table."""

    sources: frozenset[CommandState]
    targets: frozenset[CommandState]
    """Empty where the state stays."""
    due: Due


_STATES: Final = CommandState
_ENDS: Final = frozenset(CommandState) - OPEN_STATES

RULES: Final[Mapping[Step, Rule]] = {
    Step.ACCEPT: Rule(frozenset(), frozenset({_STATES.ACCEPTED, _STATES.INTERRUPTED}), Due.ACCEPTED),
    Step.CLAIM: Rule(frozenset({_STATES.ACCEPTED}), frozenset({_STATES.RUNNING}), Due.RUNNING),
    Step.INTERRUPT: Rule(
        frozenset({_STATES.RUNNING, _STATES.INTERRUPTING}), frozenset({_STATES.INTERRUPTING}), Due.INTERRUPT
    ),
    Step.WITHDRAW: Rule(frozenset({_STATES.ACCEPTED}), frozenset({_STATES.INTERRUPTED}), Due.NEVER),
    Step.RERUN: Rule(OPEN_STATES, frozenset({_STATES.ACCEPTED}), Due.ACCEPTED),
    Step.RELEASE: Rule(frozenset({_STATES.ACCEPTED}), frozenset({_STATES.ACCEPTED}), Due.ACCEPTED),
    Step.ASK: Rule(frozenset({_STATES.ACCEPTED}), frozenset({_STATES.ACCEPTED}), Due.ACCEPTED),
    Step.RESUME: Rule(frozenset({_STATES.ACCEPTED}), frozenset({_STATES.ACCEPTED}), Due.ACCEPTED),
    Step.CONCLUDE: Rule(OPEN_STATES, _ENDS, Due.NEVER),
    Step.POSTPONE: Rule(OPEN_STATES, frozenset(), Due.GIVEN),
    Step.FREE: Rule(OPEN_STATES, frozenset(), Due.SAME),
    Step.ACKNOWLEDGE: Rule(OPEN_STATES, frozenset(), Due.SAME),
}


class Impossible(ValueError):
    """The state of a command does not allow the step: a mistake in Hermes, not in its input."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of one command, valid only for the record as it was read: the same state, and the attempt that `newest_attempt` allows."""

    step: Step
    before: Command
    changes: Mapping[str, Any]
    """Field of `Command` → its new value; None removes it."""
    newest_attempt: int | None = None
    """The record's attempt may be this one or an older one; None: exactly the one that was read."""
    timer: bool = False
    """Whether it is valid only while `due` is unchanged, so that one of several replicas takes the timer."""

    @property
    def after(self) -> Command:
        """The record once the step is written."""
        return self.before.model_copy(update=dict(self.changes))


def accept(command: Command, *, now: float, timing: Timing) -> Command:
    """A new command as it is first recorded: due at once where it is open."""
    _step(Step.ACCEPT, None, command.state)
    is_open = not command.state.terminal
    return command.model_copy(
        update={
            "due": now + min(timing.accepted, timing.acknowledge or timing.accepted) if is_open else None,
            "acknowledge_at": now + timing.acknowledge if is_open and timing.acknowledge else None,
            "due_shard": ids.due_shard(command.command_id) if is_open else None,
        }
    )


def claim(command: Command, *, gen: int, token: str, now: float, timing: Timing) -> Transition:
    """A worker of generation `gen` takes it; `token` names the worker's process."""
    return _change(
        Step.CLAIM,
        command,
        CommandState.RUNNING,
        now=now,
        timing=timing,
        said=("started", f"attempt {command.attempt}, gen {gen}"),
        more={
            "started_at": now,
            "claimed_gen": gen,
            "claim_token": token,
            "nonce_gen": gen if command.nonce is not None else None,
        },
    )


def interrupt(
    command: Command, why: Interruption, *, now: float, timing: Timing, detail: str = "", frees: bool = False
) -> Transition:
    """Stop it. `frees`: its slots go to the command that takes its place."""
    return _change(
        Step.INTERRUPT,
        command,
        CommandState.INTERRUPTING,
        now=now,
        timing=timing,
        said=("interrupting", detail or why.reason.value),
        more={"interruption": why, **(_freed(command) if frees else {})},
    )


def withdraw(command: Command, why: Interruption, *, now: float) -> Transition:
    """End it before it began: a newer command has its place and its slots."""
    return _change(
        Step.WITHDRAW,
        command,
        CommandState.INTERRUPTED,
        now=now,
        said=("interrupted", "before it started"),
        more={"interruption": why, "finished_at": now, **_freed(command)},
    )


def rerun(
    command: Command,
    *,
    context: wire.CommandContext,
    what: str,
    detail: str,
    yielded: bool,
    token: str,
    now: float,
    timing: Timing,
) -> Transition:
    """Accept its next attempt, whose `context` describes this one."""
    return _change(
        Step.RERUN,
        command,
        CommandState.ACCEPTED,
        now=now,
        timing=timing,
        said=(what, detail),
        more={
            "attempt": command.attempt + 1,
            "preempted": command.preempted + yielded,
            "claim_token": None,
            "claimed_gen": None,
            "orphaned_at": None,
            "interruption": None,
            "context": context,
            "timer_token": token,
        },
    )


def release(command: Command, *, rank: float, now: float, timing: Timing) -> Transition:
    """Let it run; `rank` is the place of the command that it waited for."""
    return _change(
        Step.RELEASE,
        command,
        CommandState.ACCEPTED,
        now=now,
        timing=timing,
        said=("let go", "the newer mail is done"),
        more={"rank": rank, "let_go": command.let_go + 1, "let_go_at": now},
    )


def ask(command: Command, why: Interruption, *, now: float) -> Transition:
    """Stop it before it began."""
    return _change(
        Step.ASK,
        command,
        CommandState.ACCEPTED,
        now=now,
        timing=AT_ONCE,
        said=("stop asked", why.interrupted_by or ""),
        more={"interruption": why},
    )


def resume(command: Command, *, now: float) -> Transition:
    """Send it (again): the pause that held it back is over. What a worker had of it before, it has let go."""
    return _change(
        Step.RESUME,
        command,
        CommandState.ACCEPTED,
        now=now,
        timing=AT_ONCE,
        said=("resumed", ""),
        more={"let_go": command.let_go + 1, "let_go_at": now},
    )


def conclude(
    command: Command, state: CommandState, *, result: wire.ResultMessage, error: str, attempt: int, now: float
) -> Transition:
    """End it as `result` says; a report of `attempt` ends that attempt or an older one."""
    transition = _change(
        Step.CONCLUDE,
        command,
        state,
        now=now,
        said=(state.value, error),
        more={"finished_at": now, "result": result, "expires_at": int(now + limits.KEEP_SECONDS), **_freed(command)},
    )
    return dataclasses.replace(transition, newest_attempt=attempt)


def postpone(
    command: Command, *, until: float, token: str | None = None, orphaned_at: float | None = None
) -> Transition:
    """Move its timer. `token` identifies the replica that takes it; `orphaned_at` is when its container was first found gone."""
    more: dict[str, Any] = {"due": until}
    if token is not None:
        more["timer_token"] = token
    if orphaned_at is not None:
        more["orphaned_at"] = orphaned_at
    _step(Step.POSTPONE, command.state, command.state)
    return Transition(step=Step.POSTPONE, before=command, changes=more, timer=token is not None)


def acknowledge(command: Command) -> Transition:
    """Its author is told that it arrived, or need not be told."""
    _step(Step.ACKNOWLEDGE, command.state, command.state)
    return Transition(step=Step.ACKNOWLEDGE, before=command, changes={"acknowledge_at": None})


def free(command: Command) -> Transition:
    """Release it from its slots, which another command of its session has now."""
    _step(Step.FREE, command.state, command.state)
    return Transition(step=Step.FREE, before=command, changes={"counted": None})


def _change(
    step: Step,
    command: Command,
    state: CommandState,
    *,
    now: float,
    timing: Timing | None = None,
    said: tuple[str, str],
    more: Mapping[str, Any],
) -> Transition:
    rule = _step(step, command.state, state)
    due = None if rule.due is Due.NEVER or timing is None else now + float(getattr(timing, rule.due.value))
    if due is not None and command.acknowledge_at is not None and command.acknowledge_at > now:
        due = min(due, command.acknowledge_at)
    changes = {
        "state": state,
        "history": command.with_history(now, *said),
        "due": due,
        "due_shard": ids.due_shard(command.command_id) if due is not None else None,
        **more,
    }
    return Transition(step=step, before=command, changes=changes)


def _step(step: Step, source: CommandState | None, target: CommandState) -> Rule:
    rule = RULES[step]
    from_here = source in rule.sources if source is not None else not rule.sources
    if not from_here or (rule.targets and target not in rule.targets):
        raise Impossible(f"{step.value} does not lead from {source.value if source else 'nothing'} to {target.value}")
    return rule


def _freed(command: Command) -> dict[str, Any]:
    return {"counted": None} if command.counted else {}
