"""Effects: what follows a committed transaction, as values. The record implies it too, so a lost effect costs only time."""

from __future__ import annotations

import dataclasses

from hermes.domain.commands import Command
from hermes.domain.replies import Reply
from hermes.domain.sessions import Session


@dataclasses.dataclass(frozen=True, slots=True)
class SendReply:
    """Send a row of the outbox, whose lease this replica has."""

    reply: Reply


@dataclasses.dataclass(frozen=True, slots=True)
class Begin:
    """Begin an accepted command: stop the command that it supersedes (recorded as interrupting), and send it."""

    command: Command
    session: Session
    superseded: Command | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class StopSession:
    """Stop everything of the session below its watermark, because a person asked; `by` is their mail."""

    session: Session
    by: str


@dataclasses.dataclass(frozen=True, slots=True)
class SendAgain:
    """Send a command that is accepted again, or is due, to the current container of its key."""

    command: Command


@dataclasses.dataclass(frozen=True, slots=True)
class SendNext:
    """Send what waited in the session of a command that has ended."""

    ended: Command


@dataclasses.dataclass(frozen=True, slots=True)
class Release:
    """Send what waited in other sessions of the container for a command that has ended."""

    ended: Command


Effect = SendReply | Begin | StopSession | SendAgain | SendNext | Release
Effects = tuple[Effect, ...]
