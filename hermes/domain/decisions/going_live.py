"""What a word about going live leads to: the newest version of a thread's work, whose yes it takes, and what follows. Pure.

Nothing reaches a live branch but a commit that approvers approved in its final form. So every yes is compared with what its author has
seen, where their mail tells, and with what the thread's newest version is now.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from hermes.domain.commands import Command, CommandState
from hermes.domain.publishing.approvals import Approval
from hermes.domain.request import CommandType


class _Another(enum.Enum):
    ANOTHER = "another"


ANOTHER: Final = _Another.ANOTHER
Needs = int | Literal[_Another.ANOTHER]
"""How many approvers have to say yes; ANOTHER: one who did not ask for it."""

#: Types of commands that leave commits on the branch of their thread.
_CHANGES: Final = frozenset({CommandType.EDIT, CommandType.COMMIT, CommandType.UNDO})


class Word(enum.Enum):
    """What a mail says about going live."""

    PUBLISH = enum.auto()
    """It is to go live."""
    AGREE = enum.auto()
    """Yes."""
    ASSENT = enum.auto()
    """ "Ok": a yes where one is waited for, else a courtesy."""
    DECLINE = enum.auto()
    """No, perhaps with the reason."""
    UNDO = enum.auto()
    """The last change is to be taken back."""


class LiveStep(enum.Enum):
    """What follows."""

    NONE = enum.auto()
    """The mail is not about going live."""
    PUBLISH = enum.auto()
    """Enough approvers have said yes: the command that publishes it is accepted."""
    REQUEST = enum.auto()
    """Approvers are asked."""
    NOTED = enum.auto()
    """One more yes; others are waited for."""
    DECLINE = enum.auto()
    """Whoever asked is told that it does not go live, and why."""
    WAITS = enum.auto()
    """It was asked already."""
    REPLACED = enum.auto()
    """The yes was for a version that another has replaced."""
    ENDED = enum.auto()
    """What it was a yes to has ended."""
    UNFINISHED = enum.auto()
    """Something is still being worked on, or the newest work was not finished."""
    NOTHING = enum.auto()
    """There is nothing that could go live."""
    LIVE = enum.auto()
    """It is live already, or on its way."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """The newest work of a thread."""

    command: Command
    """What made it."""
    commit: str
    done: bool
    """Its command did all of its work, and it is on the thread's own branch."""
    live: bool = False
    """It was published, and not taken back since."""
    taken_back: bool = False
    """It was published and then taken back."""

    @property
    def base(self) -> str | None:
        """The commit of the live branch that it was made on."""
        return self.command.result.live_base if self.command.result is not None else None


def newest(newest_first: Iterable[Command], *, allow_failing: bool = False) -> Version | None:
    """The version that would go live, from the commands of a thread. `allow_failing`: it need not pass the project's checks."""
    published: Command | None = None
    for command in newest_first:
        result = command.result
        if result is None or not result.git_commit:
            continue
        if _published(command):
            published = published or command
        elif command.type in _CHANGES:
            ours = result.pushed and _is_its_own(result.branch, command.context.branch)
            passes = allow_failing or not result.failed_checks
            done = command.state is CommandState.SUCCEEDED and ours and passes
            plan = published.context.publishing if published is not None else None
            back = plan is not None and plan.takes_back
            return Version(
                command=command,
                commit=result.git_commit,
                done=done,
                live=plan is not None and not back,
                taken_back=back,
            )
    return None


def to_take_back(newest_first: Sequence[Command]) -> Command | None:
    """The command that published the change that an undo takes back; None where the newest change is not live."""
    skip, gone = 0, set()
    for command in newest_first:
        if command.result is None or not command.result.git_commit:
            continue
        plan = command.context.publishing
        if plan is not None and _published(command):
            if plan.takes_back:
                gone.add(plan.of_command)
            elif command.command_id not in gone:
                return command if not skip else None
        elif command.type is CommandType.UNDO and command.state is CommandState.SUCCEEDED:
            skip += 1
        elif command.type in _CHANGES:
            if not skip and not gone:
                return None
            skip = max(0, skip - 1)
    return None


def enough(needs: Needs, persons: Iterable[str], requester: str) -> bool:
    """Whether these persons' yes suffices."""
    said = set(persons)
    return bool(said - {requester}) if needs is ANOTHER else len(said) >= needs


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LiveFacts:
    """What a decision is made of."""

    word: Word
    approver: bool
    """The author's yes counts."""
    person: str
    """The author."""
    needs: Needs
    open: bool
    """A command of the thread is open."""
    asked: bool
    """The agent has asked something, and waits for the answer."""
    version: Version | None
    taking_back: Command | None = None
    """The command that published what an undo takes back; None where the newest change is not live."""
    approval: Approval | None
    """The last one that the thread asked for."""
    seen: str | None
    """The commit that the answered mail showed; None where that is not known."""
    seen_approval: str | None = None
    """The approval that the answered mail asked for; None where it asked for none, or is not known."""
    stop_order: float = 0.0
    """The place of the thread's last `stop` in ingress order."""
    approvers: tuple[str, ...] = ()
    """The persons whose yes counts now."""
    now: float


