"""Shorter times for processes that are killed by the hundred: the same code, with other numbers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from hermes import limits
from hermes.domain.decisions import redelivery

#: A mail whose handlers are killed on purpose, or starve on a busy machine, is no poison. The queues are made to know it, too.
RECEIVES = 200

#: What a gateway that is killed was looking at in a dead-letter queue is hidden for this long.
SIDE_QUEUE_SECONDS = 3

#: Defaults of constructors are bound when their module is read, so this comes before every other import of a process.
SHORT = {
    "INBOUND_VISIBILITY_SECONDS": 3,
    "VISIBILITY_SECONDS": 3,
    "RUNNING_DUE_SECONDS": 1,
    "CLAIM_RETRY_SECONDS": 1,
    "OVERDUE_SECONDS": 1,
    "WORKSPACE_SECONDS": 10.0,
    "RECEIVES": RECEIVES,
}


def hurry() -> None:
    """Shorten them in this process."""
    for name, value in SHORT.items():
        setattr(limits, name, value)
    # A mail server that takes a reply and hangs up is asked again at once, and a reply whose senders are killed on purpose is no poison.
    vars(redelivery).update(UNANSWERED_SECONDS=(1.0,) * RECEIVES, HANDED_OVER_MOST=RECEIVES)


@contextlib.contextmanager
def patient() -> Iterator[None]:
    """Queues that are made now have their patience with receives."""
    usual = limits.RECEIVES
    vars(limits)["RECEIVES"] = RECEIVES
    try:
        yield
    finally:
        vars(limits)["RECEIVES"] = usual
