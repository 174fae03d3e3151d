"""Writes replies: facts become a composed mail in a row of the outbox, with its Message-ID as an alias of the thread."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from hermes import ids, limits
from hermes.domain.commands import Command, Origin
from hermes.domain.decisions import participation
from hermes.domain.decisions.people import People
from hermes.domain.env import Env
from hermes.domain.replies import Reply
from hermes.domain.reply_facts import Done, Open, ReplyFacts, Stopped
from hermes.domain.sessions import Session
from hermes.domain.threads import Alias, AliasKind
from hermes.gateway.replies.reply_copies import ReplyCopies
from hermes.mail.authenticate import token
from hermes.mail.write import apart, compose, templates

#: A Message-ID longer than this is no alias: DynamoDB keys end at 2048 bytes.
ALIAS_CHARS: Final = 1500


@dataclasses.dataclass(frozen=True, slots=True)
class Tokens:
    """The secret key of reply addresses and markers, and their style."""

    key: bytes
    style: token.Style

    def address(self, project_address: str, session_id: str, recipient: str) -> str:
        """The reply address of this session for one recipient."""
        return token.address(project_address, token.mint(self.key, session_id, recipient), self.style)

    def marker(self, session_id: str, recipient: str) -> str:
        """The signed marker for the footer of a reply."""
        return token.marker(self.key, session_id, recipient)

    def candidates(
        self, scope: str, recipient: str, quoted: str
    ) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """`(token, session_id)` of the envelope recipient and of the markers in the quoted text, not verified."""
        client, project = scope.split("/")

        def named(one: str) -> tuple[str, str]:
            return one, ids.session_id(client, project, token.thread_of(one))

        given = token.read(recipient)[1]
        return [named(given)] if given else [], [named(one) for one in token.markers(quoted)]

    def return_path(self, project_address: str, reply_id: str) -> str:
        """The envelope sender that identifies this reply in a bounce."""
        return token.return_path(self.key, project_address, reply_id, self.style)

    def bounced(self, recipient: str) -> str | None:
        """The id of the reply that bounced to this envelope recipient."""
        return token.read_return_path(self.key, recipient)

    def proves(self, given: str, session_id: str, people: Iterable[str]) -> bool:
        """Whether this token was made for this session and one of these people."""
        return any(token.verify(self.key, given, session_id, one) for one in people)


class ReplyWriter:
    """Composes replies, and signs them if configured. The row keeps the bytes, so every try sends the same."""

    def __init__(
        self,
        *,
        domain: str,
        name: str,
        prefix: str,
        tokens: Tokens | None,
        lease_seconds: float,
        copies: ReplyCopies,
        sign: Callable[[bytes], bytes] | None = None,
        env: Env,
    ) -> None:
        """`sign` prepends a signature; it signs once, so that every try sends the same bytes."""
        self._domain = domain
        self._name = name
        self._prefix = prefix
        self._tokens = tokens
        self._lease = lease_seconds
        self._copies = copies
        self._env = env
        self._sign = sign

    @property
    def people(self) -> People:
        """Which addresses are one person."""
        return self._copies.people

    def write(
        self,
        *,
        reply_id: str,
        facts: ReplyFacts,
        origin: Origin,
        scope: str | None = None,
        session_id: str | None = None,
        command_id: str | None = None,
        mail_id: str | None = None,
        copies: Sequence[str] = (),
        reaction: str = "",
    ) -> tuple[Reply, ...]:
        """A new row for the author and one for each copy, with our lease: their writer sends them, or the sweeper if we die."""
        now = self._env.now()
        message_id = ids.reply_message_id(self._env.new_id(), self._domain)
        marker, reply_to = "", None
        if self._tokens is not None and session_id is not None:
            person = self.people.person(origin.author)
            reply_to = self._tokens.address(origin.address, session_id, person)
            marker = self._tokens.marker(session_id, person)
        rendered = templates.render(
            facts,
            language=origin.language,
            marker=marker,
            project=origin.project,
            details=origin.details,
            offset=origin.offset,
        )
        references = tuple(r for r in (*origin.references, origin.message_id) if r)
        raw = compose.compose(
            compose.Draft(
                message_id=message_id,
                date=now,
                sender_name=self._name,
                sender_address=origin.address,
                recipient=origin.author,
                copies=tuple(copies),
                reply_to=reply_to,
                subject=origin.subject,
                text=rendered.text,
                html=rendered.html,
                in_reply_to=origin.message_id,
                references=references,
                thread_index=origin.thread_index,
                thread_topic=origin.thread_topic,
                loop=self._prefix,
                kind=facts.kind.value,
                language=origin.language,
                reaction=reaction,
                files=rendered.files,
            )
        )
        if self._sign is not None:
            raw = self._sign(raw)
        raw, keys = apart.taken_out(raw, rendered.files)
        first = Reply(
            reply_id=reply_id,
            kind=facts.kind.value,
            session_id=session_id,
            scope=scope,
            command_id=command_id,
            mail_id=mail_id,
            message_id=message_id,
            sender=self._return_path(origin.address, reply_id),
            recipient=origin.author,
            copies=tuple(copies),
            raw=raw,
            apart=keys,
            created_at=now,
            due=now + self._lease,
            due_shard=ids.due_shard(reply_id),
        )
        return (first, *(self._copy(first, to, origin.address) for to in copies))

    def readers(
        self, session: Session | None, facts: ReplyFacts, origin: Origin, also: Iterable[str] = ()
    ) -> tuple[str, ...]:
        """Who gets a copy of a reply (`ReplyCopies.of`)."""
        return self._copies.of(session, facts.kind, to=origin.author, also=also)

    def _copy(self, first: Reply, to: str, address: str) -> Reply:
        kind = first.reply_id.rpartition("#")[2]
        reply_id = f"{ids.digest('copy', first.reply_id, to)}#{kind}"
        return first.model_copy(
            update={
                "reply_id": reply_id,
                "copy_of": first.reply_id,
                "copies": (),
                "recipient": to,
                "sender": self._return_path(address, reply_id),
                "due_shard": ids.due_shard(reply_id),
            }
        )

    def _return_path(self, address: str, reply_id: str) -> str:
        return self._tokens.return_path(address, reply_id) if self._tokens else address

    def final(
        self, command: Command, facts: Done | Stopped | Open, *, session: Session | None, also: Iterable[str] = ()
    ) -> tuple[Reply, ...]:
        """The one reply of a terminal command: the author's row, and one for each copy. `also` get one whoever else does."""
        copies = self.readers(session, facts, command.origin, (*also, *command.co_askers))
        if copies:
            facts = participation.for_others_too(facts, command.origin.name)
        return self.write(
            reply_id=f"{command.command_id}#final",
            facts=facts,
            origin=command.origin,
            scope=scope_of(command),
            session_id=command.session_id,
            command_id=command.command_id,
            mail_id=command.mail_id,
            copies=copies,
        )


