"""Finds addresses that must not be published: signed links, buckets, and whatever else is served by amazonaws.com.

A signed link opens a private file for whoever has it, and a bucket's address shows where the files of a company are. So neither
belongs in a page, whoever's bucket it is. A host that is meant to be public is named in `allow_hosts`; a signed link is never allowed.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final
from urllib.parse import urlsplit

_CHUNK_BYTES = 1024 * 1024
#: No address that is looked for is longer; pieces of a file are searched with so much of their neighbours.
_CONTEXT_BYTES: Final = 1024

_DOT = rb"(?:\.|%2e|\\u002e|\\x2e|&#0*46;|&#x0*2e;|&period;)"
_SLASH = rb"(?:/|%2f|\\/|\\u002f|\\x2f|&#0*47;|&#x0*2f;|&sol;)"
_COLON = rb"(?::|%3a|\\u003a|\\x3a|&#0*58;|&#x0*3a;|&colon;)"
_EQUALS = rb"\s*(?:=|%3d|\\u003d|\\x3d|&#0*61;|&#x0*3d;|&equals;)"
_BUCKET = rb"(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])"
#: In small letters, and each begins with letters of its own: so most of a file is passed over at once.
_PATTERNS: Final = (
    rb"(?P<signed>x-(?:amz|goog)-(?:signature|credential|security-token)" + _EQUALS,
    rb"awsaccesskeyid" + _EQUALS + rb"[a-z0-9%]{8,})",
    rb"(?P<host>amazonaws" + _DOT + rb"com(?:" + _DOT + rb"cn)?)(?![a-z0-9_-])",
    rb"(?P<s3>s3" + _COLON + _SLASH + _SLASH + rb"|arn:aws(?:-[a-z]+)*:s3:::)" + _BUCKET,
)
#: What is before `amazonaws.com`: the rest of a host, or the two slashes of an address.
_BEFORE = re.compile(
    rb"(?:(?<![a-z0-9@._-])[.]{0,9}(?P<labels>(?:[a-z0-9_-]{1,63}" + _DOT + rb"){1,12})|" + _SLASH + _SLASH + rb")\Z"
)
_DOTS = re.compile(_DOT)
#: An encoded slash whose digits read like the beginning of the host.
_ENCODED_SLASH = re.compile(rb"(?:2f|u002f|x2f)(?=[a-z0-9])")


class LeakKind(enum.StrEnum):
    """What an address is."""

    SIGNED = "a signed link"
    """It opens a private file for whoever has it."""
    ADDRESS = "an address at amazonaws.com"
    BUCKET = "the address of a bucket"
    OWN = "an address of Hermes' own storage"


@dataclass(frozen=True, slots=True)
class Leak:
    """One address in a file."""

    line: int
    """Counted from 1."""
    kind: LeakKind
    host: str
    """The host or bucket; empty where the address does not say. Never the link itself: whoever reads of it could open it."""

    def __str__(self) -> str:
        return f"{self.kind} ({self.host})" if self.host else str(self.kind)


class Leaks:
    """Searches files of any kind, as text or inside scripts and source maps."""

    def __init__(self, *, bucket: str = "", endpoint_url: str | None = None, allow_hosts: Collection[str] = ()) -> None:
        """`bucket` is Hermes' own, never allowed; `allow_hosts` are hosts (or buckets of `s3://`) that pages may name."""
        self._bucket = bucket.encode().lower()
        self._allowed = frozenset(host.lower() for host in allow_hosts)
        patterns = list(_PATTERNS)
        if bucket and endpoint_url:
            there = re.escape(urlsplit(endpoint_url).netloc.lower().encode()) + _SLASH + re.escape(self._bucket)
            patterns.append(rb"(?P<own>" + there + rb"(?!-|\.?[a-z0-9]))")
        self._pattern = re.compile(rb"|".join(patterns))
        # What follows the host of a bucket that is named in the path.
        self._in_path = re.compile(_SLASH + re.escape(self._bucket) + rb"(?!-|\.?[a-z0-9])")

    def within(self, file: BinaryIO) -> Leak | None:
        """The first address in a file."""
        return next(self.found(iter(lambda: file.read(_CHUNK_BYTES), b"")), None)

    def found(self, chunks: Iterable[bytes]) -> Iterator[Leak]:
        """Each address in these bytes, also across pieces."""
        window, begin, line = b"", 0, 1
        for chunk in chunks:
            window += chunk.lower()
            end = len(window) - _CONTEXT_BYTES
            if end <= begin:
                continue
            yield from self._among(window, begin, end, line)
            keep = max(0, end - _CONTEXT_BYTES)
            line += window.count(b"\n", 0, keep)
            window, begin = window[keep:], end - keep
        yield from self._among(window, begin, len(window), line)

    def _among(self, window: bytes, begin: int, end: int, line: int) -> Iterator[Leak]:
        """Those that begin between two places of a window whose first byte is in `line`."""
        # A match belongs to the piece that it begins in; what is before `begin` is only there to be looked back at.
        counted = 0
        for match in self._pattern.finditer(window, begin):
            if match.start() >= end:
                return
            leak = self._judged(match, window)
            if leak is not None:
                line += window.count(b"\n", counted, match.start())
                counted = match.start()
                kind, host = leak
                yield Leak(line, kind, host)

    def _judged(self, match: re.Match[bytes], window: bytes) -> tuple[LeakKind, str] | None:
        if match["signed"] is not None:
            return LeakKind.SIGNED, ""
        if match["s3"] is not None:
            bucket = match["bucket"]
            return self._named(bucket, LeakKind.OWN if bucket == self._bucket else LeakKind.BUCKET)
        if match["host"] is None:
            return LeakKind.OWN, self._bucket.decode()
        before = _BEFORE.search(window, max(0, match.start() - _CONTEXT_BYTES), match.start())
        if before is None:
            return None  # a word in a text, or the domain of a mail address
        labels = before["labels"] or b""
        if window[max(0, before.start() - 1) : before.start()] in (b"%", b"\\"):
            labels = _ENCODED_SLASH.sub(b"", labels, count=1) if _ENCODED_SLASH.match(labels) else labels
        host = _DOTS.sub(b".", labels + match["host"])
        own = self._bucket and (
            host.startswith(self._bucket + b".s3")
            or (host.startswith(b"s3") and self._in_path.match(window, match.end()) is not None)
        )
        return self._named(host, LeakKind.OWN if own else LeakKind.ADDRESS)

    def _named(self, host: bytes, kind: LeakKind) -> tuple[LeakKind, str] | None:
        name = host.decode("ascii", "replace")
        return None if kind is not LeakKind.OWN and name in self._allowed else (kind, name)
