"""Makes a tree of a worktree: everything that an agent left there, except what must not be committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hermes import errors
from hermes.domain import escape
from hermes.process import acts
from hermes.process.user import act
from hermes.repository import commit_filters, droppings
from hermes.repository.commit_filters import Screening, TreeChange
from hermes.repository.desk import INDEX, Desk
from hermes.repository.git import GitPlace, Ran
from hermes.repository.store import Store

_COPY, _INNER, _IGNORED = "index.save", "index.inner", "ignored"


@dataclass(frozen=True, slots=True)
class Captured:
    """The captured worktree."""

    tree: str | None
    """None: the base's tree."""
    left_out: tuple[str, ...]
    """Files that are not in the tree, each with the reason."""


class Capture:
    """Captures with a copy of the session's index, which replaces the index once the tree is written."""

    def __init__(self, *, store: Store, screening: Screening, tree: Path, desk: Desk) -> None:
        self._store = store
        self.screening = screening
        self._tree = tree
        self._desk = desk

    async def take(self, base: str | None) -> Captured:
        """Capture the worktree. Raises `errors.StepFailed`."""
        await self._desk.write(_IGNORED, droppings.IGNORED)
        await self._desk.drop(f"{_COPY}.lock", _COPY)
        at = self._desk.place(_COPY)
        if await self._desk.has(INDEX):
            await self._desk.copy(INDEX, _COPY)
        elif base is not None:
            await self._store.run("read-tree", base, at=at)
        not_added = await self._add(at)
        changes = await self._changes(base, at)
        moved = {entry.path: f"{escape.name(entry.path)} is a submodule; it keeps its commit"
                 for entry in changes if entry.moved and not entry.gone}  # fmt: skip
        inside = [entry.path for entry in changes if entry.gitlink]
        for path in inside:  # repositories that the agent made: their files are what counts
            await self._take_in(path, at)
        if inside:
            changes = await self._changes(base, at)
        refused = {**await self.screening.objections([changes], at), **moved}
        not_added += await self._in_submodules(at, tuple(moved))
        await self._put_back([entry for entry in changes if entry.path in refused], at)
        differs = any(entry.path not in refused for entry in changes)
        tree = (await self._store.run("write-tree", at=at)).text if differs else None
        await self._desk.move(_COPY, INDEX)
        await self._desk.end()
        if tree is not None:
            await self._desk.keep(tree, base)
        return Captured(tree, (*refused.values(), *not_added))

    async def _add(self, at: GitPlace) -> list[str]:
        """Add everything; what git could not add is returned in words, and repositories without a commit are taken in by their files."""
        ran = await self._git("add", "--all", "--ignore-errors", "--", ".", at=at)
        if ran.code == 0:
            return []
        # By what is left, not by git's words: a name in them may hold quotes, line feeds and bytes of any kind.
        listed = await self._git("ls-files", "--others", "--exclude-standard", "-z", at=at)
        nested = [path.rstrip("/") for path in listed.fields if path.endswith("/")]
        if ran.code != 1:  # 1: something could not be added; all else was
            spec = b"\0".join([b".", *(escape.encoded(f":(exclude,top,literal){path}") for path in nested)])
            adding = ("add", "--all", "--ignore-errors", "--pathspec-from-file=-", "--pathspec-file-nul")
            ran = await self._git(*adding, at=at, stdin=spec)
        if ran.code not in (0, 1):
            said = ran.err.strip().splitlines() or ["git add failed"]
            raise errors.StepFailed(f"The work could not be committed: {said[-1]}")
        for path in nested:
            await self._take_in(path, at)
        return [f"{escape.name(path)} could not be read or has a name that git refuses"
                for path in listed.fields if not path.endswith("/")]  # fmt: skip

    async def _changes(self, base: str | None, at: GitPlace) -> list[TreeChange]:
        against = base or await self._store.empty_tree()
        ran = await self._store.run("diff-index", "--cached", "--raw", "-z", "--no-renames", against, at=at)
        return commit_filters.entries(ran.fields)

    async def _in_submodules(self, at: GitPlace, known: Sequence[str]) -> list[str]:
        """Submodules that an agent wrote files into, in words: they are not the project's to commit."""
        if not await act(self._desk.user, acts.has_file, str(self._tree), [".gitmodules"]):
            return []
        listed = await self._git("ls-files", "--stage", "-z", at=at)
        paths = [
            path for entry, _, path in (field.partition("\t") for field in listed.fields) if entry.startswith("160000")
        ]
        return [
            f"what is in {escape.name(path)}, which is a submodule with a repository of its own"
            for path in paths
            if path not in known and await act(self._desk.user, acts.has_content, str(self._tree), path.split("/"))
        ]

    async def _put_back(self, entries: list[TreeChange], at: GitPlace) -> None:
        """Restore the index entries of these files, or remove those of new files."""
        lines = [f"{e.old_mode} {e.old_sha}\t{e.path}\0" if not e.new else _away(e.path, e.old_sha) for e in entries]
        if lines:
            stdin = escape.encoded("".join(lines))
            await self._store.run("update-index", "-z", "--index-info", at=at, stdin=stdin)

    async def _take_in(self, path: str, at: GitPlace) -> None:
        """A repository made inside the worktree would be committed as a bare link and its files lost: commit its files."""
        await self._desk.drop(_INNER)
        inside = self._desk.place(_INNER, work_tree=self._tree / path)
        await self._git("add", "--all", "--ignore-errors", "--", ".", at=inside)
        tree = (await self._store.run("write-tree", at=inside)).text
        away = escape.encoded(_away(path, "0" * len(tree)))
        await self._store.run("update-index", "-z", "--index-info", at=at, stdin=away)
        await self._store.run("read-tree", f"--prefix={path}/", tree, at=at)
        await self._desk.drop(_INNER)

    async def _git(self, *args: str, at: GitPlace, stdin: bytes = b"") -> Ran:
        """Run git without the files that agents leave for themselves."""
        leaving_out = ("-c", f"core.excludesFile={self._desk.folder / _IGNORED}")
        return await self._store.run(*leaving_out, *args, at=at, stdin=stdin, check=False)


def _away(path: str, sha: str) -> str:
    return f"0 {'0' * len(sha)}\t{path}\0"
