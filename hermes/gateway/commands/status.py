"""The facts of the answer to `status`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from hermes.domain.commands import Command, CommandState, WorkStep
from hermes.domain.decisions.preemption import Level
from hermes.domain.reply_facts import COMMIT_CHARS, Elsewhere, Status
from hermes.domain.sessions import Session

#: Where nothing is known of running commands.
NO_STEPS: Final[Mapping[str, WorkStep]] = MappingProxyType({})


def of(
    session: Session | None,
    newest_first: Sequence[Command],
    level: Level | None = None,
    *,
    elsewhere: tuple[Elsewhere, ...] = (),
    steps: Mapping[str, WorkStep] = NO_STEPS,
    is_theirs: Callable[[str], bool] = lambda author: True,
) -> Status:
    """The status of a session, from its newest commands; `level` is what may come before them.

    `elsewhere` is what runs or waits for the person in other threads; `steps` is where running commands are. `is_theirs` tells whether
    an address is one of theirs.
    """
    if session is None or not newest_first:
        return Status(elsewhere=elsewhere)
    open_ones = [c for c in newest_first if not c.state.terminal]
    shown = next((c for c in reversed(open_ones) if c.state is not CommandState.ACCEPTED), None)
    shown = shown or (open_ones[-1] if open_ones else newest_first[0])
    waiting = [c for c in reversed(open_ones) if c is not shown]
    return Status(
        state=shown.state,
        step=steps.get(shown.command_id),
        instruction=shown.title,
        whose="" if is_theirs(shown.origin.author) else shown.origin.name,
        since=shown.started_at or shown.accepted_at,
        branch=session.branch,
        last_commit=_last_commit(newest_first),
        waiting=tuple(c.title for c in waiting),
        waiting_whose=tuple("" if is_theirs(c.origin.author) else c.origin.name for c in waiting),
        elsewhere=elsewhere,
        waits_elsewhere=level is not None and level.over(shown),
        thread_policy=session.policy,
    )


def _last_commit(newest_first: Sequence[Command]) -> str:
    for command in newest_first:
        if command.result is not None and command.result.git_commit:
            return command.result.git_commit[:COMMIT_CHARS]
    return ""
