"""Where git works among the files of one session, as the session's user: with an index and new objects that are that user's.

What git would obey is out of every agent's reach. As the worker itself it is the clone. As another user it is a folder beside the agent's
that only the worker can write, with a second name for each object of the clone:

    sessions/<session>/git   the worker's, to be read: an empty repository's configuration, and objects
    sessions/<session>/own   the session's user's: index, and the objects that git makes

The index is kept in `runtime` between, and what lies in `own` is made anew before each use, when nobody of that user runs: so an agent
cannot have prepared any of it. Of what git makes there the objects alone come back, as a pack that is checked as one from a stranger.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hermes import errors
from hermes.process import acts, user
from hermes.process.user import User
from hermes.repository.git import GitPlace
from hermes.repository.store import CONFIG, Store

INDEX = "index"
_KEPT_BYTES = 1024 * 1024 * 1024


class Desk:
    """The desk of one session; `user` is None where the worker itself works at it."""

    def __init__(self, *, store: Store, tree: Path, runtime: Path) -> None:
        """`runtime` is the worker's own folder of this session."""
        self._store = store
        self._tree = tree
        self._runtime = runtime
        self.user: User | None = None

    @property
    def folder(self) -> Path:
        """Where index and scratch files are."""
        return self._tree.with_name("own") if self.user is not None else self._runtime

    @property
    def index(self) -> Path:
        """The index as it is kept."""
        return self._runtime / INDEX

    @property
    def objects(self) -> Path:
        """All objects of the clone, for the agent to read."""
        return self._git_dir / "objects"

    @property
    def _git_dir(self) -> Path:
        return self._tree.with_name("git") if self.user is not None else self._store.path

    def place(
        self, index: str | None = None, *, work_tree: Path | None = None, alternates: Path | None = None
    ) -> GitPlace:
        """The place of a run of git; with the name of an index, on the worktree or a part of it."""
        return GitPlace(
            git_dir=self._git_dir,
            work_tree=(work_tree or self._tree) if index is not None else None,
            index=self.folder / index if index is not None else None,
            alternates=alternates,
            objects=self.folder / "objects" if self.user is not None else None,
            user=self.user,
        )

    async def begin(self) -> None:
        """Prepare everything; no other process of the user runs meanwhile."""
        if self.user is None:
            return
        async with self._store.transfer:  # packs must not be joined meanwhile
            self._mirror()
        await user.act(self.user, acts.empty, str(self.folder))
        await user.act(self.user, acts.folder, str(self.folder), ["objects", "info"])
        if self.index.exists():
            with self.index.open("rb") as kept:
                await user.act(self.user, acts.write, str(self.folder), [INDEX], 0o600, files=[kept])

    async def end(self) -> None:
        """Keep the index; nothing else of the user's ran since the beginning."""
        if self.user is None:
            return
        beside = self.index.with_name("index.new")
        with beside.open("wb") as file:
            changed_ns = await user.act(self.user, acts.read, str(self.folder), [INDEX], _KEPT_BYTES, files=[file])
        if changed_ns is not None:
            os.utime(beside, ns=(changed_ns, changed_ns))
            beside.replace(self.index)

    async def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return bool(await user.act(self.user, acts.has_file, str(self.folder), [name]))

    async def write(self, name: str, data: bytes) -> None:
        """A new file of this name."""
        await user.write(self.user, self.folder, name, data, mode=0o600)

    async def drop(self, *names: str) -> None:
        """Delete files, if they exist."""
        for name in names:
            await user.act(self.user, acts.remove, str(self.folder), name)

    async def move(self, name: str, to: str) -> None:
        """Replace a file by another."""
        await user.act(self.user, acts.move, str(self.folder), name, to)

    async def copy(self, name: str, to: str) -> None:
        """The same file under another name."""
        await user.act(self.user, acts.copy, str(self.folder), name, to)

    async def keep(self, wanted: str, base: str | None, *, alternates: Path | None = None) -> None:
        """Bring a tree or commit, and all of it that `base` has not, into the clone; with `alternates`, from there, as a stranger's.

        Raises `errors.StepFailed` for what is broken or malicious.
        """
        strict = alternates is not None
        if self.user is None and not strict:
            return
        scratch = self._runtime / "adopt"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        try:
            made = self.folder if self.user is not None else scratch
            name = await self._store.pack(self.place(alternates=alternates), wanted, base, made / "pack")
            if name is None:
                if not strict and await self._store.knows(wanted):
                    return
                raise errors.StepFailed("git made no pack of the agent's work.")
            pack = scratch / f"pack{name}"
            if self.user is not None:
                with pack.open("wb") as file:
                    await user.act(self.user, acts.read, str(made), [pack.name], _KEPT_BYTES, files=[file])
            await self._store.take(pack, strict=strict)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _mirror(self) -> None:
        folder = self._git_dir
        shutil.rmtree(folder, ignore_errors=True)
        for inner in (folder, folder / "refs", folder / "objects"):
            inner.mkdir()
            inner.chmod(0o755)
        for name, text in (("HEAD", "ref: refs/heads/none\n"), ("config", CONFIG)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o644)
        link_objects(self._store.path / "objects", folder / "objects")


def link_objects(source: Path, target: Path) -> None:
    """Objects never change: a second name for each costs nothing, and the agent's `git gc` only drops its own names."""
    for folder, _folders, files in os.walk(source):
        here = target / Path(folder).relative_to(source)
        here.mkdir(parents=True, exist_ok=True)
        here.chmod(0o755)
        for name in files:
            if name.startswith("tmp_") or (Path(folder).name == "info" and name == "alternates"):
                continue
            try:
                os.link(Path(folder) / name, here / name)
            except OSError:
                shutil.copy2(Path(folder) / name, here / name)
