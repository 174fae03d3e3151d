"""ThreadSearch: finds the session of a mail, and which of our mails it answers. Tokens and records decide, never the subject."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence

from hermes import limits
from hermes.aws.records.stores import Stores
from hermes.domain import idn
from hermes.domain.decisions import participation
from hermes.domain.decisions.people import People
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.sessions import Session
from hermes.domain.threads import Alias
from hermes.gateway.intake.admission import Judgement
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.replies.replies import Tokens, alias_key, is_alias
from hermes.mail.read import reading

#: Thread keys that are looked up beside the mail's own id, its content, its signatures and its record: BatchGetItem takes 100 keys.
_KEYS = 96 - limits.SIGNATURES


class ThreadSearch:
    """Lists the keys to look up, and interprets what was found."""

    def __init__(self, *, stores: Stores, tokens: Tokens | None, people: People, env: Env) -> None:
        self._sessions = stores.sessions
        self._outbox = stores.outbox
        self._tokens = tokens
        self._people = people
        self._env = env

    def keys(self, scope: str, named: Sequence[str], own: str | None) -> dict[str, str]:
        """Alias key → what it is, in the order to try. The mail's own id comes last, for an answer to it may have arrived first."""
        if len(named) > _KEYS:
            # The oldest references are dropped; Outlook's index, the last key, stays.
            named = (*named[: _KEYS - 1], named[-1])
        wanted = [key for key in (*named, *([own] if own else [])) if is_alias(key)]
        return {alias_key(scope, key): key for key in wanted}

    async def with_our_words(self, judged: Judgement, keys: Mapping[str, str], found: Mapping[str, Alias]) -> Judgement:
        """A second judgement where the mail answers one of ours: our words count as quoted, however they are marked."""
        author = judged.reading.author
        sent = await self._answered(keys, found, idn.ascii_lower(author.address)) if author else None
        if sent is None:
            return judged
        async with asyncio.timeout(limits.READ_SECONDS):
            again = await asyncio.to_thread(reading.again, judged.reading, [sent])
        return dataclasses.replace(judged, reading=again, refusal=again.refusal, reason=again.refusal_detail)

    async def _answered(self, keys: Mapping[str, str], found: Mapping[str, Alias], author: str) -> bytes | None:
        """Our raw mail that this author got and the mail answers; None if it no longer exists."""
        reply_id = next((found[key].reply_id for key in keys if key in found and found[key].reply_id), None)
        reply = await self._outbox.get(reply_id) if reply_id else None
        if reply is None or not any(self._people.same(one, author) for one in (reply.recipient, *reply.copies)):
            return None
        return reply.raw

    async def session(
        self, incoming: Incoming, keys: Mapping[str, str], found: Mapping[str, Alias]
    ) -> tuple[Session | None, tuple[str, ...]]:
        """The session that the mail belongs to, and why; None: the mail begins one.

        In this order: the token of the envelope recipient, the mail's thread keys, its own id, the markers in the quoted text. Never the
        subject.
        """
        trace: list[str] = []
        seen: dict[str, Session | None] = {}
        for shown, session_id, proof in self._candidates(incoming, keys, found):
            if session_id is None:
                trace.append(f"{shown}: unknown")
                continue
            if session_id not in seen:
                seen[session_id] = await self._sessions.get(session_id)
            session = seen[session_id]
            if session is None:
                trace.append(f"{shown}: names session {session_id}, which is not there")
            elif not self._takes_part(incoming, session):
                trace.append(f"{shown}: names session {session_id}, in which the sender has no part")
                self._foreign(incoming, session_id)
            elif proof is not None and not (
                self._tokens and self._tokens.proves(proof, session_id, self._holders(incoming, session))
            ):
                trace.append(f"{shown}: names session {session_id}, but is not ours")
                self._foreign(incoming, session_id)
            else:
                trace.append(f"{shown}: session {session_id}")
                return session, tuple(trace)
        trace.append("a new session")
        return None, tuple(trace)

    def _takes_part(self, incoming: Incoming, session: Session) -> bool:
        return participation.goes_on(
            (*session.participants, *session.asked), incoming.origin.author, incoming.project.threads, self._people
        )

    def _holders(self, incoming: Incoming, session: Session) -> set[str]:
        """Whom a token may have been made for: whoever takes part. All of them see it, since one mail goes to all."""
        found = {session.owner, incoming.origin.author, *session.participants, *session.asked}
        return found | {self._people.person(one) for one in found}

    def _candidates(
        self, incoming: Incoming, keys: Mapping[str, str], found: Mapping[str, Alias]
    ) -> list[tuple[str, str | None, str | None]]:
        """`(what to show, session id if known, token to verify)`, in the order to try."""
        first: list[tuple[str, str]] = []
        last: list[tuple[str, str]] = []
        if self._tokens is not None:
            newest = incoming.reading.newest
            quoted = newest.quoted if newest else ""
            first, last = self._tokens.candidates(incoming.project.name, incoming.pointer.recipient, quoted)
        return [
            *(("answer address", session_id, given) for given, session_id in first),
            *((shown, found[key].session_id if key in found else None, None) for key, shown in keys.items()),
            *(("footer marker", session_id, given) for given, session_id in last),
        ]

    def _foreign(self, incoming: Incoming, session_id: str) -> None:
        text = "a sender answered in a thread in which they take no part; it is no match"
        facts = {"session_id": session_id, "mail_id": incoming.mail_id}
        self._env.emit(Event("security.foreign_session", self._env.now(), text, facts))
