"""Makes replies that did not get through due again: the gateways send them as the same bytes, with as many tries as a new one has."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hermes import errors
from hermes.aws.records.outbox import OutboxRecords
from hermes.domain.replies import Reply, ReplyState

#: What the rate limit dropped, it would drop again.
_DROPPED = "not sent:"


@dataclasses.dataclass(frozen=True, slots=True)
class Resent:
    """What became of one reply."""

    reply_id: str
    done: bool
    text: str


def chosen(rows: Sequence[Reply], state: ReplyState) -> list[Reply]:
    """Those of the rows that a resend of all of this state is about, oldest first."""
    found = [row for row in rows if row.state is state and not row.error.startswith(_DROPPED)]
    return sorted(found, key=lambda row: row.created_at)


def named(rows: Sequence[Reply], wanted: str) -> Reply:
    """The row with this id, or the only one whose id begins so. Raises `errors.Permanent` if there is none, or several."""
    found = [row for row in rows if row.reply_id == wanted] or [row for row in rows if row.reply_id.startswith(wanted)]
    if len(found) != 1:
        raise errors.Permanent(
            f"{len(found)} replies begin so; give the whole id" if found else "there is no such reply"
        )
    return found[0]


async def resend(outbox: OutboxRecords, reply: Reply, *, again: bool, now: float) -> Resent:
    """Make one reply due now; `again` also if it was sent."""

    def told(done: bool, text: str) -> Resent:
        return Resent(reply.reply_id, done, text)

    if reply.state is ReplyState.SENT and not again:
        return told(False, "it was sent; --again sends it once more")
    if reply.in_hand and (reply.due or 0) > now:
        return told(False, "it is being sent at this moment")
    try:
        await outbox.send_again(reply, now=now)
    except errors.ConditionFailed:
        return told(False, "it has changed meanwhile; look at it again")
    return told(True, "due now, sent within seconds")
