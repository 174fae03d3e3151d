"""One session's worktree: created, updated, committed, saved and pushed.

Layout under the worker's folder; the agent is told only of the second:

    runtime/store.git, runtime/home, runtime/sessions/<session>/   ours: the clone, git's home, index and scratch
    sessions/<session>/tree, home, in, logs                        the agent's: worktree, its own home, what came with the mail

The ref `refs/hermes/sessions/<session>` in the store says which commit the worktree was last made equal to. What differs from it when
the next command comes is work of a run that was lost, and is saved first.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.domain import escape, wire
from hermes.process import acts
from hermes.process.user import User, Users, act
from hermes.repository import commit_filters, commit_message, desk, droppings
from hermes.repository.agent_repository import AgentRepository
from hermes.repository.beside import elsewhere
from hermes.repository.beside.elsewhere import StrayWorkFinder, WorkElsewhere
from hermes.repository.blob_scan import BlobScan
from hermes.repository.bundles import Bundles
from hermes.repository.capture import Capture
from hermes.repository.commit_filters import Screening
from hermes.repository.commit_message import Person
from hermes.repository.desk import Desk
from hermes.repository.live_branch import Publisher, UpToDate
from hermes.repository.paths import Paths as Paths
from hermes.repository.pusher import PushedCommit, Pusher
from hermes.repository.remote import Remote
from hermes.repository.secret_scan import SecretScan
from hermes.repository.store import Commit, Store
from hermes.repository.undoing import take_back
from hermes.repository.unpushed import Unpushed

#: Paths that a result names; the diffstat counts the rest.
FILES_NAMED: Final = 200

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a commit (or several) of one command holds: git facts."""

    base: str | None
    head: str
    files: tuple[str, ...]
    """The changed paths, for people."""
    diffstat: str
    undone: str = ""
    """Of an undo: the name of what it took back."""


