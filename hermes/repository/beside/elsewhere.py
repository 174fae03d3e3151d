"""Finds work that an agent committed where nobody looks: on another branch, under a tag, in a stash or a worktree of its own.

The session's branch gets what the files on disk are. What lies elsewhere goes to a side branch, which the reply names; nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hermes import errors, limits
from hermes.process import acts
from hermes.process.user import act
from hermes.repository import commit_filters
from hermes.repository.beside import agent_refs
from hermes.repository.commit_filters import Screening
from hermes.repository.desk import Desk
from hermes.repository.git import GitPlace
from hermes.repository.pusher import Pusher
from hermes.repository.store import Store

#: Places that are kept for one command; an agent may make any number.
_MOST: Final = 5
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9]+")
_SHA: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


@dataclass(frozen=True, slots=True)
class WorkElsewhere:
    """One commit that is not on the session's branch."""

    place: str
    """As a person who uses git names it: `branch mine`, `tag v1`, `stash`, `worktree try`."""
    sha: str
    refused: str = ""
    """Why it is not pushed, in words."""


class StrayWorkFinder:
    """Looks through the refs of one agent's repository."""

    def __init__(self, *, store: Store, desk: Desk, tree: Path, screening: Screening) -> None:
        self._store = store
        self._desk = desk
        self._tree = tree
        self._screening = screening

    async def find(self, base: str | None) -> list[WorkElsewhere]:
        """What is there, brought into the clone."""
        named: Mapping[str, str] = await act(self._desk.user, agent_refs.refs, str(self._tree))
        head = await act(self._desk.user, acts.head, str(self._tree))
        found: dict[str, str] = {}
        for name, sha in sorted(named.items()):
            place = _place(name)
            if place and _SHA.match(sha) and sha not in (base, head):
                found.setdefault(sha, place)
        works: list[WorkElsewhere] = []
        for sha, place in found.items():
            if len(works) < _MOST and not await self._store.knows(sha) and not await self._within(sha, head):
                works.append(await self._take(sha, place, base))
        return works

    async def _within(self, sha: str, head: str | None) -> bool:
        """Whether the agent's own branch has it too."""
        if head is None:
            return False
        ran = await self._store.run("merge-base", "--is-ancestor", sha, head, at=self._reading, check=False)
        return ran.code == 0

    async def _take(self, sha: str, place: str, base: str | None) -> WorkElsewhere:
        try:
            commits = await self._store.commits(base, sha, at=self._reading)
            if not commits or len(commits) > limits.COMMITS_KEPT:
                return WorkElsewhere(place, sha, "it has too many commits, or none")
            await self._desk.keep(sha, base, alternates=self._tree / ".git" / "objects")
            changes = await self._store.each_change([commit.sha for commit in commits])
            refused = await self._screening.objections(
                [commit_filters.entries(fields) for fields in changes], self._store.place
            )
        except errors.StepFailed:
            return WorkElsewhere(place, sha, "it cannot be read")
        return WorkElsewhere(place, sha, "; ".join(refused.values()))

    @property
    def _reading(self) -> GitPlace:
        return self._desk.place(alternates=self._tree / ".git" / "objects")


async def push(works: list[WorkElsewhere], pusher: Pusher) -> list[str]:
    """Push each to a side branch; returns words for a person. Raises `errors.RepositoryUnavailable`."""
    said = []
    for work in works:
        if work.refused:
            said.append(f"The agent also left work in its {work.place}, which is not kept: {work.refused}.")
            continue
        label = _UNSAFE.sub("-", work.place).strip("-").lower()[:40]
        try:
            landed = await pusher.aside(work.sha, label)
        except errors.PushRejected as error:
            said.append(f"The agent also left work in its {work.place}. {error.message}")
        else:
            said.append(f"The agent also left work in its {work.place}; it is on the branch {landed.branch}.")
    return said


def _place(ref: str) -> str:
    kinds = {"refs/heads/": "branch", "refs/tags/": "tag", "worktrees/": "worktree"}
    if ref == "refs/stash":
        return "stash"
    return next((f"{kind} {ref.removeprefix(begin)}" for begin, kind in kinds.items() if ref.startswith(begin)), "")