def alias_of(reply: Reply, *, now: float, provider_id: str | None = None) -> Alias | None:
    """The Message-ID of a reply (ours, or the provider's in its place) as an alias of its session.

    None if it has no session, and for a copy, whose Message-ID is that of the author's row.
    """
    if reply.session_id is None or reply.scope is None or (reply.copy_of is not None and provider_id is None):
        return None
    return Alias(
        message_id=alias_key(reply.scope, provider_id or reply.message_id),
        session_id=reply.session_id,
        kind=AliasKind.PROVIDER if provider_id else AliasKind.OURS,
        reply_id=reply.copy_of or reply.reply_id,
        expires_at=int(now + limits.KEEP_SECONDS),
    )


def scope_of(command: Command) -> str:
    """`client/project` of a command."""
    client, project, _ = command.container_key.split("#")
    return f"{client}/{project}"


def alias_key(scope: str, message_id: str) -> str:
    """The key of an alias in the threads table; `scope` is `client/project`.

    One mail may go to two projects and begin a thread in each.
    """
    return f"{scope} {message_id}"


def content_key(scope: str, said: str) -> str:
    """The key of the alias for a mail's content."""
    return alias_key(scope, f"content:{said}")


def signature_key(scope: str, mark: str) -> str:
    """The key of the alias for a mail's signature."""
    return alias_key(scope, f"signed:{mark}")


def is_alias(message_id: str) -> bool:
    """Whether it can be a key of the threads table. No real Message-ID is longer, and a DynamoDB key has at most 2048 bytes."""
    return len(message_id.encode("utf-8", "replace")) <= ALIAS_CHARS
