"""Acceptor: finds the session of a mail, plans its transaction and commits it. It plans again when another mail was faster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hermes import errors
from hermes.aws.records.stores import Stores
from hermes.domain.env import Env
from hermes.domain.mails import MailRecord
from hermes.domain.sessions import Session
from hermes.domain.threads import Alias
from hermes.gateway.intake.admission import Judgement
from hermes.gateway.intake.duplicates import Duplicates
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.intake.plan import Plan, Standing
from hermes.gateway.intake.planner import Planner
from hermes.gateway.intake.thread_search import ThreadSearch
from hermes.gateway.replies.replies import content_key, signature_key

#: Times that a gateway plans an accepting transaction again after losing a race.
ACCEPT_TRIES: Final = 12

#: What the records had when the mail was first looked up.
Looked = tuple[MailRecord | None, dict[str, Alias]]


class Acceptor:
    """Commits plans. It sends nothing; the plan has what follows."""

    def __init__(
        self, *, stores: Stores, planner: Planner, search: ThreadSearch, duplicates: Duplicates, env: Env
    ) -> None:
        self._tables = stores.tables
        self._sessions = stores.sessions
        self._commands = stores.commands
        self._planner = planner
        self._search = search
        self._duplicates = duplicates
        self._env = env

    async def look(self, judged: Judgement, mail_id: str) -> tuple[Judgement, Looked | None]:
        """What the records have of a mail, and a second judgement where the mail answers one of ours."""
        if judged.project is None or not judged.may_answer:
            return judged, None
        keys = self._search.keys(judged.project.name, judged.reading.thread_keys, judged.message_id)
        known = _known_by(judged.project.name, judged.content, judged.evidence.marks)
        looked = await self._sessions.lookup(mail_id, [*keys, *known])
        return await self._search.with_our_words(judged, keys, looked[1]), looked

    async def accept(self, incoming: Incoming, looked: Looked | None) -> tuple[MailRecord, Plan | None]:
        """The recorded outcome of a mail, and the plan that was committed, if it was now.

        Raises `errors.TransactionBusy` where its session stays contended.
        """
        salt = 0
        plan: Plan | None = None
        held: set[str] = set()
        full: frozenset[str] = frozenset()
        scope = incoming.project.name
        keys = self._search.keys(scope, incoming.reading.thread_keys, incoming.origin.message_id)
        said = content_key(scope, incoming.content)
        known = _known_by(scope, incoming.content, incoming.marks)
        for attempt in range(ACCEPT_TRIES):
            record, aliases = looked or await self._sessions.lookup(incoming.mail_id, [*keys, *known])
            looked = None
            if record is not None and plan is not None and record.token == incoming.token:
                return (
                    plan.record,
                    plan,
                )  # our own write, whose answer was lost: its effects are still to be started
            if record is not None:
                return await self._duplicates.again(record, incoming), None
            if (twin := self._duplicates.among(aliases, said, incoming)) is not None:
                return await self._duplicates.twin(twin, incoming), None
            if (first := self._duplicates.signed(aliases, incoming)) is not None:
                return await self._duplicates.replayed(first, incoming), None
            session, trace = await self._search.session(incoming, keys, aliases)
            head = await self._commands.get(session.head) if session and session.head else None
            if head is not None and head.mail_id == incoming.mail_id:
                continue  # a copy was recorded since the look-up; the next look-up finds its record
            standing = Standing(
                session=session,
                head=head,
                taken=frozenset(aliases) | held,
                trace=trace,
                answers=_answered(keys, aliases, session),
                salt=salt,
                attachments=await self._planner.keep_attachments(incoming, session, salt),
                level=await self._planner.level(incoming, session),
                full=full,
            )
            plan = await self._planner.plan(incoming, standing)
            self._env.crash_point("mail.planned")
            full = frozenset()
            try:
                await self._tables.transact(plan.writes)
            except errors.ConditionFailed as failed:
                if session is None and plan.session_write in failed.items:
                    salt += 1  # another mail's thread has this id
                # An alias that belongs to another session is left out: the mail or reply matters more than one of its names.
                held |= {key for index in failed.items if (key := self._sessions.alias_in(plan.writes[index]))}
                full = plan.full(failed.items)
            except errors.TransactionBusy:
                pass  # two transactions met on one session: the loser plans again from the current records
            else:
                return plan.record, plan
            await self._env.sleep(min(1.0, 0.02 * 2**attempt) * (0.5 + self._env.jitter()))
        raise errors.TransactionBusy(f"the session of mail {incoming.mail_id} stayed contended")


def _answered(keys: Mapping[str, str], aliases: Mapping[str, Alias], session: Session | None) -> str | None:
    """The newest reply of ours in this session that the mail names."""
    named = (aliases[key] for key in keys if key in aliases)
    found = (one.reply_id for one in named if session is not None and one.session_id == session.session_id)
    return next(filter(None, found), None)


def _known_by(scope: str, said: str, marks: tuple[str, ...]) -> list[str]:
    """The keys under which a copy of the mail would be found."""
    return [content_key(scope, said), *(signature_key(scope, mark) for mark in marks)]
