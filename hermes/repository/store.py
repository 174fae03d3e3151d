"""The runtime's own clone: a bare repository that no agent is given a path to, and plain operations on its objects.

Commits are made with plumbing (`write-tree`, `commit-tree`, `update-ref`) on an index of the session's own: no hook runs, no HEAD moves,
and no lock file that somebody left stands in the way. Where an agent runs as our own user it could write here all the same: so what git
would obey is looked at before each run.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hermes import limits
from hermes.domain import escape
from hermes.process import process
from hermes.repository.commit_message import HERMES, Person
from hermes.repository.git import Git, GitPlace, Ran

CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n"
"""The whole configuration of our repositories."""
ATTRIBUTES = "* !working-tree-encoding\n"
"""The `info/attributes` of every repository, which counts before those of the project: files are as the project's commits have them. In
another encoding, a file that does not fit it, or an encoding that nobody knows, would keep git from adding any file at all."""
_OBEYED = ("hooks", "config.worktree", "commondir", "gitdir", "shallow", "objects/info/alternates")
_PACKS = 40
_BRANCHES = "refs/remotes/origin/"
#: Facts about commits that are cached, 200 bytes each.
_FACTS = 10_000


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit, with what is needed to rebase it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    at: str
    """Author time as git writes it: `@epoch zone`."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedTree:
    """The result of a merge that touched no worktree."""

    tree: str | None = None
    """None where the two do not fit together."""
    conflicted: str | None = None
    """Then the tree whose conflicting files hold both versions between markers; None where git could not make one."""
    paths: tuple[str, ...] = ()
    """Those files."""


