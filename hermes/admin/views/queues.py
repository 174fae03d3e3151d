"""The queues of the deployment, with depth and age."""

from __future__ import annotations

import asyncio
import dataclasses

from hermes.admin.console import Console
from hermes.domain.commands import Command, CommandState


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class QueueDepth:
    """One queue, or the commands that wait to be sent or to start."""

    name: str
    """`inbound`, `strangers`, `parked` (results that match no command), `dead`, `dead.fifo`, `commands` (accepted, not started)."""
    waiting: int
    """Messages that wait, as SQS counts: about."""
    in_hand: int
    """Messages that somebody has received and not deleted."""
    oldest_seconds: float | None
    """Age of the oldest; None: nothing waits, or SQS does not tell (it tells CloudWatch only)."""
    holds: str
    """What waits in it, in words."""


_HOLDS = {
    "inbound": "mail that no gateway has read yet",
    "strangers": "mail that does not claim to be an owner's",
    "parked": "results that match no command",
    "dead": "messages that could not be handled",
    "dead.fifo": "commands that no worker could take",
}


async def queues(console: Console, waiting: list[Command]) -> tuple[QueueDepth, ...]:
    """The deployment's queues; `waiting` are the open commands."""
    places, now = console.places, console.now()
    urls = {
        "inbound": places.inbound,
        "strangers": places.strangers,
        "parked": places.parked,
        "dead": places.dead,
        "dead.fifo": places.dead_fifo,
    }
    if places.strangers == places.inbound:
        del urls["strangers"]
    found = await asyncio.gather(*(console.stores.queues.attributes(url) for url in urls.values()))
    depths = [
        QueueDepth(
            name=name,
            waiting=int(attributes.get("ApproximateNumberOfMessages", 0)),
            in_hand=int(attributes.get("ApproximateNumberOfMessagesNotVisible", 0)),
            oldest_seconds=None,
            holds=_HOLDS[name],
        )
        for name, attributes in zip(urls, found, strict=True)
    ]
    queued = [one for one in waiting if one.state is CommandState.ACCEPTED]
    oldest = min((one.accepted_at for one in queued), default=None)
    depths.insert(
        0,
        QueueDepth(
            name="commands",
            waiting=len(queued),
            in_hand=len(waiting) - len(queued),
            oldest_seconds=None if oldest is None else max(0.0, now - oldest),
            holds="accepted commands that no worker has begun",
        ),
    )
    return tuple(depths)
