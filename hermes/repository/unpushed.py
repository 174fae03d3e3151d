"""Commits that the remote lacks: those in the clone, and those that an earlier container left as a bundle."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hermes import errors, limits
from hermes.repository.bundles import Bundles
from hermes.repository.pusher import Pusher
from hermes.repository.store import Store

_LOG = logging.getLogger(__name__)
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


@dataclass(frozen=True, slots=True)
class Brought:
    """The result of pushing them."""

    tip: str | None
    """The commit of the session's branch afterwards."""
    notes: tuple[str, ...]
    """Remarks for a person."""


class Unpushed:
    """The unpushed commits of one session; `bundles` is None if nothing is stored elsewhere."""

    def __init__(
        self, *, store: Store, landing: Pusher, branch: str, session_id: str, folder: Path, bundles: Bundles | None
    ) -> None:
        self._store = store
        self._landing = landing
        self._branch = branch
        self._session_id = session_id
        self._folder = folder
        self._bundles = bundles
        self.ref = f"refs/hermes/sessions/{session_id}"

    async def keep(self) -> str | None:
        """Store the commits that the remote lacks as a bundle; returns its key, None if there are none or too many."""
        file = self._folder / "unpushed.bundle"
        head = await self._store.ref(self.ref)
        if self._bundles is None or head is None:
            return None
        making = ("bundle", "create", "--quiet", str(file), self.ref, "--not", "--remotes=origin")
        ran = await self._store.run(*making, check=False)
        if ran.code != 0 or file.stat().st_size > limits.BUNDLE_BYTES:
            return None
        return await self._bundles.keep(self._session_id, head, file)

    async def bring(self, own: str | None, branches: Mapping[str, str], *, start: str | None) -> Brought:
        """Push it; `own` is what the clone has, `branches` are those of the remote, `start` is where one of a session begins.

        Raises `errors.PushRejected`, `errors.RepositoryUnavailable`, `errors.Transient`: then nothing is lost, and the next request tries.
        """
        notes = []
        tip = branches.get(self._landing.branch)
        if own is not None and own not in branches.values() and not await self._there(own, tip or start):
            tip, words = await self._land(own, tip, start)
            notes.append(f"Work of an earlier request that had not been pushed is now on {words}")
        for head, key in (await self._kept()).items():
            try:
                there = await self._known(head) or await self._fetched(head, key)
            except errors.AwsRefused as error:
                _say("What is kept could not be read.", "bundle.unread", self._session_id, error)
                notes.append(
                    f"Work of an earlier request is kept in Hermes' storage as {key}, but could not be read there."
                )
                continue
            if not there:
                notes.append(
                    f"Work of an earlier request is kept in Hermes' storage as {key}; the commits that it builds on "
                    "are no longer in the repository, so it was not put there."
                )
                continue
            if not await self._there(head, tip or start):
                tip, words = await self._land(head, tip, start)
                notes.append(f"Work of an earlier request that had been kept in Hermes' storage is now on {words}")
            await self._drop(key)
        return Brought(tip, tuple(notes))

    async def _there(self, head: str, tip: str | None) -> bool:
        """Whether the remote has it already, on any branch or rebased."""
        if await self._store.branches(containing=head):
            return True
        return tip is not None and await self._store.rebase(tip, head, tip) == tip

    async def _land(self, head: str, tip: str | None, start: str | None) -> tuple[str | None, str]:
        try:
            landed = await self._landing.land(tip or start, head)
        except errors.PushRejected as error:
            words = f"This has not begun: work of an earlier request is to be pushed first. {error.message}"
            hint = f"{error.hint} To have something else done meanwhile, write a new message instead of answering this one."
            raise errors.PushRejected(words, hint=hint.strip()) from error
        words = f"{landed.branch}. {landed.note}".strip()
        return (landed.sha if landed.branch == self._landing.branch else tip), words

    async def _kept(self) -> dict[str, str]:
        if self._bundles is None:
            return {}
        try:
            found = await self._bundles.of(self._session_id)
        except errors.AwsRefused as error:
            _say("It could not be looked whether work is kept.", "bundle.unread", self._session_id, error)
            return {}
        return {head: key for head, key in found.items() if _SHA.match(head)}

    async def _known(self, head: str) -> bool:
        return (await self._store.run("cat-file", "-e", f"{head}^{{commit}}", check=False)).code == 0

    async def _fetched(self, head: str, key: str) -> bool:
        """Read the commits into the clone, checked by git's strictest rules; False if their base is missing."""
        assert self._bundles is not None
        file = self._folder / "kept.bundle"
        try:
            await self._bundles.fetch(key, file)
            async with self._store.transfer:
                await self._store.run(
                    "-c", "fetch.fsckObjects=true",
                    "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules",
                    str(file), f"+{self.ref}:refs/hermes/kept/{head}",
                    seconds=limits.GIT_TRANSFER_SECONDS, check=False,
                )  # fmt: skip
        finally:
            file.unlink(missing_ok=True)
        return await self._known(head)

    async def _drop(self, key: str) -> None:
        assert self._bundles is not None
        try:
            await self._bundles.drop(key)
        except errors.HermesError as error:
            words = "What was kept could not be deleted; it is seen again and found to be pushed."
            _say(words, "bundle.left", self._session_id, error)


def _say(words: str, action: str, session_id: str, error: errors.HermesError) -> None:
    _LOG.warning(words, extra={"action": action, "session_id": session_id, "why": error.message})
