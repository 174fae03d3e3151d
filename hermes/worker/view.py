"""The `.git` that an agent sees in its worktree: a repository of its own, made anew for each command and never obeyed by us.

It has the branch, its history and the remote's branches to read, but no remote to push to. What the agent commits there is read
back as objects alone (`Store.adopt`); what it writes into configuration and hooks is thrown away with the folder.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path

from hermes import errors, limits
from hermes.domain import escape
from hermes.worker import droppings
from hermes.worker.git import Place
from hermes.worker.message import Person
from hermes.worker.store import Commit, Store

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_BRANCH = re.compile(r"refs/heads/[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*\Z")
_READ_BYTES = 1024 * 1024

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


class View:
    """The agent's own repository in one worktree."""

    def __init__(self, *, store: Store, tree: Path) -> None:
        self._store = store
        self._tree = tree
        self._git_dir = tree / ".git"

    async def rebuild(self, *, branch: str, base: str | None, author: Person, index: Path) -> None:
        """Make it anew; `index` fits the worktree as it is.

        Beside the index, in a folder of ours, and then moved: in the worktree another could put a link in its place meanwhile.
        """
        folder = index.with_name("view")
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "refs" / "heads").mkdir(parents=True)
        (folder / "info").mkdir()
        (folder / "info" / "exclude").write_bytes(droppings.IGNORED)
        async with self._store.transfer:  # packs must not be joined meanwhile
            _link(self._store.path / "objects", folder / "objects")
        config = _CONFIG.format(name=_quoted(author.name), address=_quoted(author.address))
        (folder / "config").write_bytes(escape.encoded(config))
        refs = {f"refs/remotes/origin/{name}": sha for name, sha in (await self._store.branches()).items()}
        if base is not None:
            refs[f"refs/heads/{branch}"] = base
        (folder / "packed-refs").write_bytes(_packed(refs))
        if index.exists():
            shutil.copyfile(index, folder / "index")
        (folder / "HEAD").write_bytes(escape.encoded(f"ref: refs/heads/{branch}\n"))
        self._remove()
        folder.rename(self._git_dir)

    async def own_commits(self, base: str | None, scratch: Path) -> list[Commit]:
        """What the agent committed itself on top of `base`, if that is a plain line of commits; its files count in any case."""
        head = self._head()
        if head is None or head == base:
            return []
        objects = self._git_dir / "objects"
        if not _real_folder(objects):
            return []
        reading = Place(git_dir=self._store.path, alternates=objects)
        try:
            await self._store.run("cat-file", "-e", f"{head}^{{commit}}", at=reading)
            if base is not None:
                await self._store.run("merge-base", "--is-ancestor", base, head, at=reading)
            found = await self._store.commits(base, head, at=reading)
            if len(found) > limits.COMMITS_KEPT or not _a_line(found, base):
                return []
            await self._store.adopt(objects, head, base, scratch)
        except errors.StepFailed:
            return []  # broken objects, or a history that does not build on ours: the files on disk are what counts
        return found

    def _remove(self) -> None:
        if self._git_dir.is_symlink() or self._git_dir.is_file():
            self._git_dir.unlink()
        elif self._git_dir.exists():
            shutil.rmtree(self._git_dir)

    def _head(self) -> str | None:
        if not _real_folder(self._git_dir):
            return None
        text = _read(self._git_dir / "HEAD").strip()
        if not text.startswith("ref: "):
            return text if _SHA.match(text) else None
        name = text.removeprefix("ref: ").strip()
        if not _BRANCH.match(name) or ".." in name:
            return None
        loose = _read(self._git_dir / name).strip()
        if _SHA.match(loose):
            return loose
        for line in _read(self._git_dir / "packed-refs").splitlines():
            sha, _, ref = line.partition(" ")
            if ref == name and _SHA.match(sha):
                return sha
        return None


def _packed(refs: dict[str, str]) -> bytes:
    """Sorted as git sorts, by bytes. A branch whose name is no UTF-8 is left out: programs read this file as text."""
    lines = [
        b"%s %s\n" % (sha.encode(), name)
        for name, sha in sorted((escape.encoded(name), sha) for name, sha in refs.items())
        if name.decode("utf-8", "ignore").encode() == name
    ]
    return _PACKED_HEADER + b"".join(lines)


def _a_line(commits: list[Commit], base: str | None) -> bool:
    expected: tuple[str, ...] = (base,) if base else ()
    for commit in commits:
        if commit.parents != expected:
            return False
        expected = (commit.sha,)
    return True


def _real_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _read(path: Path) -> str:
    """A small file that the agent may have replaced: no links, no pipes, bounded."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return ""
        return file.read(_READ_BYTES).decode("utf-8", "replace")


def _link(source: Path, target: Path) -> None:
    """Objects never change: a second name for each costs nothing, and the agent's `git gc` only drops its own names."""
    for folder, _folders, files in os.walk(source):
        here = target / Path(folder).relative_to(source)
        here.mkdir(parents=True, exist_ok=True)
        for name in files:
            if name.startswith("tmp_") or (Path(folder).name == "info" and name == "alternates"):
                continue
            try:
                os.link(Path(folder) / name, here / name)
            except OSError:
                shutil.copy2(Path(folder) / name, here / name)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
