"""Preemption: with the interrupt scope `container` a newer mail of one thread comes before the commands of other threads.

The record is a level, as of a session: "everything of this container that stands below `order` gives way, but for the session of the mail
that says so". A command stands where its mail came in ingress order, and is raised to the level when it is let go; so what was put back
preempts nothing, and no repeated or late interrupt reaches it.
"""

from __future__ import annotations

import dataclasses

from pydantic import BaseModel, ConfigDict

from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions.acceptance import Place
from hermes.domain.interrupts import Preempted

_BEGINS = frozenset({Place.RUN, Place.SUPERSEDE, Place.REPLACE, Place.WAIT, Place.MERGE})


class Preemption(BaseModel):
    """The level of one container key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    container_key: str
    order: float
    """Place in ingress order of the newest mail that preempts."""
    by_session: str
    by_command: str
    at: float
    """Epoch seconds."""
    expires_at: int | None = None

    def over(self, command: Command) -> bool:
        """Whether this command gives way. Two mails with the same place in ingress order do not preempt each other."""
        return command.rank is not None and command.session_id != self.by_session and command.rank < self.order


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What the records said when a mail of a project with this scope was planned."""

    standing: Preemption | None
    """None: no mail has ever preempted in this container."""
    holds: bool
    """Whether its command is open."""
    if_preempted: Preempted
    """What the project does with commands that give way."""

    def over(self, command: Command) -> bool:
        """Whether a command that has not begun waits for the one at the level."""
        waits = command.state is CommandState.ACCEPTED and self.holds
        return waits and self.standing is not None and self.standing.over(command)


def placed(
    command: Command, level: Level, *, head: Command | None, place: Place, order: float, expires_at: int
) -> tuple[Command, Preemption | None]:
    """A new command with its rank, and the level that it raises, if any. `head` is the newest command of its session.

    Only a command that would interrupt raises the level, and only over older mails; one that joins the command at the level replaces it.
    An older mail that comes late gives way itself, as long as the newer one is open.
    """
    standing = level.standing
    ranked = command.model_copy(update={"rank": order, "if_preempted": level.if_preempted})
    if standing is not None and order < standing.order:
        late = standing.over(ranked) and not level.holds
        return (ranked.model_copy(update={"rank": standing.order}) if late else ranked), None
    takes_over = (
        place is Place.MERGE and standing is not None and head is not None and standing.by_command == head.command_id
    )
    if place not in _BEGINS or not (command.policy.supersedes or takes_over):
        return ranked, None
    raised = Preemption(
        container_key=command.container_key,
        order=order,
        by_session=command.session_id,
        by_command=command.command_id,
        at=command.accepted_at,
        expires_at=expires_at,
    )
    return ranked, raised
