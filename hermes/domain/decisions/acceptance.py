"""The place of a new command among those of its session. Pure.

Only a newer mail, by ingress order, supersedes. A mail that arrives after one that was sent later than it has already been superseded.
"""

from __future__ import annotations

import dataclasses
import enum

from hermes.domain.commands import Command, CommandState
from hermes.domain.request import Policy
from hermes.domain.sessions import Session


class Place(enum.StrEnum):
    """What happens to a new command."""

    RUN = "run"
    """It runs at once: no command of its session is open."""
    SUPERSEDE = "supersede"
    """It takes the place of the running command, which is interrupted."""
    REPLACE = "replace"
    """It takes the place of a command that has not started and now never will."""
    WAIT = "wait"
    """It waits for the open command."""
    MERGE = "merge"
    """It joins a command that has not started: one run does both."""
    LATE = "late"
    """A newer mail's command is open already, or a later `stop` was read first: it never starts."""
    REJECT = "reject"
    """It is refused, and the open command continues."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The decision on one new command."""

    place: Place
    policy: Policy
    seq: int
    """The number of the new command."""
    interrupt_upto: int
    """The session's watermark once the command is accepted."""
    becomes_head: bool = True


def policy_of(*, message: Policy | None, session: Policy | None, project: Policy) -> Policy:
    """The policy that applies: the message's, else the session's, else the project's."""
    return message or session or project


def place(
    *,
    session: Session | None,
    head: Command | None,
    order: float,
    policy: Policy,
    mergeable: bool = False,
    collecting: bool = False,
) -> Placement:
    """Place a command of a mail with this ingress `order` into its session.

    `head` is the session's newest command as read together with it. `mergeable`: the two could be one run. `collecting`: the head waits for
    mails to join it.
    """
    if session is None:
        return Placement(place=Place.RUN, policy=policy, seq=1, interrupt_upto=0)
    seq = session.seq + 1
    same = session.interrupt_upto
    if order < session.stop_order:
        return Placement(place=Place.LATE, policy=policy, seq=seq, interrupt_upto=same, becomes_head=False)
    if head is None or head.state.terminal:
        return Placement(place=Place.RUN, policy=policy, seq=seq, interrupt_upto=same)
    if policy is Policy.REJECT:
        return Placement(place=Place.REJECT, policy=policy, seq=session.seq, interrupt_upto=same, becomes_head=False)
    if mergeable and policy.collects and (policy.waits or collecting):
        # The watermark stays: the command that the older one waits for continues.
        return Placement(place=Place.MERGE, policy=policy, seq=seq, interrupt_upto=same)
    if policy.waits or head.state is CommandState.INTERRUPTING:
        # A command that is being stopped needs no second interrupt; the new one waits for its end.
        upto = seq if policy.supersedes else same
        return Placement(place=Place.WAIT, policy=policy, seq=seq, interrupt_upto=upto)
    if order < session.head_order:
        return Placement(place=Place.LATE, policy=policy, seq=seq, interrupt_upto=same, becomes_head=False)
    which = Place.REPLACE if head.state is CommandState.ACCEPTED else Place.SUPERSEDE
    return Placement(place=which, policy=policy, seq=seq, interrupt_upto=seq)
