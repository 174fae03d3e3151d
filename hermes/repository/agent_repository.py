"""The `.git` that an agent sees in its worktree: a separate repository, new for each command and never obeyed by us.

It has the branch, its history and the remote's branches to read, but no remote to push to. What the agent commits there is read
back as objects alone (`Desk.keep`); what it writes into configuration and hooks is thrown away with the folder.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from hermes import errors, limits
from hermes.domain import escape
from hermes.process import acts
from hermes.process.user import act
from hermes.repository import desk, droppings
from hermes.repository.commit_message import Person
from hermes.repository.desk import Desk
from hermes.repository.store import ATTRIBUTES, Commit, Store

#: All of what git itself writes there: GitPython, on which aider is built, opens no repository whose header lacks "peeled". It is true of
#: these refs, which name commits.
_PACKED_HEADER = b"# pack-refs with: peeled fully-peeled sorted \n"

_CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
[user]
\tname = {name}
\temail = {address}
[commit]
\tgpgSign = false
[gc]
\tauto = 0
"""


class AgentRepository:
    """The agent's own repository in one worktree."""

    def __init__(self, *, store: Store, tree: Path, desk: Desk) -> None:
        self._store = store
        self._tree = tree
        self._desk = desk

    async def rebuild(self, *, branch: str, base: str | None, branches: Mapping[str, str], author: Person) -> None:
        """Make it anew, with the remote's `branches`; the desk's index fits the worktree as it is.

        It is made in the worker's folder and then moved, since a link could be put in its place in the worktree meanwhile.
        """
        index, another = self._desk.index, self._desk.user is not None
        folder = (self._tree if another else index).with_name("view")
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "refs" / "heads").mkdir(parents=True)
        (folder / "info").mkdir()
        (folder / "info" / "exclude").write_bytes(droppings.IGNORED)
        (folder / "info" / "attributes").write_text(ATTRIBUTES)
        if another:  # only its owner gives a file a second name: the desk has one of each object, to be read
            for name in ("info", "pack"):
                (folder / "objects" / name).mkdir(parents=True)
            (folder / "objects" / "info" / "alternates").write_text(f"{self._desk.objects}\n")
        else:
            async with self._store.transfer:  # packs must not be joined meanwhile
                desk.link_objects(self._store.path / "objects", folder / "objects")
        config = _CONFIG.format(name=_quoted(author.name), address=_quoted(author.address))
        (folder / "config").write_bytes(escape.encoded(config))
        refs = {f"refs/remotes/origin/{name}": sha for name, sha in branches.items()}
        if base is not None:
            refs[f"refs/heads/{branch}"] = base
        (folder / "packed-refs").write_bytes(_packed(refs))
        if index.exists():
            shutil.copyfile(index, folder / "index")
            changed_ns = index.stat().st_mtime_ns  # by it git knows what may have changed in the second of its writing
            os.utime(folder / "index", ns=(changed_ns, changed_ns))
        (folder / "HEAD").write_bytes(escape.encoded(f"ref: refs/heads/{branch}\n"))
        if another:
            await act(self._desk.user, acts.copy_folder, str(folder), str(self._tree), ".git")
            shutil.rmtree(folder)
        else:
            await act(None, acts.remove, str(self._tree), ".git")
            folder.rename(self._tree / ".git")

    async def own_commits(self, base: str | None) -> list[Commit]:
        """What the agent committed itself on top of `base`, if that is a plain line of commits; its files count in any case."""
        user = self._desk.user
        head = await act(user, acts.head, str(self._tree))
        if head is None or self._store.known_to_contain(base, head):
            return []  # as we set it up, for this command or for the one before
        if not await act(user, acts.has_folder, str(self._tree), [".git", "objects"]):
            return []
        objects = self._tree / ".git" / "objects"
        reading = self._desk.place(alternates=objects)
        try:
            found = await self._store.commits(base, head, at=reading, first_parent=True)
            if not found or len(found) > limits.COMMITS_KEPT or not await self._a_line(found, base):
                return []
            await self._desk.keep(head, base, alternates=objects)
        except errors.StepFailed:
            return []  # broken objects, or a history that does not build on ours: the files on disk are what counts
        return found

    async def _a_line(self, commits: list[Commit], base: str | None) -> bool:
        """Each built on the one before, the first on `base` itself; what they merge is on the remote already."""
        expected: tuple[str, ...] = (base,) if base else ()
        for commit in commits:
            if commit.parents[:1] != expected:
                return False
            for merged in commit.parents[1:]:
                if not await self._store.knows(merged) or not await self._store.branches(containing=merged):
                    return False
            expected = (commit.sha,)
        return True


def _packed(refs: dict[str, str]) -> bytes:
    """Sorted as git sorts, by bytes. A branch whose name is no UTF-8 is left out: programs read this file as text."""
    lines = [
        b"%s %s\n" % (sha.encode(), name)
        for name, sha in sorted((escape.encoded(name), sha) for name, sha in refs.items())
        if name.decode("utf-8", "ignore").encode() == name
    ]
    return _PACKED_HEADER + b"".join(lines)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
