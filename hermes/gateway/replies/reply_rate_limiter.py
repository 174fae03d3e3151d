"""Applies the rate limit of replies. This replica remembers what it sent; the rows of the outbox count for all replicas and restarts.

The first reply to a person reads the rows. The next ones use what this replica remembers, until it has sent a quarter of what one rate
allows. Then the rows are read again, since other replicas may have sent too. So an occasional answer costs no call, and a flood is counted
over all replicas; between two reads each of them can exceed the rate by at most that quarter.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final, get_args

from hermes import limits
from hermes.aws.records import outbox
from hermes.domain.decisions.people import People
from hermes.domain.env import Env
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import DoneKind, ReplyKind, StoppedKind
from hermes.mail.write import rate_limit, templates

#: Above this share of a rate, what this replica remembers is not enough: the records of all replicas are asked.
REPLY_RATE_TRUSTED: Final = 0.25
#: Replies to one recipient that are looked at; more than the longest rate allows.
REPLY_RATE_ROWS: Final = 230
#: Recipients whose replies a replica remembers.
REPLY_RATE_RECIPIENTS: Final = 10_000

#: The kinds of reply that end a command, and those by which people settle what goes live: each answers a person's own step.
RESULTS: Final = frozenset(
    {
        *get_args(DoneKind),
        *get_args(StoppedKind),
        ReplyKind.APPROVAL_ASKED,
        ReplyKind.APPROVAL_REMINDED,
        ReplyKind.APPROVAL_DECLINED,
        ReplyKind.APPROVAL_ENDED,
    }
)

_REMEMBERED_SECONDS = max(limits.REJECTION_SECONDS, *(seconds for _, seconds in limits.REPLY_RATES))


class ReplyRateLimiter:
    """Decides for each reply whether it may be sent now."""

    def __init__(self, *, records: outbox.OutboxRecords, people: People, enabled: bool, env: Env) -> None:
        """If not `enabled`, only mail that nobody reads is held back."""
        self._records = records
        self._people = people
        self._enabled = enabled
        self._env = env
        self._known: OrderedDict[str, dict[str, outbox.Sent]] = OrderedDict()

    async def decide(self, reply: Reply) -> rate_limit.Decision:
        """The decision. A reply to send is counted from now on, and once for all its tries. Raises `errors.Transient`."""
        now = self._env.now()
        daily = reply.kind in templates.REJECTIONS
        sent = await self._sent(reply, now, ask=daily) if self._enabled else {}
        result = reply.kind in RESULTS
        others = [
            one for reply_id, one in sent.items() if reply_id != reply.reply_id and (one.kind in RESULTS) is result
        ]
        said = rate_limit.decide(
            rate_limit.Sending(
                now=now,
                recipient=reply.recipient,
                result=result,
                rejection=daily or reply.kind in templates.LIMITS,
                to_recipient=[one.at for one in others],
                in_thread=[one.at for one in others if one.session_id and one.session_id == reply.session_id],
                same_rejections=[one.at for one in others if one.kind == reply.kind] if daily else (),
            )
        )
        if said.action is rate_limit.Action.SEND:
            sent[reply.reply_id] = outbox.Sent(
                reply_id=reply.reply_id, kind=reply.kind, session_id=reply.session_id, at=now
            )
        return said

    async def _sent(self, reply: Reply, now: float, *, ask: bool) -> dict[str, outbox.Sent]:
        """Reply id → what was sent to this person, to whichever of their addresses."""
        person = self._people.person(reply.recipient)
        known = self._known.get(person)
        if known is None or ask or _crowded(known, now):
            addresses = dict.fromkeys((reply.recipient, *self._people.addresses(reply.recipient)))
            rows = [row for one in addresses for row in await self._records.sent_to(one, most=REPLY_RATE_ROWS)]
            # Looked up again: another reply to this person may have been counted meanwhile.
            known = self._known.setdefault(person, {})
            known |= {row.reply_id: row for row in rows}
        for reply_id in [one.reply_id for one in known.values() if one.at <= now - _REMEMBERED_SECONDS]:
            del known[reply_id]
        self._known.move_to_end(person)
        while len(self._known) > REPLY_RATE_RECIPIENTS:
            self._known.popitem(last=False)
        return known


def _crowded(known: dict[str, outbox.Sent], now: float) -> bool:
    """Whether any rate is so full that other replicas' replies could exceed it."""
    return any(
        sum(one.at > now - seconds and (one.kind in RESULTS) is result for one in known.values())
        >= most * REPLY_RATE_TRUSTED
        for result, rates in ((False, limits.REPLY_RATES), (True, limits.RESULT_RATES))
        for most, seconds in rates
    )
