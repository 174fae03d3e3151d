"""Finds keys and tokens in files, names and messages: by their form, and those that this worker was given."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from hermes.domain import escape

#: One of these is in every shape below: a search for a plain string is a hundred times as fast as for the shape.
_MARKS = (
    b"PRIVATE KEY-----", b"AKIA", b"ASIA", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"sk-ant-",
    b"sk-proj-", b"sk-or-v1-", b"AIza", b"xoxb-", b"xoxp-", b"xapp-", b"npm_", b"pypi-AgE", b"sk_live_", b"rk_live_",
)  # fmt: skip
_SHAPES = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:[\sA-Za-z0-9+/=:,\\\"'-]{0,200})"
    rb"|(?<![0-9A-Za-z])(?:"
    rb"A(?:KIA|SIA)(?![0-9A-Z]{9}EXAMPLE)[0-9A-Z]{16}(?![0-9A-Za-z])"
    rb"|gh[pousr]_[0-9A-Za-z]{36}"
    rb"|github_pat_[0-9A-Za-z_]{60}"
    rb"|glpat-[0-9A-Za-z_-]{20}"
    rb"|sk-ant-[0-9A-Za-z_-]{40}"
    rb"|sk-proj-[0-9A-Za-z_-]{40}"
    rb"|sk-or-v1-[0-9a-f]{40}"
    rb"|AIza[0-9A-Za-z_-]{35}"
    rb"|xox[bp]-[0-9]{8,16}-[0-9A-Za-z-]{20,80}"
    rb"|xapp-[0-9]-[0-9A-Za-z-]{30,100}"
    rb"|npm_[0-9A-Za-z]{36}"
    rb"|pypi-AgE[0-9A-Za-z_-]{50}"
    rb"|[sr]k_live_[0-9A-Za-z]{24}"
    rb")"
)
#: More than the longest of them: what two pieces of a file share.
_OVERLAP_BYTES = 8192
#: A match so near the end of a piece may be cut: the next piece shows it whole.
_CUT_BYTES = 400
#: Different secrets that are distinguished in one file.
_MOST = 1000
#: Shorter values of the worker's own are words that a project may use as well.
_SHORTEST = 12
MASK = "[secret]"
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)


def secret_values(environ: Mapping[str, str], names: Iterable[str]) -> tuple[str, ...]:
    """Of these variables, the values of those that are secrets by their name: an address among them may stand in any file."""
    return tuple(environ[name] for name in names if name in environ and _SECRET_NAME.search(name))


class SecretScan:
    """Finds secrets by their form, and the values that are `given`."""

    def __init__(self, *, given: Iterable[str] = ()) -> None:
        self._given = tuple(
            sorted({escape.encoded(value) for value in given if len(value) >= _SHORTEST}, key=len)[::-1]
        )

    def begin(self) -> Looking:
        """A scan of one file, piece by piece."""
        return Looking(self._given)

    def within(self, text: str) -> bool:
        """Whether a name or message has a secret."""
        looking = self.begin()
        looking.feed(escape.encoded(text))
        return bool(looking.end())

    def masked(self, text: str) -> str:
        """The text without secrets."""
        data = escape.encoded(text)
        for value in self._given:
            data = data.replace(value, MASK.encode())
        return escape.decoded(_SHAPES.sub(MASK.encode(), data))


class Looking:
    """One file; its memory is that of one piece."""

    def __init__(self, given: tuple[bytes, ...]) -> None:
        self._given = given
        self._kept = b""
        self._first = True
        self._found: set[bytes] = set()

    def feed(self, piece: bytes) -> None:
        """The next bytes."""
        self._look(self._kept + piece, last=False)

    def end(self) -> frozenset[bytes]:
        """The digests of the secrets that were found; equal secrets have equal digests."""
        self._look(self._kept, last=True)
        return frozenset(self._found)

    def _look(self, window: bytes, *, last: bool) -> None:
        for value in self._given:
            if len(self._found) < _MOST and value in window:
                self._found.add(_digest(value))
        if any(mark in window for mark in _MARKS):
            for match in _SHAPES.finditer(window):
                cut = (match.start() == 0 and not self._first) or (match.end() > len(window) - _CUT_BYTES and not last)
                if len(self._found) < _MOST and not cut:
                    self._found.add(_digest(match.group()))
        if len(window) > _OVERLAP_BYTES:
            self._kept, self._first = window[-_OVERLAP_BYTES:], False
        else:
            self._kept = window


def _digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()[:16]
