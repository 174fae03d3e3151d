"""What follows a mail's intent: one table, whatever the words of the mail are.

A mail that is no request never interrupts and never runs an agent that may write.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from hermes.domain.commands import Command, CommandState
from hermes.domain.request import Intent


class Situation(enum.StrEnum):
    """How a thread stands when a mail comes."""

    IDLE = "idle"
    """Nothing of it is open."""
    OPEN = "open"
    """A command of it runs or waits."""
    ASKED = "asked"
    """Its newest command ended with a question to the person."""


class Following(enum.StrEnum):
    """What becomes of a mail."""

    COMMAND = "command"
    """A command, by the policy."""
    ANSWER = "answer"
    """A command that may only read; it waits for an open one and never interrupts."""
    UNDO = "undo"
    """A command that stops what is open, and takes back the newest change."""
    RECORD = "record"
    """It is recorded; nobody is written to."""
    STOP = "stop"
    STATUS = "status"
    POLICY = "policy"
    HELP = "help"
    NOTHING_WAITS = "nothing_waits"
    """A sentence that says that nothing waits for a yes or a no."""
    CLARIFY = "clarify"
    """The person is asked what they mean; what is open is left alone."""


def _row(
    idle: Following, opened: Following | None = None, asked: Following | None = None
) -> dict[Situation, Following]:
    return {Situation.IDLE: idle, Situation.OPEN: opened or idle, Situation.ASKED: asked or idle}


TABLE: Final[Mapping[Intent, Mapping[Situation, Following]]] = {
    Intent.REQUEST: _row(Following.COMMAND),
    Intent.BUILD: _row(Following.COMMAND),
    Intent.COMMIT: _row(Following.COMMAND),
    Intent.PUSH: _row(Following.COMMAND),
    Intent.PREVIEW: _row(Following.COMMAND),
    Intent.QUESTION: _row(Following.ANSWER),
    Intent.COURTESY: _row(Following.RECORD),
    Intent.REACTION: _row(Following.RECORD),
    Intent.CALENDAR: _row(Following.RECORD),
    Intent.RECALL: _row(Following.RECORD),
    Intent.STOP: _row(Following.STOP),
    Intent.STATUS: _row(Following.STATUS),
    Intent.UNDO: _row(Following.UNDO),
    # Where Hermes asked something, a yes or a no is the answer to it.
    Intent.APPROVE: _row(Following.NOTHING_WAITS, asked=Following.COMMAND),
    Intent.DECLINE: _row(Following.NOTHING_WAITS, asked=Following.COMMAND),
    Intent.PUBLISH: _row(Following.NOTHING_WAITS, asked=Following.COMMAND),
    Intent.HELP: _row(Following.HELP),
    Intent.POLICY: _row(Following.POLICY),
    Intent.UNCLEAR: _row(Following.CLARIFY, asked=Following.COMMAND),
}


#: What changes, stops or arranges something: not for readers.
COMMANDING: Final = frozenset({Following.COMMAND, Following.UNDO, Following.STOP, Following.POLICY})


def situation_of(head: Command | None) -> Situation:
    """How a thread stands, by its newest command."""
    if head is None:
        return Situation.IDLE
    if not head.state.terminal:
        return Situation.OPEN
    return Situation.ASKED if head.state is CommandState.NEEDS_INPUT else Situation.IDLE


def follows(intent: Intent, situation: Situation, *, agrees: bool = False) -> Following:
    """What follows. `agrees`: the words would also be a yes to a question ("ok")."""
    if intent is Intent.COURTESY and agrees and situation is Situation.ASKED:
        return Following.COMMAND
    return TABLE[intent][situation]
