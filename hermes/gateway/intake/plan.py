"""The plan of one accepting transaction: its writes, the records that they assume, and its effects."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

from hermes import limits
from hermes.aws import tables
from hermes.aws.records.stores import Stores
from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.decisions import participation
from hermes.domain.decisions.people import People
from hermes.domain.decisions.preemption import Level
from hermes.domain.decisions.shares import ShareLimit
from hermes.domain.effects import Begin, Effects, SendReply, StopSession
from hermes.domain.env import Env
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import Reply
from hermes.domain.sessions import Session
from hermes.domain.threads import NO_SESSION, Alias, AliasKind
from hermes.gateway.intake.incoming import Incoming
from hermes.gateway.replies.replies import alias_key, alias_of, content_key, is_alias, signature_key
from hermes.mail.parse import content

#: Of a display name, in a record.
AUTHOR_NAME_CHARS: Final = 200


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the records had when the plan was made; the conditions of its writes check that they still have it."""

    session: Session | None
    head: Command | None
    """The session's newest command."""
    taken: frozenset[str]
    """Alias keys that exist, of any session."""
    trace: tuple[str, ...]
    """Why the mail belongs to this session."""
    answers: str | None = None
    """The reply of ours that the mail answers, by its id; of this session."""
    salt: int = 0
    """Not 0 if the thread id that the mail would get is another thread's."""
    attachments: tuple[wire.AttachmentRef, ...] = ()
    level: Level | None = None
    """The level of the container, for projects with that interrupt scope."""
    full: frozenset[str] = frozenset()
    """Rows of the usage table that had no room for the plan before this one."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The writes of one transaction, and its effects. The first write is the mail's record."""

    record: MailRecord
    writes: tuple[tables.Write, ...]
    session_write: int
    """Index of the write that begins or advances the session; -1 if there is none."""
    text: str
    session: Session | None = None
    command: Command | None = None
    superseded: Command | None = None
    """The superseded command as the transaction leaves it: interrupting."""
    replies: tuple[Reply, ...] = ()
    stops: bool = False
    takes: Mapping[int, ShareLimit] = dataclasses.field(default_factory=dict)
    """Index of a write that counts the command → the limit that it checks."""
    over: ShareLimit | None = None
    """The limit for which the mail is refused."""

    @property
    def effects(self) -> Effects:
        """The effects of the committed transaction."""
        replies = tuple(map(SendReply, self.replies))
        if self.command is not None and not self.command.state.terminal and self.session is not None:
            return (*replies, Begin(self.command, self.session, self.superseded))
        if self.stops and self.session is not None:
            return (*replies, StopSession(self.session, self.record.mail_id))
        return replies

    def full(self, failed: Iterable[int]) -> frozenset[str]:
        """The usage rows without room, if they alone made the transaction fail."""
        indexes = set(failed)
        return frozenset(self.takes[index].row for index in indexes) if indexes <= set(self.takes) else frozenset()


