"""What an undo takes back (the newest change of ours that no later undo has taken back), and the commit that does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hermes import errors
from hermes.domain import escape, wire
from hermes.repository import commit_message
from hermes.repository.commit_message import Person
from hermes.repository.store import Commit, Store


@dataclass(frozen=True, slots=True)
class Change:
    """What one command committed."""

    command_id: str
    subject: str
    """First line of its newest commit."""
    before: str | None
    """The commit that it was made on; None where it began the repository."""
    after: str
    """Its newest commit."""
    updated: bool = False
    """The branch was brought up to date with the live branch since: what that brought in stays."""


def newest(newest_first: Sequence[Commit]) -> Change | None:
    """The change to take back; None where somebody else's commit, or the beginning, comes first.

    An undo names the command that it took back, so that the next one goes a step further: twice means two. Between the change and the
    newest commit there are then only changes and the undos of them, so the files are as the change left them.
    """
    taken_back: set[str] = set()
    at, updated = 0, False
    while at < len(newest_first):
        message = newest_first[at].message
        if commit_message.is_update(message):
            at, updated = at + 1, True
            continue
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
            return Change(command_id, subject, before, newest_first[at].sha, updated) if end > at else None
        if end == at:
            return None  # a merge: what it brought in is not ours to take back
        at = end
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """The commit, and what it takes back."""

    head: str
    onto: str | None
    """The commit that it was made on."""
    undone: str = ""
    """The name of the request whose change it takes back."""
    made_before: bool = False
    """An earlier run of the command made it."""


async def take_back(
    store: Store, command: wire.CommandMessage, base: str | None, *, branch: str, masked: Callable[[str], str]
) -> TakenBack:
    """A new commit on `base` that takes back the newest change of ours that is not taken back.

    `masked` hides secrets in its message. Raises `errors.StepFailed` if there is none, or if later changes are in the same places.
    """
    commits = (await store.commits(None, base, first_parent=True))[::-1] if base is not None else []
    if base is not None and commits and commit_message.command_of(commits[0].message) == command.command_id:
        parents = commits[0].parents
        return TakenBack(head=base, onto=parents[0] if parents else None, made_before=True)
    last = newest(commits)
    if last is None:
        raise errors.StepFailed(
            f"There is nothing to undo: no change on {branch} that Hermes made is left to be taken back.",
            hint="Say in words what you want changed back.",
            fault=errors.Fault.NOTHING_TO_UNDO,
        )
    tree: str | None = await store.tree(last.before)
    if last.updated and base is not None:
        tree = await store.changed(base, since=last.after, to=last.before)
    if tree is None:
        raise errors.StepFailed(
            f"“{escape.text(last.subject)}” cannot be taken back: later changes are in the same places.",
            hint="Say in words what you want changed back.",
            fault=errors.Fault.CONFLICT,
        )
    remark = f"Takes back “{escape.text(last.subject)}”."
    text = commit_message.for_command(
        command, prefix="Undo: ", remark=remark, undoes=last.command_id, named=last.subject
    )
    author = Person.of(command.context.author_name, command.context.author_email)
    head = await store.commit(tree=tree, parents=(base,) if base else (), message=masked(text), author=author)
    return TakenBack(head=head, onto=base, undone=escape.text(last.subject))
