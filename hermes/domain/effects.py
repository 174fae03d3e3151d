"""What is to follow a committed transaction, as values. The record owes it too: one that is lost costs time, and nothing else."""

from __future__ import annotations

import dataclasses

from hermes.domain.commands import Command
from hermes.domain.replies import Reply
from hermes.domain.sessions import Session


@dataclasses.dataclass(frozen=True, slots=True)
class SendReply:
    """A row of the outbox is to be sent; its lease is ours."""

    reply: Reply


@dataclasses.dataclass(frozen=True, slots=True)
class Begin:
    """A command was accepted: what it supersedes (recorded as interrupting) is to be stopped, and it is to be sent."""

    command: Command
    session: Session
    superseded: Command | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class StopSession:
    """Everything of the session below its watermark is to be stopped, because a person asked; `by` is the mail that did."""

    session: Session
    by: str


@dataclasses.dataclass(frozen=True, slots=True)
class SendAgain:
    """A command is accepted once more, or is due: it is to be sent to whatever container its key has by now."""

    command: Command


@dataclasses.dataclass(frozen=True, slots=True)
class SendNext:
    """A command has ended: what waited for it in its session is to be sent."""

    ended: Command


@dataclasses.dataclass(frozen=True, slots=True)
class Release:
    """A command has ended: what waited for it in other sessions of its container is to be sent."""

    ended: Command


Effect = SendReply | Begin | StopSession | SendAgain | SendNext | Release
Effects = tuple[Effect, ...]