class Workspace:
    """The worktree of one session; one command at a time uses it."""

    def __init__(
        self,
        *,
        store: Store,
        remote: Remote,
        paths: Paths,
        session_id: str,
        branch: str,
        bundles: Bundles | None = None,
        secrets: SecretScan | None = None,
        users: Users | None = None,
    ) -> None:
        self._store = store
        self._remote = remote
        self._branch = branch
        self._users = users
        self._desk = Desk(store=store, tree=paths.tree, runtime=paths.runtime)
        self._secrets = secrets or SecretScan()
        self._capture = Capture(
            store=store,
            screening=Screening(blobs=BlobScan(store=store, secrets=self._secrets)),
            tree=paths.tree,
            desk=self._desk,
        )
        self._elsewhere = StrayWorkFinder(
            store=store, desk=self._desk, tree=paths.tree, screening=self._capture.screening
        )
        self._view = AgentRepository(store=store, tree=paths.tree, desk=self._desk)
        self._landing = Pusher(store=store, remote=remote, branch=branch)
        self.unpushed = Unpushed(
            store=store,
            landing=self._landing,
            branch=branch,
            session_id=session_id,
            folder=paths.runtime,
            bundles=bundles,
        )
        """The commits that the remote lacks."""
        self._ref = self.unpushed.ref
        self._base: str | None = None
        self.begins_at: str | None = None
        """The newest commit of the branch that sessions begin from, as far as it is known."""
        self._at: str | None = None
        """The commit of the session's ref, as last read or written."""
        self.clone = store
        self.paths = paths
        self.live = Publisher(store=store, remote=remote)
        self.update = UpToDate(base=None)
        """What the branch was brought up to date with."""
        self.unresolved: tuple[str, ...] = ()
        """Files of the last commit in which two versions still are."""
        self.left_out: tuple[str, ...] = ()
        """Files that the last commit left out, each with the reason."""
        self.elsewhere: list[WorkElsewhere] = []
        """What the agent committed beside its branch."""

    @property
    def user(self) -> User | None:
        """The user of the session's files and programs while it is open; None: the worker itself."""
        return self._desk.user

    @property
    def objects(self) -> Path:
        """The objects of git that the agent's own repository refers to."""
        return self._desk.objects

    async def __aenter__(self) -> Workspace:
        if self._users is not None:
            self._desk.user = await self._users.open(self.paths.tree.parent.name)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._users is None:
            return
        self._desk.user = None
        try:
            await self._users.close(self.paths.tree.parent.name)
        except errors.HermesError as error:
            _LOG.error("A session's processes could not be ended: %s", error.message, extra={"action": "session.left"})

    async def prepare(self, command: wire.CommandMessage) -> list[str]:
        """Update the worktree to the newest state of the branch; returns what it did. Nothing in the worktree is lost."""
        theirs = (self.paths.home, self.paths.inbox) if self.user is None else ()
        for folder in (*theirs, self.paths.logs, self.paths.runtime):
            folder.mkdir(parents=True, exist_ok=True)
        await act(self.user, acts.folder, str(self.paths.home), ["tmp"])
        await self._store.prepare()
        heads = await self._remote.heads()
        async with self._store.transfer:
            await self._remote.fetch()
            await self._store.tidy()
        branches, self._at = await self._store.refs(self._ref)
        start = self.begins_at = self._remote.start(branches, heads, command.context.live)
        await self._leave_published(branches, start)
        notes = await self._save_leftovers(command)
        side = await self._landing.settle(branches)
        start = side or start
        brought = await self.unpushed.bring(self._at, branches, start=start)
        if brought.notes:
            branches = await self._store.branches()
        onto = start if side is not None and brought.tip in (None, branches.get(self._branch)) else brought.tip or start
        self.update = await self.live.update(command, heads, onto, branch=self._landing.branch)
        self._base = self.update.base
        await self._check_out(self._base)
        if self.update.joins is not None:
            await self._lay_out(self.update.joins.tree)
        await self._view.rebuild(branch=self._branch, base=self._base, branches=branches, author=self.author(command))
        return [*notes, *brought.notes, *self._remote.remarks(heads, began=self._base == start)]

    def log_of(self, command: wire.CommandMessage) -> Path:
        """The log file of this attempt."""
        return self.paths.logs / f"{command.command_id}-{command.attempt}.log"

    @staticmethod
    def author(command: wire.CommandMessage) -> Person:
        """The mail's owner."""
        return Person.of(command.context.author_name, command.context.author_email)

    @property
    def base(self) -> str | None:
        """The commit that the worktree was set to; None in an empty repository."""
        return self._base

    async def resume(self) -> None:
        """Open a worktree as a lost run left it, to save its work; needs no remote."""
        await self._store.prepare()
        self._base = self._at = await self._store.ref(self._ref)

    async def resume_at(self, update: UpToDate) -> None:
        """Open a worktree to continue in it; `update` is what it was set to, whatever was committed since."""
        await self._store.prepare()
        self.update, self._base = update, update.base

    async def show(self, commit: str) -> None:
        """Make the worktree anew, as a commit of the live branch and nothing else, ignored or not; the next command leaves it."""
        await act(self.user, acts.empty, str(self.paths.tree), [".git"])  # that is ours, made for this command
        await self._check_out(commit)

    async def commit(self, command: wire.CommandMessage, *, text: str) -> Work | None:
        """Commit everything that differs, the agent's own commits first; None if nothing does."""
        author = self.author(command)
        tip = self._base
        await self._desk.begin()
        own_commits, refused = await self._own_commits()
        self.elsewhere += await self._elsewhere.find(self._base)
        for own in own_commits:
            tip = await self._again(own, tip, command, author)
        await self._check_whole()
        found = await self._capture.take(self._base)
        self.left_out = tuple(dict.fromkeys((*found.left_out, *refused)))
        text = self._secrets.masked(text)
        tree = found.tree
        if tip != self._base:  # the agent's own commits may have all of it, or more
            tree = tree or await self._store.tree(self._base)
            tree = tree if tree != await self._store.tree(tip) else None
        joined = await self._joined(tree or await self._store.tree(tip))
        if tree is not None or joined:
            parents = (*((tip,) if tip else ()), *joined)
            tree = tree or await self._store.tree(tip)
            tip = await self._store.commit(tree=tree, parents=parents, message=text, author=author)
        if tip is None or tip == self._base:
            return None
        await self._set_ref(tip)
        work = await self.work_of(self._base, tip)
        return work if work.files else None

    async def keep_elsewhere(self) -> list[str]:
        """Push what the agent committed beside its branch; returns words for a person."""
        return await elsewhere.push(self.elsewhere, self._landing)

    def land(self, work: Work) -> Awaitable[PushedCommit]:
        """Push it, as `Pusher.land`."""
        return self._landing.land(work.base, work.head)

    async def set_aside(self, work: Work, label: str) -> PushedCommit:
        """Push it to a side branch, because this worker no longer owns the session."""
        return await self._landing.aside(work.head, label)

    async def put_by(self) -> None:
        """Commit the worktree to the session's ref in the store, so that the worktree can be removed."""
        await self.resume()
        if not await self.sound():
            return
        await self._desk.begin()
        await self._check_whole()
        found = await self._capture.take(self._base)
        if found.tree is not None:
            parents = tuple(filter(None, (self._base,)))
            text = "Partial work\n\nPut by before the idle session's folder was removed.\n"
            made = await self._store.commit(
                tree=found.tree, parents=parents, message=text, author=commit_message.HERMES
            )
            await self._set_ref(made)

    async def has(self, landed: PushedCommit) -> bool:
        """Ask the remote whether it still has the commit: the branch may have moved or been deleted."""
        if (await self._remote.heads()).branches.get(landed.branch) == landed.sha:
            return True
        async with self._store.transfer:
            await self._remote.fetch()
        return await self._store.contains((await self._store.branches()).get(landed.branch), landed.sha)

    async def knows(self, sha: str) -> bool:
        """Whether the clone on this disk has the commit."""
        return await self._store.ref(sha) is not None

    async def commit_of(self, command_id: str) -> str | None:
        """The newest commit below the worktree's that was made for this command."""
        commits = await self._store.commits(None, self._base) if self._base is not None else []
        return next((one.sha for one in commits[::-1] if commit_message.command_of(one.message) == command_id), None)

    async def push_only(self) -> PushedCommit | None:
        """Push the branch as it is; None if it has no commits of the session."""
        if self._base is None:
            return None
        return await self._landing.land(self._base, self._base)

    async def discard(self, to: str | None = None) -> bool:
        """Make the worktree equal to its commit again, whatever was left in it; whether anything had been different.

        `to`: equal to this commit, that of work in it.
        """
        commit = to or self._base
        await self._desk.begin()
        await self._check_whole()
        tree = (await self._capture.take(commit)).tree
        if tree is not None:
            # The index has to know what is there, or it would not take away what is too much.
            await self._store.run("read-tree", tree, at=self._desk.place(desk.INDEX))
            await self._check_out(commit)
        return tree is not None

    async def undo(self, command: wire.CommandMessage) -> Work:
        """A new commit that takes back the newest change of ours that is not taken back. Raises `errors.StepFailed` if there is none."""
        base = self._base
        taken = await take_back(self._store, command, base, branch=self._branch, masked=self._secrets.masked)
        if taken.made_before:
            return await self.work_of(taken.onto, base or "")  # an earlier run did it and could not report it
        await self._check_out(taken.head)
        self._base = taken.head
        return replace(await self.work_of(base, taken.head), undone=taken.undone)

    async def _own_commits(self) -> tuple[list[Commit], list[str]]:
        """Those to keep one by one, and what is against them: then the files on disk become one commit, without what is refused.

        Each is looked at, for what a later one takes out again would be in the history all the same.
        """
        found = await self._view.own_commits(self._base)
        if not found:
            return [], []
        each = await self._store.each_change([commit.sha for commit in found])
        changes = [commit_filters.entries(fields) for fields in each]
        if any(e.gitlink or (e.new and droppings.is_one(e.path)) for entries in changes for e in entries):
            return [], []  # its own worktrees and caches
        refused = await self._capture.screening.objections(changes, self._store.place)
        return ([], list(refused.values())) if refused else (found, [])

    async def _again(self, own: Commit, tip: str | None, command: wire.CommandMessage, author: Person) -> str:
        text = commit_message.for_own_commit(self._secrets.masked(escape.text(own.message)), command)
        parents = (*filter(None, (tip,)), *own.parents[1:])
        return await self._store.commit(tree=own.tree, parents=parents, message=text, author=author, at=own.at)

    async def work_of(self, base: str | None, head: str) -> Work:
        """What differs between two commits."""
        files, diffstat = await self._store.compare(base, head)
        return Work(base=base, head=head, files=tuple(map(escape.name, files[:FILES_NAMED])), diffstat=diffstat)

    async def _set_ref(self, commit: str) -> None:
        if commit != self._at:
            await self._store.run("update-ref", "--no-deref", self._ref, commit)
            self._at = commit

    async def _joined(self, tree: str) -> tuple[str, ...]:
        """The live commit that this work is put together with, once nothing is left to do for that."""
        joins = self.update.joins
        if joins is None:
            return ()
        self.unresolved = await self.live.unresolved(tree, joins)
        return () if self.unresolved else (joins.commit,)

    async def _leave_published(self, branches: Mapping[str, str], start: str | None) -> None:
        """Return from a commit for the live branch that the command before this one showed: it is no work of this thread."""
        tip = branches.get(self._branch)
        if self._at is not None and self._at != tip and await self.live.is_publishing(self._at):
            await self._check_out(tip or start)

    async def _save_leftovers(self, command: wire.CommandMessage) -> list[str]:
        self._base = self._at
        if self._base is None or not await self.sound():
            return []
        if self.paths.built.exists():  # all work was committed before: what is different was made by the build
            await self.discard()
            self.paths.built.unlink()
            return []
        text = commit_message.for_command(command, prefix="Partial work: ", remark="Left by a run that was cut short.")
        work = await self.commit(command, text=text)
        return ["Work that a run before this one had left unfinished was saved first."] if work and work.files else []

    async def sound(self) -> bool:
        """Whether the worktree is a folder with content. An agent may have deleted it."""
        return bool(await act(self.user, acts.sound, str(self.paths.tree)))

    async def _lay_out(self, tree: str) -> None:
        """Make the worktree equal to a tree that is no commit's: what differs from the commit is work."""
        await self._desk.begin()
        await self._store.run("read-tree", "--reset", "-u", tree, at=self._desk.place(desk.INDEX))
        await self._desk.end()

    async def _check_out(self, commit: str | None) -> None:
        tree = self.paths.tree
        if self.user is None:
            await act(None, acts.folder, str(tree.parent), [tree.name])
        await self._desk.begin()
        await self._desk.drop("index.lock")
        at = self._desk.place(desk.INDEX)
        if not await self._desk.has(desk.INDEX) and self._at is not None:
            await self._store.run("read-tree", self._at, at=at)
        # What is as it was keeps its times in the index, and what is not is written again: the index needs no refresh.
        target = commit or await self._store.empty_tree()
        await self._store.run("read-tree", "--reset", "-u", target, at=at)
        await self._desk.end()
        if commit is not None:
            await self._set_ref(commit)

    async def _check_whole(self) -> None:
        """Fail if nothing at all is on the disk: that is an accident, not a change."""
        if (
            self._base is not None
            and not await self.sound()
            and await self._store.tree(self._base) != await self._store.empty_tree()
        ):
            raise errors.AgentFailed(
                "The agent deleted the whole worktree; none of that was committed.",
                hint="Ask again; the worktree is created again.",
                fault=errors.Fault.TRIED,
            )
