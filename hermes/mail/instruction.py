"""What the newest text asks for: a control word, a command type, or an edit."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from hermes.domain.commands import CommandType, Policy
from hermes.mail import phrases


class Control(enum.StrEnum):
    """What is asked of Hermes itself; nothing is sent to a worker as a command."""

    STOP = "stop"
    """Stop what runs in this session."""
    STATUS = "status"
    """Say what runs and what was done."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """What to do, in whose words, and the policy if the mail names one."""

    type: CommandType | Control
    text: str
    policy: Policy | None = None


_TYPES: Final[dict[str, CommandType | Control]] = {
    word: kind
    for kind, words in (
        (Control.STOP, phrases.STOP),
        (Control.STATUS, phrases.STATUS),
        (CommandType.UNDO, phrases.UNDO),
        (CommandType.BUILD, phrases.BUILD),
        (CommandType.COMMIT, phrases.COMMIT),
        (CommandType.PUSH, phrases.PUSH),
        (CommandType.PREVIEW, phrases.PREVIEW),
    )
    for word in words
}
_POLICIES: Final = {f"/{policy.value}": policy for policy in Policy}
_AROUND: Final = re.compile(r"^[\W_]+|[\W_]+$")
_WORD_CHARS: Final = 60


def read(text: str) -> Instruction | None:
    """Read the newest text; None if there is nothing in it. A first line `/queue` (or another policy) is taken off."""
    text = text.strip()
    policy: Policy | None = None
    first, _, rest = text.partition("\n")
    if first.strip().lower() in _POLICIES:
        policy, text = _POLICIES[first.strip().lower()], rest.strip()
    if not text:
        return None
    return Instruction(_control(text) or CommandType.EDIT, text, policy)


def _control(text: str) -> CommandType | Control | None:
    """The control word that the text is made of, alone: case, punctuation and space around it do not count."""
    if len(text) > _WORD_CHARS:
        return None
    word = " ".join(_AROUND.sub("", text).casefold().split())
    return _TYPES.get(word)
