"""Two mails of one session that become one run: the newer command takes over what the older one, which has not started, was to do."""

from __future__ import annotations

from collections.abc import Sequence

from hermes import limits
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.request import CommandType
from hermes.gateway.intake.incoming import Incoming
from hermes.mail.read import instruction


def possible(older: Command, asked: instruction.Instruction, attachments: Sequence[wire.AttachmentRef]) -> bool:
    """Whether a request can join a command: both are edits, the command has not started, and together they are within the limits."""
    if older.state is not CommandState.ACCEPTED or older.type is not CommandType.EDIT or asked.type != CommandType.EDIT:
        return False
    size = len(older.instruction.encode()) + len(asked.text.encode("utf-8", "replace"))
    files = len(older.context.attachments) + len(attachments)
    return size + 2 <= limits.INSTRUCTION_BYTES and files <= limits.ATTACHMENTS


def _co_authors(older: Command, newer: Command) -> tuple[wire.CoAuthor, ...]:
    """Whoever asked for the older command too, each address once."""
    first = wire.CoAuthor(name=older.context.author_name, email=older.context.author_email)
    found = {one.email: one for one in (*older.context.co_authors, first) if one.email != newer.context.author_email}
    return tuple(found.values())


def joined(older: Command, newer: Command, incoming: Incoming, *, head_order: float) -> Command:
    """The newer command with the older one's request before its own (after it, if its mail was sent earlier)."""
    texts = [older.instruction, newer.instruction]
    if incoming.order < head_order:
        texts.reverse()
    before, context = older.context, newer.context
    attachments = {ref.key: ref for ref in (*before.attachments, *context.attachments)}
    quoted = "\n".join(filter(None, (before.quoted, context.quoted)))[: limits.QUOTED_CHARS]
    merged = context.model_copy(
        update={
            "attachments": tuple(attachments.values()),
            "quoted": quoted,
            "previous": before.previous or context.previous,
            "co_authors": _co_authors(older, newer),
        }
    )
    return newer.model_copy(
        update={"instruction": "\n\n".join(texts), "context": merged, "supersedes": older.supersedes}
    )
