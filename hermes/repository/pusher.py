"""Pushes commits to the session's branch, else to a side branch; if both fail, the error says where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hermes import errors
from hermes.repository.beside import side_branches
from hermes.repository.remote import PushAnswer, Remote
from hermes.repository.store import Store

_TURNS = 3


@dataclass(frozen=True, slots=True)
class PushedCommit:
    """Where commits were pushed, verified."""

    sha: str
    branch: str
    note: str = ""
    """What was unusual, in words for a person."""
    rejected: str = ""
    """The remote's words if it refused the session's branch."""


class Pusher:
    """Pushes one session's commits without ever forcing."""

    def __init__(self, *, store: Store, remote: Remote, branch: str) -> None:
        self._store = store
        self._remote = remote
        self._home = branch
        self.branch = branch
        """Where the work goes: the session's branch, or the one beside it that has its newest work."""

    async def land(self, base: str | None, head: str) -> PushedCommit:
        """Push `head`; if the branch has moved, first rebase the commits after `base` onto it.

        Raises `errors.PushRejected` if the remote takes them nowhere, `errors.RepositoryUnavailable` if it does not answer.
        """
        tip, note = head, ""
        for _turn in range(_TURNS):
            pushed = await self._remote.push(tip, self.branch)
            if pushed.answer is PushAnswer.TAKEN:
                return PushedCommit(tip, self.branch, note)
            if pushed.answer is PushAnswer.REJECTED:
                return await self._aside(tip, pushed.words)
            async with self._store.transfer:
                await self._remote.fetch()
            there = (await self._store.branches()).get(self.branch)
            if there is None:
                continue  # the branch was deleted meanwhile: the next push creates it again
            fitted = await self._store.rebase(base, head, there)
            if fitted is None:
                return await self._beside(head)
            tip, note = (
                fitted,
                f"Somebody else had pushed to {self.branch} meanwhile; this work was put on top of theirs.",
            )
        return await self._beside(head)

    async def aside(self, head: str, label: str) -> PushedCommit:
        """Push to a side branch and leave the session's branch alone."""
        side = side_branches.aside(self._home, label, head, await self._store.branches())
        pushed = await self._remote.push(head, side)
        if pushed.answer is not PushAnswer.TAKEN:
            raise errors.PushRejected(f"The repository did not accept {side} ({pushed.words}).")
        return PushedCommit(head, side)

    async def settle(self, branches: Mapping[str, str]) -> str | None:
        """Choose where the work goes, by the remote's branches; returns the newest work of the session, if that is on a side branch."""
        self.branch = self._home
        side = await side_branches.newest(self._store, self._home, branches)
        if side is not None:
            self.branch = side.branch
        elif side_branches.collides(self._home, branches):
            self.branch = side_branches.beside(self._home, branches)
        return side.sha if side is not None else None

    async def _beside(self, head: str) -> PushedCommit:
        """The first free `{branch}-{n}`: the work conflicts with what somebody else pushed."""
        for _turn in range(_TURNS):
            taken = (await self._remote.heads()).branches
            side = side_branches.beside(self._home, taken)
            pushed = await self._remote.push(head, side)
            if pushed.answer is PushAnswer.TAKEN:
                words = f"Somebody else changed the same places on {self.branch} meanwhile, so this work is on the branch {side}."
                return PushedCommit(head, side, f"{words} Merge it by hand, or ask Hermes to.")
            if pushed.answer is PushAnswer.REJECTED:
                return await self._aside(head, pushed.words)
        raise errors.PushRejected(f"The branch {self.branch} changes too often to push to it.")

    async def _aside(self, head: str, words: str) -> PushedCommit:
        try:
            landed = await self.aside(head, side_branches.REJECTED)
        except errors.PushRejected as error:
            raise errors.PushRejected(
                f"The repository did not accept the commit ({words}), nor on a side branch.",
                hint=f"The work is kept as commit {head[:12]} in this session's workspace and is pushed with the next request. "
                "Check the repository's rules for branches, then write again.",
            ) from error
        return PushedCommit(landed.sha, landed.branch, landed.note, words)
