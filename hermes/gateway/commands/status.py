"""What the answer to `status` says of a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions.preemption import Level
from hermes.domain.sessions import Session
from hermes.gateway.replies.replies import first_line


def facts(session: Session | None, newest_first: Sequence[Command], level: Level | None = None) -> dict[str, Any]:
    """The facts of the STATUS template, from a session's newest commands; `level` is what may stand over them."""
    if session is None or not newest_first:
        return {"state": "none"}
    open_ones = [c for c in newest_first if not c.state.terminal]
    shown = next((c for c in reversed(open_ones) if c.state is not CommandState.ACCEPTED), None)
    shown = shown or (open_ones[-1] if open_ones else newest_first[0])
    waiting = [first_line(c.instruction) for c in reversed(open_ones) if c is not shown]
    return {
        "state": shown.state.value,
        "instruction": first_line(shown.instruction),
        "since": shown.started_at or shown.accepted_at,
        "branch": session.branch,
        "last_commit": _last_commit(newest_first),
        "waiting": waiting,
        "waits_elsewhere": level is not None and level.over(shown),
        "thread_policy": session.policy.value if session.policy else None,
    }


def _last_commit(newest_first: Sequence[Command]) -> str | None:
    for command in newest_first:
        if command.result:
            result = wire.read_output(command.result)
            if isinstance(result, wire.ResultMessage) and result.git_commit:
                return result.git_commit[:10]
    return None
