"""Whether a report may speak for the command that it names, by the way it came. Pure.

An agent may have taken over its container. So a report on a queue counts only for commands of that container, and for those of a
worker only with the nonce that the worker was given. The gateway makes it; the record and the message hold it; no agent is shown it.
"""

from __future__ import annotations

import dataclasses
import secrets

from hermes.domain.commands import Command

FOREIGN = "it came over the queue of another container"
AHEAD = "it names an attempt that has not begun"
UNPROVEN = "it does not repeat the command's nonce"


@dataclasses.dataclass(frozen=True, slots=True)
class Via:
    """The way that a report came."""

    key: str | None
    """The container key of its output queue; None where that is not known, as for a dead letter."""


def doubt(command: Command, via: Via, *, attempt: int | None, nonce: str | None) -> str | None:
    """Why a report does not count, in words; None if it counts. `attempt` is None for a plain container, which has no attempts.

    A report without a nonce comes from a plain container or an earlier version: it counts until a worker that repeats nonces
    has claimed the command, and only where its queue is known.
    """
    if via.key is not None and via.key != command.container_key:
        return FOREIGN
    if nonce is not None:
        if command.nonce is None or not secrets.compare_digest(nonce.encode(), command.nonce.encode()):
            return UNPROVEN
    elif command.nonce is not None and (command.repeats_nonce or via.key is None):
        return UNPROVEN
    if attempt is not None and attempt > command.attempt:
        return AHEAD
    return None
