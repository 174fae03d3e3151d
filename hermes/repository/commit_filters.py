"""Files that Hermes does not commit: too large for a forge, or a secret by name or content. They are named to the person."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from hermes import limits
from hermes.domain import escape
from hermes.repository.blob_scan import BlobScan, Seen
from hermes.repository.git import GitPlace

_SECRET_NAMES = (
    ".env", ".env.*", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.p12", "*.pfx", "*.keystore", "*.jks",
    ".netrc", ".pgpass", ".npmrc", ".pypirc", ".git-credentials", "credentials.json",
)  # fmt: skip
_HARMLESS_NAMES = (".env.example", ".env.sample", ".env.template", ".env.dist", ".env.test")
_REGULAR, _GITLINK, _ABSENT = "100", "160000", "000000"


@dataclass(frozen=True, slots=True)
class TreeChange:
    """One path that differs between two trees, as `git diff-tree --raw -z` says it."""

    old_mode: str
    mode: str
    old_sha: str
    sha: str
    path: str
    """As git has it (see `hermes.domain.escape`)."""

    @property
    def new(self) -> bool:
        """Whether the older tree lacks it."""
        return self.old_mode == _ABSENT

    @property
    def gone(self) -> bool:
        """Whether the newer tree lacks it."""
        return self.mode == _ABSENT

    @property
    def gitlink(self) -> bool:
        """Whether it is a nested repository and was none before."""
        return self.mode == _GITLINK and self.old_mode != _GITLINK

    @property
    def moved(self) -> bool:
        """Whether it is a submodule whose pointer changed, or that became files."""
        return self.old_mode == _GITLINK

    @property
    def content(self) -> bool:
        """Whether it has bytes: a file or a link."""
        return not self.gone and self.mode != _GITLINK


def entries(fields: Sequence[str]) -> list[TreeChange]:
    """From the fields of a run of git with `--raw -z --no-renames`."""
    found = []
    for entry, path in zip(fields[::2], fields[1::2], strict=True):
        many = len(entry) - len(entry.lstrip(":"))  # of a merge: the modes and ids of all its parents
        words = entry.lstrip(":").split(" ")
        modes, shas = words[: many + 1], words[many + 1 : 2 * many + 2]
        old = next((number for number, mode in enumerate(modes[:-1]) if mode != _ABSENT), 0)
        found.append(TreeChange(modes[old], modes[-1], shas[old], shas[-1], path))
    return found


class Screening:
    """Checks what is about to be committed, by git's objects."""

    def __init__(self, *, blobs: BlobScan) -> None:
        self._blobs = blobs

    async def objections(self, changes: Sequence[Sequence[TreeChange]], at: GitPlace) -> dict[str, str]:
        """Path → why it is not committed, in words; `changes` are those of commits, oldest first.

        A secret that the project had before all of them, in any file, does not count.
        """
        contents = [entry for entries in changes for entry in entries if entry.content]
        seen = await self._blobs.look((entry.sha for entry in contents), at)
        known: frozenset[bytes] = frozenset()
        if any(found.secrets for found in seen.values()):
            before = await self._blobs.look(_before(changes), at)
            known = frozenset().union(*(found.secrets for found in before.values()))
        reasons = ((entry.path, self._objection(entry, seen.get(entry.sha), known)) for entry in contents)
        return {path: why for path, why in reasons if why is not None}

    def _objection(self, entry: TreeChange, seen: Seen | None, known: frozenset[bytes]) -> str | None:
        shown = escape.name(self._blobs.secrets.masked(entry.path))
        if seen is None:
            return f"{shown} cannot be read"
        if seen.size > limits.COMMIT_FILE_BYTES:
            return f"{shown} is too large ({seen.size // (1024 * 1024)} MiB)"
        if entry.new and entry.mode.startswith(_REGULAR) and _named_like_a_secret(PurePosixPath(entry.path).name):
            return f"{shown} looks like a secret by its name"
        if entry.new and self._blobs.secrets.within(entry.path):
            return f"{shown} has a key or token in its name"
        if seen.secrets - known:
            return f"{shown} seems to hold a key or token"
        return None


def _before(changes: Sequence[Sequence[TreeChange]]) -> set[str]:
    """The content that was there before all of these; not what one of them brought and a later one took away."""
    made: set[str] = set()
    found: set[str] = set()
    for entries in changes:
        found |= {e.old_sha for e in entries if not e.new and e.old_mode != _GITLINK and e.old_sha not in made}
        made |= {entry.sha for entry in entries}
    return found


def _named_like_a_secret(name: str) -> bool:
    return name not in _HARMLESS_NAMES and any(fnmatch.fnmatchcase(name, pattern) for pattern in _SECRET_NAMES)
