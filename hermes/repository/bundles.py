"""Commits that could not be pushed, as files in the bucket: `git fetch FILE` reads one, and so does the next container."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from hermes import limits
from hermes.aws.objects import Objects


class Bundles:
    """The bundles of all sessions; each is named after its newest commit, so that it need not be fetched where that commit is known."""

    def __init__(self, *, objects: Objects) -> None:
        self._objects = objects

    async def keep(self, session_id: str, head: str, file: Path) -> str:
        """Store a bundle; returns its key. Raises `errors.Transient`, `errors.AwsRefused`, as all methods here do."""
        key = f"{_folder(session_id)}{head}.bundle"
        await self._objects.put(key, file.read_bytes())
        return key

    async def of(self, session_id: str) -> dict[str, str]:
        """The bundles of a session: newest commit → key."""
        return {PurePosixPath(key).stem: key for key in await self._objects.list(_folder(session_id))}

    async def fetch(self, key: str, file: Path) -> None:
        """Fetch a bundle into a file."""
        file.write_bytes(await self._objects.get(key, most=limits.BUNDLE_BYTES))

    async def drop(self, key: str) -> None:
        """Delete a bundle that the remote has now."""
        await self._objects.delete(key)


def _folder(session_id: str) -> str:
    return f"bundles/{session_id}/"