def decide(facts: LiveFacts) -> LiveStep:
    """What follows from a word. An undo whose change is not live is none of this."""
    approval = current(facts)
    about_it = facts.seen_approval is not None
    if facts.word is Word.UNDO and facts.taking_back is None:
        return LiveStep.NONE
    if facts.asked and not about_it and facts.word not in (Word.PUBLISH, Word.UNDO):
        return LiveStep.NONE  # it answers what the agent asked
    if about_it and facts.approver and (approval is None or facts.seen_approval != approval.approval_id):
        return _too_late(facts, approval)
    if facts.word is Word.DECLINE:
        return LiveStep.DECLINE if approval is not None and facts.approver else LiveStep.NONE
    if facts.word is Word.ASSENT and (approval is None or not facts.approver):
        return LiveStep.NONE
    if facts.open:
        return LiveStep.NONE if facts.word is Word.UNDO else LiveStep.UNFINISHED
    if approval is not None and fits(approval, facts):
        return _answered(approval, facts)
    if approval is not None and (about_it or _missed(approval, facts)):
        return LiveStep.REPLACED
    if facts.word is Word.AGREE and facts.seen is None:
        return LiveStep.NONE  # nothing waits for a yes, and it may answer anybody's question
    return _alone(facts) if facts.word is Word.UNDO else _begun(facts)


def current(facts: LiveFacts) -> Approval | None:
    """The approval that an answer counts for, if there is one: it waits, has not ended, and no later `stop` took it back."""
    approval = facts.approval
    if approval is None or not approval.waits or facts.now >= approval.ends_at or facts.stop_order > approval.order:
        return None
    return approval


def _too_late(facts: LiveFacts, approval: Approval | None) -> LiveStep:
    """An answer to a request that is over."""
    last = facts.approval
    if facts.word is Word.DECLINE or last is None or last.approval_id != facts.seen_approval or approval is not None:
        return LiveStep.REPLACED
    if last.published_by is not None:
        return LiveStep.LIVE
    return LiveStep.ENDED if facts.now >= last.ends_at else LiveStep.REPLACED


def _missed(approval: Approval, facts: LiveFacts) -> bool:
    """Whether an approver was asked about an older version, and has not been shown the newest since."""
    newest = facts.version.commit if facts.version is not None else None
    return facts.approver and facts.word is not Word.UNDO and not approval.takes_back and facts.seen != newest


def fits(approval: Approval, facts: LiveFacts) -> bool:
    """Whether what it asks about is what the word speaks of, and still what would go live, or be taken back."""
    if approval.takes_back:
        newest_live = facts.taking_back.result if facts.taking_back is not None else None
        meant = facts.word is not Word.PUBLISH or facts.seen_approval is not None
        return meant and newest_live is not None and newest_live.git_commit == approval.commit
    if facts.word is Word.UNDO:
        return False
    return facts.version is not None and facts.version.done and facts.version.commit == approval.commit


def _answered(approval: Approval, facts: LiveFacts) -> LiveStep:
    if not facts.approver:
        return LiveStep.WAITS
    if facts.seen is not None and facts.seen != approval.commit:
        return LiveStep.REPLACED
    said = {one.person for one in approval.consents if one.person in facts.approvers} | {facts.person}
    return LiveStep.PUBLISH if enough(facts.needs, said, approval.person) else LiveStep.NOTED


def _begun(facts: LiveFacts) -> LiveStep:
    version = facts.version
    if version is None or version.taken_back:
        return LiveStep.NOTHING
    if version.live:
        return LiveStep.LIVE
    if facts.approver and facts.seen is not None and facts.seen != version.commit:
        return LiveStep.REPLACED
    if not version.done:
        return LiveStep.UNFINISHED
    return _alone(facts)


def _alone(facts: LiveFacts) -> LiveStep:
    """Whether the author's own yes is enough, or others are asked."""
    alone = facts.approver and enough(facts.needs, {facts.person}, facts.person)
    return LiveStep.PUBLISH if alone else LiveStep.REQUEST


def _is_its_own(branch: str | None, home: str) -> bool:
    """Whether a branch is the thread's, or the one beside it on which its work goes on; not one for what was rejected or fenced."""
    return branch is not None and (branch == home or branch.startswith(f"{home}-"))


def _published(command: Command) -> bool:
    """Whether a command brought something to the live branch, by git's facts; what came after that may have failed."""
    return command.type is CommandType.PUBLISH and command.result is not None and command.result.pushed