class Store:
    """A bare clone under the runtime's own folder."""

    def __init__(self, *, git: Git, path: Path) -> None:
        self._git = git
        self.path = path
        self.place = GitPlace(git_dir=path)
        self.transfer = asyncio.Lock()
        """Held while refs or packs change, because sessions share the store."""
        self._preparing = asyncio.Lock()
        self._cleared = False
        self._trees: dict[str | None, str] = {}
        """Commit → tree; None → the empty tree. These facts never change, nor do those below."""
        self._within: dict[tuple[str, str], bool] = {}
        """(descendant, ancestor) → whether the history of the first has the second."""

    async def prepare(self) -> None:
        """Create the store if it is missing, and make sure that it has nothing foreign that git would obey."""
        async with self._preparing:  # a container's first commands come together, and one's lock file is no leftover
            if not (self.path / "HEAD").is_file():
                self._make()
            if not self._cleared:
                self._cleared = True
                self._clear()
            self.harden()

    def _make(self) -> None:
        """As `git init --bare` without a template; HEAD comes last, for it says that the rest is there."""
        for folder in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (self.path / folder).mkdir(parents=True, exist_ok=True)
        beside = self.path / "HEAD.new"
        beside.write_text("ref: refs/heads/main\n")
        beside.replace(self.path / "HEAD")

    def _clear(self) -> None:
        """Remove what a killed git of an earlier worker left: locks that would refuse every fetch, and partial packs."""
        for left in (
            *self.path.glob("*.lock"),
            *self.path.glob("refs/**/*.lock"),
            *self.path.glob("objects/pack/tmp_*"),
        ):
            left.unlink(missing_ok=True)

    def harden(self) -> None:
        """Restore our configuration, and remove hooks, attributes and everything that leads git elsewhere."""
        for name in _OBEYED:
            _remove(self.path / name)
        info = self.path / "info"
        if info.is_symlink() or not info.is_dir() or set(os.listdir(info)) - {"attributes"}:
            _remove(info)
            info.mkdir()
        _restore(self.path / "config", CONFIG)
        _restore(info / "attributes", ATTRIBUTES)

    async def tidy(self) -> None:
        """Repack when fetches have left many packs."""
        if len(list((self.path / "objects" / "pack").glob("*.pack"))) > _PACKS:
            await self.run("repack", "-a", "-d", "-q", seconds=limits.GIT_TRANSFER_SECONDS)

    def run(
        self,
        *args: str,
        at: GitPlace | None = None,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        seconds: float = limits.GIT_LOCAL_SECONDS,
        check: bool = True,
        network: bool = False,
        into: process.OnBytes | None = None,
    ) -> Awaitable[Ran]:
        """A run of git in this store, to be awaited at once, as `Git.run`."""
        self.harden()
        return self._git.run(
            *args, at=at or self.place, stdin=stdin, env=env, seconds=seconds, check=check, network=network, into=into
        )

    async def ref(self, name: str) -> str | None:
        """The commit of a ref."""
        ran = await self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", check=False)
        return ran.text if ran.code == 0 else None

    async def refs(self, own: str) -> tuple[dict[str, str], str | None]:
        """The remote's branches as last fetched, and the commit of one more ref, in one process."""
        found = await self._refs(_BRANCHES, own)
        at = found.pop(own, None)
        branches = {name.removeprefix(_BRANCHES): sha for name, sha in found.items() if name.startswith(_BRANCHES)}
        # What neither a fetch brought nor this process made may be half written: a machine lost its power.
        known = at is None or at in self._trees or at in branches.values()
        return branches, at if known else await self.ref(own)

    async def branches(self, *, containing: str | None = None) -> dict[str, str]:
        """The remote's branches as last fetched; with `containing`, those whose history holds the commit."""
        only = (f"--contains={containing}",) if containing is not None else ()
        found = await self._refs(*only, _BRANCHES)
        return {name.removeprefix(_BRANCHES): sha for name, sha in found.items()}

    async def _refs(self, *which: str) -> dict[str, str]:
        ran = await self.run("for-each-ref", "--format=%(objectname) %(refname)", *which)
        return {name: sha for sha, _, name in (line.partition(" ") for line in ran.lines) if name}

    async def empty_tree(self) -> str:
        """The tree without files."""
        return await self.tree(None)

    async def tree(self, commit: str | None) -> str:
        """The tree of a commit; the empty one for none."""
        if (known := self._trees.get(commit)) is not None:
            return known
        asked = ("rev-parse", f"{commit}^{{tree}}") if commit else ("mktree",)
        return self._note(commit, (await self.run(*asked)).text)

    def _note(self, commit: str | None, tree: str, parents: Sequence[str] = ()) -> str:
        if len(self._trees) > _FACTS or len(self._within) > _FACTS:
            self._trees.clear()
            self._within.clear()
        self._trees[commit] = tree
        if commit is not None:
            self._within.update({(commit, parent): True for parent in parents})
        return tree

    def known_to_contain(self, descendant: str | None, ancestor: str) -> bool:
        """As `contains`, as far as the cache knows: True only if it is known."""
        return descendant == ancestor or (descendant is not None and self._within.get((descendant, ancestor), False))

    async def contains(self, descendant: str | None, ancestor: str) -> bool:
        """Whether the history of `descendant` has `ancestor`."""
        if descendant is None or self.known_to_contain(descendant, ancestor):
            return descendant is not None
        if (known := self._within.get((descendant, ancestor))) is not None:
            return known
        code = (await self.run("merge-base", "--is-ancestor", ancestor, descendant, check=False)).code
        if code in (0, 1):  # else one of them is not there
            self._within[descendant, ancestor] = code == 0
        return code == 0

    async def commit(
        self, *, tree: str, parents: tuple[str, ...], message: str, author: Person, at: str | None = None
    ) -> str:
        """Make a commit; Hermes is the committer."""
        env = {
            "GIT_AUTHOR_NAME": author.name,
            "GIT_AUTHOR_EMAIL": author.address,
            "GIT_COMMITTER_NAME": HERMES.name,
            "GIT_COMMITTER_EMAIL": HERMES.address,
        }
        if at:
            env["GIT_AUTHOR_DATE"] = at
        args = [word for parent in parents for word in ("-p", parent)]
        ran = await self.run("commit-tree", tree, *args, "-F", "-", env=env, stdin=escape.encoded(message))
        self._note(ran.text, tree, parents)
        return ran.text

    async def commits(
        self,
        base: str | None,
        head: str,
        *,
        at: GitPlace | None = None,
        most: int = limits.COMMITS_KEPT + 1,
        first_parent: bool = False,
    ) -> list[Commit]:
        """The commits of `head` that `base` lacks, oldest first. `first_parent`: only those that were made on this branch."""
        span = f"{base}..{head}" if base else head
        ran = await self.run(
            "log",
            "--topo-order",
            *(("--first-parent",) if first_parent else ()),
            f"--max-count={most}",
            "-z",
            "--format=%H%n%T%n%P%n%an%n%ae%n%ad%n%B",
            "--date=raw",
            span,
            at=at,
        )
        found = []
        for entry in escape.decoded(ran.out).split("\0"):
            fields = entry.lstrip("\n").split("\n", 6)
            if len(fields) == 7:
                sha, tree, parents, name, address, when, message = fields
                found.append(Commit(sha, tree, tuple(parents.split()), Person.of(name, address), f"@{when}", message))
        return found[::-1]

    async def rebase(self, base: str | None, head: str, onto: str) -> str | None:
        """The commits after `base` rebased onto `onto`; None if there is a conflict."""
        tip = onto
        for commit in await self.commits(base, head):
            if len(commit.parents) > 1:
                return None
            tree = await self._picked(commit, tip)
            if tree is None:
                return None
            if tree != await self.tree(tip):
                tip = await self.commit(
                    tree=tree, parents=(tip,), message=commit.message, author=commit.author, at=commit.at
                )
        return tip

    async def _picked(self, commit: Commit, onto: str) -> str | None:
        """The tree of a commit's change applied to `onto`.

        `merge-tree` takes the merge base from history, and before git 2.40 cannot be told another: so it is given stand-ins
        for both sides, whose common ancestor is the commit's parent.
        """
        return await self.changed(onto, since=commit.parents[0] if commit.parents else None, to=commit.sha)

    async def changed(self, onto: str, *, since: str | None, to: str | None) -> str | None:
        """The tree of `onto` with what differs between two commits (None: the empty tree); None if there is a conflict."""
        root = await self.commit(tree=await self.tree(since), parents=(), message="base", author=HERMES)
        ours = await self.commit(tree=await self.tree(onto), parents=(root,), message="onto", author=HERMES)
        theirs = await self.commit(tree=await self.tree(to), parents=(root,), message="picked", author=HERMES)
        return (await self.merged(ours, theirs)).tree

    async def merged(self, ours: str, theirs: str) -> MergedTree:
        """The tree of a merge of two commits, or where they do not fit together."""
        ran = await self.run(
            "merge-tree", "--write-tree", "--no-messages", "--name-only", "-z", ours, theirs, check=False
        )
        fields = ran.fields
        if ran.code == 0 and fields:
            return MergedTree(tree=fields[0])
        if ran.code == 1 and len(fields) > 1:
            return MergedTree(conflicted=fields[0], paths=tuple(dict.fromkeys(path for path in fields[1:] if path)))
        return MergedTree()

    async def each_change(self, shas: Sequence[str]) -> list[list[str]]:
        """The changes of each commit, in order, as the fields of `--raw -z`; of a merge, what differs from all that it merges."""
        listed = "".join(f"{sha}\n" for sha in shas).encode()
        how = ("diff-tree", "--stdin", "-r", "-c", "--root", "--raw", "-z", "--no-abbrev", "--no-renames")
        found: list[list[str]] = []
        fields = iter((await self.run(*how, stdin=listed)).fields)
        for field in fields:
            if field.startswith(":"):
                found[-1] += (field, next(fields))
            else:
                found.append([])  # the commit's id
        return found

    async def compare(self, base: str | None, head: str) -> tuple[list[str], str]:
        """The paths that differ between two commits, and how much does, in git's short words, for people."""
        how = ("--raw", "-z", "-M", "--stat=76,50,20", "--no-color", "--no-ext-diff", "--no-textconv")
        ran = await self.run("diff-tree", "-r", *how, base or await self.empty_tree(), head)
        paths, rest = [], ran.out
        while rest.startswith(b":"):
            entry, path, rest = rest.split(b"\0", 2)
            paths.append(path)
            if entry.split()[-1].startswith(b"R"):  # the old name, and the new one
                path, _, rest = rest.partition(b"\0")
                paths.append(path)
        return [escape.decoded(path) for path in sorted(paths)], escape.text(escape.decoded(rest).strip("\n").rstrip())

    async def fork_point(self, one: str, other: str) -> str | None:
        """The newest commit that two commits have in common; None if there is none."""
        found = await self.run("merge-base", one, other, check=False)
        return found.text.strip() or None

    async def archive(self, commit: str, folder: str, path: Path, *, most: int) -> bool:
        """Write the files of a commit's folder (`.` for all) as a tar file; False if there is none, or more than `most` bytes of it."""
        tree = commit if folder == "." else f"{commit}:{folder}"
        written = 0
        with path.open("wb") as file:

            def take(piece: bytes) -> None:
                nonlocal written
                written += len(piece)
                if written <= most:
                    file.write(piece)

            found = await self.run("archive", "--format=tar", tree, check=False, into=take)
        return found.code == 0 and written <= most

    async def diff(self, base: str | None, head: str, *, most: int) -> bytes:
        """The change line by line, as `git diff` writes it; empty if it has more than `most` bytes."""
        written = bytearray()

        def take(piece: bytes) -> None:
            if len(written) <= most:
                written.extend(piece)

        start = base or await self.empty_tree()
        await self.run("diff", "--no-color", "--no-ext-diff", "--no-textconv", start, head, into=take)
        return bytes(written) if len(written) <= most else b""

    async def pack(self, reading: GitPlace, wanted: str, base: str | None, prefix: Path) -> str | None:
        """Pack a commit or tree without what `base` has, where `reading` finds them; the pack's name after the prefix.

        None where there is nothing to pack. Only objects are read there: no configuration, no hooks, no refs. Raises `errors.StepFailed`.
        """
        stdin = f"{wanted}\n" + (f"^{base}\n" if base else "")
        ran = await self.run("pack-objects", "--revs", "--quiet", str(prefix), at=reading, stdin=stdin.encode())
        return f"-{ran.text}.pack" if ran.text else None

    async def take(self, pack: Path, *, strict: bool) -> None:
        """Move a pack into the clone once its objects are checked; `strict`: by git's strictest rules, as for a stranger's commits.

        Raises `errors.StepFailed` for broken or malicious ones.
        """
        await self.run("index-pack", *(("--strict",) if strict else ()), str(pack))
        folder = self.path / "objects" / "pack"
        folder.mkdir(parents=True, exist_ok=True)
        async with self.transfer:
            for part in (pack, pack.with_suffix(".idx")):
                shutil.move(part, folder / part.name)

    async def knows(self, sha: str) -> bool:
        """Whether the clone has the object."""
        return (await self.run("cat-file", "-e", sha, check=False)).code == 0


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path, ignore_errors=True)


def _restore(path: Path, text: str) -> None:
    """Make a file what it has to be; at once, because another session's git may be reading it."""
    if path.is_symlink() or not path.is_file() or path.read_text(errors="replace") != text:
        beside = path.with_name(f"{path.name}.new")
        _remove(beside)
        beside.write_text(text)
        beside.replace(path)
