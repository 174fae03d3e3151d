"""Makes replies that did not get through due again: the gateways send them as the same bytes, with as many tries as a new one has."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer, ViewerRole
from hermes.admin.views import replies as views
from hermes.admin.views.page import PAGE_MOST
from hermes.admin.views.replies import ReplyRow
from hermes.admin.views.wanted import Terms, Wanted
from hermes.aws.records.outbox import OutboxRecords
from hermes.domain.replies import Reply, ReplyState

#: What the rate limit dropped, it would drop again.
_DROPPED: Final = "not sent:"
#: Pages of replies that are looked through for the beginning of an id.
_PAGES: Final = 20
#: Nobody's limits: whoever acts is asked for each reply.
CONSOLE: Final = Viewer(name="console", role=ViewerRole.READER)


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


async def in_state(console: Console, state: ReplyState) -> list[str]:
    """Those that a resend of all of this state is about, oldest first; by the index, page by page."""
    found: list[ReplyRow] = []
    cursor: str | None = None
    wanted = Wanted(state=Terms(any_of=(state.value,)))
    while True:
        page = await views.replies(console, CONSOLE, wanted, cursor=cursor, most=PAGE_MOST)
        found += [row for row in page.rows if not row.why.startswith(_DROPPED)]
        cursor = page.cursor
        if cursor is None:
            return [row.reply_id for row in reversed(found)]


async def refused(console: Console) -> list[str]:
    """Those that a mail server has refused and that wait for their next try, as in the sandbox of SES; oldest first."""
    waiting = await in_state(console, ReplyState.PENDING)
    rows = [await console.stores.outbox.get(one) for one in waiting]
    now = console.now()
    return [
        row.reply_id
        for row in rows
        if row is not None and row.trying_since is not None and not (row.in_hand and (row.due or 0) > now)
    ]


async def named(console: Console, wanted: str) -> str:
    """The id itself, or the only one of the newest replies whose id begins so. Raises `errors.NotFound`, `errors.BadQuery`."""
    if await console.stores.outbox.get(wanted) is not None:
        return wanted
    found: list[str] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await views.replies(console, CONSOLE, cursor=cursor, most=PAGE_MOST)
        found += [row.reply_id for row in page.rows if row.reply_id.startswith(wanted)]
        cursor = page.cursor
        if cursor is None:
            break
    if len(found) == 1:
        return found[0]
    if found:
        raise errors.BadQuery(f"{len(found)} replies begin so; give the whole id")
    raise errors.NotFound("there is no such reply")


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
