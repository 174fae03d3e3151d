"""Finds what an undo takes back: the newest change of ours that no later undo has taken back. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hermes.repository import commit_message
from hermes.repository.store import Commit


@dataclass(frozen=True, slots=True)
class Change:
    """What one command committed."""

    command_id: str
    subject: str
    """First line of its newest commit."""
    before: str | None
    """The commit that it was made on; None where it began the repository."""


def newest(newest_first: Sequence[Commit]) -> Change | None:
    """The change to take back; None where somebody else's commit, or the beginning, comes first.

    An undo names the command that it took back, so that the next one goes a step further: twice means two. Between the change and the
    newest commit there are then only changes and the undos of them, so the files are as the change left them.
    """
    taken_back: set[str] = set()
    at = 0
    while at < len(newest_first):
        message = newest_first[at].message
        command_id = commit_message.command_of(message)
        if command_id is None:
            return None
        subject = message.split("\n", 1)[0]
        before: str | None = None
        end = at
        while end < len(newest_first) and commit_message.command_of(newest_first[end].message) == command_id:
            if len(newest_first[end].parents) > 1:
                break
            before = newest_first[end].parents[0] if newest_first[end].parents else None
            end += 1
        undoes = commit_message.undone_by(message)
        if undoes is not None:
            taken_back.add(undoes)
        elif command_id not in taken_back:
            return Change(command_id, subject, before) if end > at else None
        if end == at:
            return None  # a merge: what it brought in is not ours to take back
        at = end
    return None
