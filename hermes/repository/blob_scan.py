"""Size and secrets of any number of files, read from git's objects by one process, whatever is on the disk by now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hermes import limits
from hermes.repository.git import GitPlace
from hermes.repository.secret_scan import Looking, SecretScan
from hermes.repository.store import Store

#: git writes a file's content in pieces of this or less; small ones are looked at together.
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """One blob."""

    size: int
    secrets: frozenset[bytes]
    """Digests of secrets; empty for a blob that is too large to be committed anyway."""


class BlobScan:
    """Scans blobs of one store."""

    def __init__(self, *, store: Store, secrets: SecretScan) -> None:
        self._store = store
        self.secrets = secrets

    async def look(self, shas: Iterable[str], at: GitPlace) -> dict[str, Seen]:
        """The blobs by sha, except those that git does not have or that are no blobs. Raises `errors.StepFailed`."""
        wanted = sorted(set(shas))
        if not wanted:
            return {}
        reading = _Reading(self.secrets)
        await self._store.run(
            "cat-file", "--batch", at=at, stdin="".join(f"{sha}\n" for sha in wanted).encode(), into=reading.feed,
            seconds=limits.GIT_TRANSFER_SECONDS,
        )  # fmt: skip
        return reading.seen


class _Reading:
    """The output of `cat-file --batch`: a line `sha type size`, the content, a line feed."""

    def __init__(self, secrets: SecretScan) -> None:
        self._secrets = secrets
        self._pending = bytearray()
        self._left = -1
        """Bytes of content still to come, its line feed included; -1: a header is next."""
        self._sha, self._kind, self._size = "", "", 0
        self._looking: Looking | None = None
        self.seen: dict[str, Seen] = {}

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the output."""
        self._pending += chunk
        while self._header() if self._left < 0 else self._content():
            pass

    def _header(self) -> bool:
        end = self._pending.find(b"\n")
        if end < 0:
            return False
        words = bytes(self._pending[:end]).decode("utf-8", "replace").split(" ")
        del self._pending[: end + 1]
        if len(words) == 3:  # else `sha missing`
            self._sha, self._kind, self._size = words[0], words[1], int(words[2])
            self._left = self._size + 1
            wanted = self._kind == "blob" and self._size <= limits.COMMIT_FILE_BYTES
            self._looking = self._secrets.begin() if wanted else None
        return True

    def _content(self) -> bool:
        if len(self._pending) < min(self._left, _PIECE_BYTES):
            return False
        piece = bytes(self._pending[: self._left])
        del self._pending[: self._left]
        self._left -= len(piece)
        if self._looking is not None:
            self._looking.feed(piece)
        if self._left == 0:
            self._left = -1
            if self._kind == "blob":
                secrets = self._looking.end() if self._looking is not None else frozenset()
                self.seen[self._sha] = Seen(self._size, secrets)
        return True