class Parts:
    """The writes that several kinds of plans have in common."""

    def __init__(self, *, stores: Stores, people: People, env: Env) -> None:
        self._sessions = stores.sessions
        self._outbox = stores.outbox
        self._people = people
        self._env = env

    def record(
        self,
        incoming: Incoming,
        outcome: Outcome,
        reason: str,
        standing: Standing,
        session_id: str | None,
        command_id: str | None = None,
    ) -> MailRecord:
        """The record of the mail's outcome."""
        now = self._env.now()
        return MailRecord(
            mail_id=incoming.mail_id,
            message_id=incoming.origin.message_id,
            key=incoming.pointer.key,
            bucket=incoming.pointer.bucket,
            content=incoming.content,
            recipient=incoming.pointer.recipient,
            author=incoming.origin.author,
            author_name=incoming.origin.author_name[:AUTHOR_NAME_CHARS],
            subject=incoming.origin.subject[:300],
            ingress=incoming.pointer.ingress,
            outcome=outcome,
            reason=reason,
            session_id=session_id,
            command_id=command_id,
            trace=standing.trace[:40],
            token=incoming.token,
            received_at=incoming.pointer.received_at,
            recorded_at=now,
            expires_at=int(now + limits.KEEP_SECONDS),
        )

    def joined(self, incoming: Incoming, session: Session) -> Session:
        """The session with the mail's author and the owners that it addresses among its participants."""
        found = participation.joined(
            session.participants, incoming.origin.author, incoming.author.addressed, self._people
        )
        return session if found == session.participants else session.model_copy(update={"participants": found})

    def same_person(self, one: str, other: str) -> bool:
        """Whether two addresses are one person's."""
        return self._people.same(one, other)

    def reply(self, reply: Reply, standing: Standing | None = None) -> list[tables.Write]:
        """A reply's row, and its Message-ID as an alias of its session where that is free."""
        alias = alias_of(reply, now=self._env.now())
        free = alias is not None and (standing is None or alias.message_id not in standing.taken)
        return [self._outbox.add(reply), *([self._sessions.alias(alias)] if alias and free else [])]

    async def stands(self, reply_id: str) -> bool:
        """Whether the outbox has this row already."""
        return await self._outbox.get(reply_id) is not None

    def aliases(self, incoming: Incoming, session_id: str, standing: Standing) -> list[tables.Write]:
        """Aliases for the free keys: the mail's id, its content, the mail that it answers (perhaps not here yet), Outlook's index."""
        wanted: dict[str, AliasKind] = {}
        if incoming.origin.message_id:
            wanted[incoming.origin.message_id] = AliasKind.INBOUND
        for key in incoming.reading.thread_keys:
            if key.startswith("thread-index:"):
                wanted.setdefault(key, AliasKind.INDEX)
        # The mail that it answers may come later; and so may the first of the thread, which all others name.
        for key in _not_here_yet(incoming, begins=standing.session is None):
            wanted.setdefault(key, AliasKind.REFERENCED)
        scope = incoming.project.name
        expires = int(self._env.now() + limits.KEEP_SECONDS)
        found = [
            Alias(message_id=alias_key(scope, one), session_id=session_id, kind=kind, expires_at=expires)
            for one, kind in wanted.items()
            if alias_key(scope, one) not in standing.taken and is_alias(one)
        ]
        said = self._said(incoming, session_id)
        if said.message_id not in standing.taken:
            found.append(said)
        return [*map(self._sessions.alias, found), *self._marks(incoming, session_id, standing)]

    def once(self, incoming: Incoming, standing: Standing) -> list[tables.Write]:
        """The alias of the content of a mail without a session, so that a copy under another id is not answered again."""
        said = self._said(incoming, NO_SESSION)
        noted = [] if said.message_id in standing.taken else [self._sessions.note(said)]
        return [*noted, *self._marks(incoming, NO_SESSION, standing)]

    def _marks(self, incoming: Incoming, session_id: str, standing: Standing) -> list[tables.Write]:
        """The aliases of the mail's signatures; if one exists, a copy of the mail came first."""
        keys = [signature_key(incoming.project.name, mark) for mark in incoming.marks]
        expires = int(self._env.now() + limits.KEEP_SECONDS)
        return [
            self._sessions.note(
                Alias(
                    message_id=key,
                    session_id=session_id,
                    kind=AliasKind.SIGNATURE,
                    mail_id=incoming.mail_id,
                    expires_at=expires,
                )
            )
            for key in keys
            if key not in standing.taken
        ]

    def _said(self, incoming: Incoming, session_id: str) -> Alias:
        return Alias(
            message_id=content_key(incoming.project.name, incoming.content),
            session_id=session_id,
            kind=AliasKind.CONTENT,
            mail_id=incoming.mail_id,
            named=content.is_named(incoming.origin.message_id),
            expires_at=int(self._env.now() + limits.KEEP_SECONDS),
        )


def _not_here_yet(incoming: Incoming, *, begins: bool) -> list[str]:
    """The mail that a mail answers, and the first of its thread where it begins a session; only ids that are its author's."""
    mail = incoming.reading.mail
    if mail is None:
        return []
    named = [*mail.in_reply_to[:1], *(mail.references[:1] if begins else ())]
    return [key for key in named if key in incoming.reading.thread_keys]
