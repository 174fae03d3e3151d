"""Reads the request in the newest text: a control word, a command type, or an edit."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from hermes.domain.request import CommandType, Policy
from hermes.mail.read.words import phrases


class Control(enum.StrEnum):
    """A request to Hermes itself; no worker gets a command."""

    STOP = "stop"
    """Stop what runs in this session."""
    STATUS = "status"
    """Say what runs and what was done."""
    POLICY = "policy"
    """Treat the mails of this thread so from now on."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """The instruction, and the policy if the mail names one."""

    type: CommandType | Control
    text: str
    policy: Policy | None = None
    lasting: bool = False
    """The policy is for the whole thread from now on; without one, the thread goes back to the project's."""


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
_POLICIES: Final[dict[str, tuple[Policy | None, bool]]] = {
    "/default": (None, True),
    **{f"/{policy.value}": (policy, False) for policy in Policy},
    **{f"/{policy.value} {word}": (policy, True) for policy in Policy for word in phrases.ALWAYS},
}
_AROUND: Final = re.compile(r"^[\W_]+|[\W_]+$")
_WORD_CHARS: Final = 60


def read(text: str) -> Instruction | None:
    """Read the newest text; None if there is nothing in it.

    A first line `/queue` (or another policy), `/queue always` or `/default` is taken off; the last two may stand alone.
    """
    text = text.strip()
    first, _, rest = text.partition("\n")
    words = " ".join(first.casefold().split())
    named = words in _POLICIES
    policy, lasting = _POLICIES.get(words, (None, False))
    text = rest.strip() if named else text
    if not text:
        return Instruction(Control.POLICY, "", policy, lasting) if lasting else None
    return Instruction(_control(text) or CommandType.EDIT, text, policy, lasting)


def _control(text: str) -> CommandType | Control | None:
    """The control word that the text is made of, alone: case, punctuation and space around it do not count."""
    if len(text) > _WORD_CHARS:
        return None
    word = " ".join(_AROUND.sub("", text).casefold().split())
    return _TYPES.get(word)
