"""The live branch: what a merge or a revert would make of it, the push that brings it there, and threads' branches that are done with.

Every commit that Hermes brings there has the branch's commit of before as its first parent, and is pushed with that as the expected value:
so nothing is ever pushed over, and a branch that was deleted meanwhile is not made anew. A merge names the command that made it, and its
second parent is the approved commit.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hermes import errors
from hermes.domain import escape, wire
from hermes.domain.request import CommandType
from hermes.repository import commit_message
from hermes.repository.commit_message import HERMES, Person
from hermes.repository.remote import Heads, PushAnswer, Pushed, Remote
from hermes.repository.store import Commit, Store

#: First-parent commits of the live branch that are looked at: for a merge that an earlier run made, and for branches that are done with.
HISTORY: Final = 400
#: Branches that one command deletes.
_DELETED: Final = 10
#: What the branch of a thread begins with (`hermes.ids.branch`).
_THREADS: Final = "thread-"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What is to be brought to the live branch."""

    branch: str
    live: str
    """Its commit of before, which the push expects."""
    head: str
    """The commit to push."""
    there: bool = False
    """`head` is on the live branch already, by an earlier run of this command or by somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joins:
    """A newer live branch that changed the same places as a thread."""

    commit: str
    """Its newest commit, which becomes a parent of the thread's next one once both changes are put together."""
    tree: str
    """Both changes, with both versions of the conflicting places between markers."""
    paths: tuple[str, ...]
    """The files with such places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpToDate:
    """Where the branch of a thread is once it is up to date."""

    base: str | None
    made_on: str | None = None
    """The newest live commit that it has; None where nothing goes live by Hermes."""
    joins: Joins | None = None
    """Somebody has to put both changes together first."""


class Publisher:
    """Reads the live branch and brings commits to it, for one project's clone."""

    def __init__(self, *, store: Store, remote: Remote) -> None:
        self._store = store
        self._remote = remote

    def named(self, live: wire.LiveBranch, default: str | None) -> str | None:
        """The name of the live branch; `default` is the repository's own."""
        return live.branch or self._remote.default_branch or default

    async def merge(self, command: wire.CommandMessage, *, fetch: bool) -> Merged:
        """What the command brings to the live branch as it is now.

        Raises `errors.StepFailed` where that cannot be, `errors.RepositoryUnavailable` where the remote does not answer.
        """
        plan = command.context.publishing
        assert plan is not None
        branch, live = await self._now(command, fetch=fetch)
        history = await self._store.commits(None, live, most=HISTORY, first_parent=True)
        own = next((one for one in history if commit_message.command_of(one.message) == command.command_id), None)
        if own is not None:
            return Merged(branch=branch, live=own.parents[0] if own.parents else live, head=own.sha, there=True)
        await self._has_all(plan, branch, live)
        tree = await (self._without(plan.commit, live) if plan.takes_back else self._with(plan.commit, live))
        if tree is None:
            raise errors.StepFailed(
                f"The change and {branch} do not fit together: both changed the same places.",
                hint="Have the thread's branch brought up to date, look at the result and approve it again.",
                fault=errors.Fault.CONFLICT,
            )
        if tree == await self._store.tree(live):
            if plan.takes_back:
                raise errors.StepFailed(
                    f"Nothing of that change is left on {branch}.", fault=errors.Fault.NOTHING_TO_UNDO
                )
            return Merged(branch=branch, live=live, head=live, there=True)
        parents = (live,) if plan.takes_back else (live, plan.commit)
        author = Person.of(command.context.author_name, command.context.author_email)
        text = commit_message.for_publishing(command)
        head = await self._store.commit(tree=tree, parents=parents, message=text, author=author)
        return Merged(branch=branch, live=live, head=head)

    async def newest(self, command: wire.CommandMessage) -> str:
        """The newest commit of the live branch, asked of the remote."""
        return (await self._now(command, fetch=True))[1]

    async def push(self, merged: Merged) -> bool:
        """Bring it to the live branch; False if the branch has moved since. Raises `errors.PushRejected` where a rule forbids it."""
        pushed: Pushed = await self._remote.push(merged.head, merged.branch, expected=merged.live)
        if pushed.answer is PushAnswer.REJECTED:
            raise errors.PushRejected(
                f"The repository does not accept the commit on {merged.branch}: {pushed.words}.",
                hint=f"Check the rules for {merged.branch}: Hermes' account has to be allowed to push to it.",
            )
        return pushed.answer is PushAnswer.TAKEN

    async def tidy(self, command: wire.CommandMessage, *, now: float) -> tuple[str, ...]:
        """Delete the branches of threads whose work has been live for long enough; their names. What fails is left for another time."""
        live = command.context.live
        if live is None or not live.keep_seconds:
            return ()
        try:
            branch, tip = await self._now(command, fetch=True)
            merges = await self._store.commits(None, tip, most=HISTORY, first_parent=True)
            done = {
                one.parents[1]
                for one in merges
                if len(one.parents) == 2
                and commit_message.command_of(one.message)
                and _age(one, now) > live.keep_seconds
            }
            old = [
                (name, sha)
                for name, sha in (await self._store.branches()).items()
                if sha in done and name.startswith(_THREADS) and name not in (branch, command.context.branch)
            ]
            return tuple([name for name, sha in old[:_DELETED] if await self._remote.delete(name, expected=sha)])
        except errors.HermesError as error:
            _LOG.warning("Old branches were not deleted: %s", error.message, extra={"action": "branches.left"})
            return ()

    async def update(self, command: wire.CommandMessage, heads: Heads, base: str | None, *, branch: str) -> UpToDate:
        """Bring the branch of a thread, which is at `base`, up to date, before a command that changes something; `branch` has its work.

        Pushed commits are never rewritten: a branch without commits of its own goes on to the newest live commit, another one gets a merge.
        """
        live = command.context.live
        tip = heads.branches.get(self.named(live, heads.default) or "") if live is not None else None
        if live is None or tip is None or base is None:
            return UpToDate(base=base)
        if await self._store.contains(base, tip):
            return UpToDate(base=base, made_on=tip)
        if not live.fresh or command.type is not CommandType.EDIT:
            return UpToDate(base=base, made_on=await self._meets(base, tip))
        if await self._store.contains(tip, base):
            return UpToDate(base=tip, made_on=tip)
        found = await self._store.merged(base, tip)
        if found.conflicted is not None:
            return UpToDate(base=base, made_on=tip, joins=Joins(commit=tip, tree=found.conflicted, paths=found.paths))
        if found.tree is not None:
            text = commit_message.for_update(command, self.named(live, heads.default) or "")
            head = await self._store.commit(tree=found.tree, parents=(base, tip), message=text, author=HERMES)
            if (await self._remote.push(head, branch)).answer is PushAnswer.TAKEN:
                return UpToDate(base=head, made_on=tip)
        return UpToDate(base=base, made_on=await self._meets(base, tip))

    async def is_publishing(self, commit: str) -> bool:
        """Whether a commit of the clone was made for the live branch, and is no work of a thread."""
        found = await self._store.commits(None, commit, most=1)
        return bool(found) and commit_message.is_publishing(found[0].message)

    async def unresolved(self, tree: str, joins: Joins) -> tuple[str, ...]:
        """The files of a tree in which both versions still are."""
        how = ("grep", "-l", "-z", "-I", "-E", "-e", "^(<<<<<<<|>>>>>>>) ", tree, "--", *joins.paths)
        ran = await self._store.run("--literal-pathspecs", *how, check=False)
        return tuple(escape.name(path.partition(":")[2]) for path in ran.fields)

    async def _meets(self, one: str, other: str) -> str | None:
        """Where two branches part."""
        ran = await self._store.run("merge-base", one, other, check=False)
        return ran.lines[0] if ran.code == 0 and ran.lines else None

    async def _now(self, command: wire.CommandMessage, *, fetch: bool) -> tuple[str, str]:
        """The name of the live branch and its newest commit."""
        heads = await self._remote.heads()
        if fetch:
            async with self._store.transfer:
                await self._remote.fetch()
        branch = self.named(command.context.live or wire.LiveBranch(), heads.default)
        branches: Mapping[str, str] = await self._store.branches()
        if branch is None or branch not in branches or branch not in heads.branches:
            raise errors.RepositoryUnavailable(
                f"The repository {self._remote.name} has no branch {branch or 'that could be live'}.",
                hint="Check projects.live.branch in the settings, or make the branch again.",
                fault=errors.Fault.BRANCH,
            )
        return branch, branches[branch]

    async def _has_all(self, plan: wire.Publishing, branch: str, live: str) -> None:
        """Raise `errors.StepFailed` where what was approved cannot be merged as it was approved."""
        if not await self._store.knows(plan.commit):
            raise errors.StepFailed(
                f"The approved commit {plan.commit[:12]} is no longer in the repository.",
                hint="Its branch was deleted or changed by somebody. Have the change made again.",
                fault=errors.Fault.BRANCH,
            )
        needed = plan.commit if plan.takes_back else plan.base
        if needed is not None and not await self._store.contains(live, needed):
            # Merged, it would bring back what somebody took out of the history on purpose.
            raise errors.StepFailed(
                f"The history of {branch} was changed since this was made: {needed[:12]} is no longer in it.",
                hint="Begin a new thread for this change: its branch begins with what the live branch is now.",
                fault=errors.Fault.BRANCH,
            )

    async def _with(self, commit: str, live: str) -> str | None:
        if await self._store.contains(live, commit):
            return await self._store.tree(live)
        return (await self._store.merged(live, commit)).tree

    async def _without(self, commit: str, live: str) -> str | None:
        ran = await self._store.run("rev-parse", "--verify", "--quiet", f"{commit}^1", check=False)
        before = ran.text if ran.code == 0 else None
        return await self._store.changed(live, since=commit, to=before)


def _age(commit: Commit, now: float) -> float:
    """Seconds since a commit was made."""
    text = escape.text(commit.at).lstrip("@").split()
    return now - float(text[0]) if text and text[0].isdigit() else 0.0
