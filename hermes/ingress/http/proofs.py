"""The proofs of posts, each good for one mail: a captured post cannot carry another one. Kept by each replica for itself."""

from __future__ import annotations

import enum
from typing import Final

#: Signatures remembered against replays.
HTTP_PROOFS: Final = 50_000


class ProofClaim(enum.Enum):
    """What a proof is to this process."""

    NEW = enum.auto()
    """Not seen: go on, then `keep` or `release` it."""
    STORED = enum.auto()
    """The same mail was stored under it: say so again."""
    UNDER_WAY = enum.auto()
    """The same mail is being stored: nobody knows yet."""
    OTHER = enum.auto()
    """It belongs to another mail."""


class Proofs:
    """The newest proofs, up to a number; older ones the window of their timestamp refuses."""

    def __init__(self, *, most: int = HTTP_PROOFS) -> None:
        self._most = most
        self._known: dict[str, tuple[bytes, bool]] = {}

    def claim(self, proof: str, content: bytes) -> ProofClaim:
        """What is known of this proof; a new one is held for this content."""
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
        """The mail is not stored; the proof is good for it again."""
        self._known.pop(proof, None)
