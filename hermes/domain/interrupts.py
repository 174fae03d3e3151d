"""The reasons for stopping a command, and the record of an interruption."""

from __future__ import annotations

import enum
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict


class InterruptReason(enum.StrEnum):
    """The seven reasons; `hermes.mail.write.templates` has the words for a person."""

    USER_CANCELLED = "user_cancelled"
    """The person asked to stop."""
    TIMEOUT = "timeout"
    """The command ran longer than its wall limit."""
    RESOURCE_LIMIT = "resource_limit"
    """Memory, disk, output or cost passed its limit."""
    ERROR_THRESHOLD = "error_threshold"
    """Too many errors in a row."""
    PRIORITY_OVERRIDE = "priority_override"
    """A newer command takes its place."""
    SYSTEM_SHUTDOWN = "system_shutdown"
    """The worker shuts down."""
    CUSTOM = "custom"
    """Something else; the message says what."""


def _known(reason: object) -> object:
    return InterruptReason.CUSTOM if isinstance(reason, str) and reason not in set(InterruptReason) else reason


Reason = Annotated[InterruptReason, BeforeValidator(_known)]
"""A reason in a message or a record; one that only a newer version knows is read as CUSTOM, and still stops the command."""


class ResourceLimit(enum.StrEnum):
    """What passed its limit under `RESOURCE_LIMIT`; the interrupt has it as its cause."""

    MEMORY = "memory"
    OUTPUT = "output"
    COST = "cost"


class InterruptScope(enum.StrEnum):
    """How far an interrupt by a newer mail reaches."""

    SESSION = "session"
    """The older commands of its own thread."""
    CONTAINER = "container"
    """All commands of the container of its client, project and user."""


class Preempted(enum.StrEnum):
    """What happens to a command that a newer mail of another thread preempts."""

    REQUEUE = "requeue"
    """Its work so far is saved; it runs again, as its next attempt, when the newer one is done."""
    DROP = "drop"
    """Its work so far is saved; it ends as interrupted."""


#: How the cause of an interrupt begins that an operator asked for; their name follows.
OPERATOR: Final = "operator "


class Interruption(BaseModel):
    """Who stopped a command, why and when; part of the command's record."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reason: Reason
    message: str = ""
    interrupted_by: str | None = None
    """The command (or mail) that caused it, or `operator NAME`."""
    requested_at: float
    """Epoch seconds."""
    preempted: bool = False
    """By a newer mail of another thread: it may run again when that is done."""

    @property
    def by_operator(self) -> bool:
        """Whether an operator asked for it."""
        return is_operator(self.interrupted_by)


def is_operator(by: str | None) -> bool:
    """Whether the cause of an interrupt is an operator."""
    return by is not None and by.startswith(OPERATOR)
