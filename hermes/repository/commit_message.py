"""Commit messages: the request in one line, the request in full, and the command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hermes.domain import wire

#: First line of a commit message.
COMMIT_SUBJECT_CHARS: Final = 72
#: The instruction in a commit message.
COMMIT_BODY_CHARS: Final = 4000

COMMAND_TRAILER = "Hermes-Command"
SESSION_TRAILER = "Hermes-Session"
UNDOES_TRAILER = "Hermes-Undoes"
UPDATE_TRAILER = "Hermes-Update"
APPROVED_TRAILER = "Approved-by"
#: As git hosts read it.
CO_AUTHOR_TRAILER = "Co-authored-by"

#: Trailers that only Hermes itself may write.
_OURS: Final = (COMMAND_TRAILER, SESSION_TRAILER, UNDOES_TRAILER, UPDATE_TRAILER, APPROVED_TRAILER)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_UNSAFE_IN_IDENT = re.compile(r"[<>\x00-\x1f\x7f-\x9f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Person:
    """A name and an address as git takes them."""

    name: str
    address: str

    @classmethod
    def of(cls, name: str, address: str) -> Person:
        """The name and address without characters that would end the field."""
        address = _UNSAFE_IN_IDENT.sub("", address).strip() or "unknown@localhost"
        return cls(_UNSAFE_IN_IDENT.sub("", name).strip(" .,;:\"'") or address.partition("@")[0], address)


HERMES = Person("Hermes", "hermes@localhost")
"""The committer of everything that the worker commits."""


def for_command(
    command: wire.CommandMessage, *, prefix: str = "", remark: str = "", undoes: str = "", named: str = ""
) -> str:
    """The message of a command's commit; `prefix` begins its first line, `remark` is a separate paragraph.

    `undoes`: the command that it takes back, and `named` how that one was named.
    """
    text = _CONTROL.sub(" ", command.instruction).strip()
    named = named or _first_line(_CONTROL.sub(" ", command.context.title)) or _first_line(text)
    first = prefix + (named or _CONTROL.sub(" ", command.context.subject).strip() or command.type.value)
    paragraphs = [_cut(first, COMMIT_SUBJECT_CHARS)]
    if text != paragraphs[0][len(prefix) :]:
        paragraphs.append(_cut(text, COMMIT_BODY_CHARS))
    if remark:
        paragraphs.append(remark)
    paragraphs.append(trailers(command) + (f"\n{UNDOES_TRAILER}: {undoes}" if undoes else ""))
    return "\n\n".join(paragraphs) + "\n"


def for_publishing(command: wire.CommandMessage) -> str:
    """The message of the commit that brings an approved change to the live branch, or takes one back: what it is, and whose yes it has."""
    plan = command.context.publishing
    assert plan is not None
    named = _first_line(_CONTROL.sub(" ", plan.title)) or "a change"
    first = f"{'Take back' if plan.takes_back else 'Publish'}: {named}"
    people = [Person.of(one.name, one.email) for one in plan.approved_by]
    approved = "".join(f"{APPROVED_TRAILER}: {one.name} <{one.address}>\n" for one in people)
    undoes = f"\n{UNDOES_TRAILER}: {plan.of_command}" if plan.takes_back else ""
    return f"{_cut(first, COMMIT_SUBJECT_CHARS)}\n\n{approved}{trailers(command)}{undoes}\n"


def for_update(command: wire.CommandMessage, branch: str) -> str:
    """The message of the merge that brings a thread's branch up to date with the live branch."""
    return f"Bring this thread up to date with {branch}\n\n{SESSION_TRAILER}: {command.session_id}\n{UPDATE_TRAILER}: {branch}\n"


def is_update(message: str) -> bool:
    """Whether a commit of ours brought a thread's branch up to date, and nothing else."""
    return _trailer(message, UPDATE_TRAILER) is not None and command_of(message) is None


def is_publishing(message: str) -> bool:
    """Whether a commit of ours brought something to the live branch."""
    return _trailer(message, APPROVED_TRAILER) is not None


def for_own_commit(text: str, command: wire.CommandMessage) -> str:
    """The message of an agent's own commit: its words, and the command."""
    kept = [line for line in text.strip().splitlines() if not line.startswith(tuple(f"{name}:" for name in _OURS))]
    return (
        f"{_cut(_CONTROL.sub(' ', chr(10).join(kept)).strip() or 'Change', COMMIT_BODY_CHARS)}\n\n{trailers(command)}\n"
    )


def trailers(command: wire.CommandMessage) -> str:
    """The last paragraph."""
    people = [Person.of(one.name, one.email) for one in command.context.co_authors]
    others = "".join(f"{CO_AUTHOR_TRAILER}: {one.name} <{one.address}>\n" for one in people)
    return f"{others}{SESSION_TRAILER}: {command.session_id}\n{COMMAND_TRAILER}: {command.command_id}"


def command_of(message: str) -> str | None:
    """The command that a commit of ours was made for; only the last paragraph counts."""
    return _trailer(message, COMMAND_TRAILER)


def undone_by(message: str) -> str | None:
    """The command that a commit of ours takes back, if it is an undo."""
    return _trailer(message, UNDOES_TRAILER)


def _trailer(message: str, wanted: str) -> str | None:
    for line in reversed(message.strip().rpartition("\n\n")[2].splitlines()):
        name, _, value = line.partition(":")
        if name == wanted:
            return value.strip() or None
    return None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _cut(text: str, chars: int) -> str:
    if len(text) <= chars:
        return text
    room = text[: chars - 1]
    return (room.rsplit(" ", 1)[0] if " " in room[chars // 2 :] else room).rstrip() + "…"
