"""The proofs of posts: each is valid for one mail, so a captured post cannot carry another one. Each replica keeps its own."""

from __future__ import annotations

import enum
from typing import Final

#: Signatures remembered against replays.
HTTP_PROOFS: Final = 50_000


class ProofClaim(enum.Enum):
    """The state of a proof in this process."""

    NEW = enum.auto()
    """Not seen: go on, then `keep` or `release` it."""
    STORED = enum.auto()
    """The same mail was stored under it: confirm it again."""
    UNDER_WAY = enum.auto()
    """The same mail is being stored: the result is not known yet."""
    OTHER = enum.auto()
    """It belongs to another mail."""


class Proofs:
    """The newest proofs, up to a number; the timestamp window refuses older ones."""

    def __init__(self, *, most: int = HTTP_PROOFS) -> None:
        self._most = most
        self._known: dict[str, tuple[bytes, bool]] = {}

    def claim(self, proof: str, content: bytes) -> ProofClaim:
        """The state of this proof; a new proof is reserved for this content."""
        known = self._known.get(proof)
        if known is None:
            while len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            self._known[proof] = (content, False)
            return ProofClaim.NEW
        if known[0] != content:
            return ProofClaim.OTHER
        return ProofClaim.STORED if known[1] else ProofClaim.UNDER_WAY

    def keep(self, proof: str) -> None:
        """The mail is stored."""
        if proof in self._known:
            self._known[proof] = (self._known[proof][0], True)

    def release(self, proof: str) -> None:
        """Release the proof of a mail that was not stored."""
        self._known.pop(proof, None)
