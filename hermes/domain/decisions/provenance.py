"""Where a report comes from: whether it may speak for the command that it names. Facts in, decision out.

A container may have been taken over by what it ran. So what comes over its queue counts for its own commands alone, and for those of a
worker only with the nonce that this worker was given: the gateway draws it, the command's record and message hold it, no agent is shown it.
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
    """The container key whose output queue it lay on; None where that is not known, as of a dead letter."""


def doubt(command: Command, via: Via, *, attempt: int | None, nonce: str | None) -> str | None:
    """Why a report is not to be believed, in words; None if it is. `attempt` None: a plain container's, which knows of none.

    One without a nonce is of a plain container, or of a worker or gateway of a version before: it counts until a worker that repeats nonces
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
