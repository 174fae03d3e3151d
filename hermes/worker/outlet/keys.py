"""A token in a request becomes the key, and the key in an answer becomes the token again. Pure.

Only where services look for a key, and only where it is all of the value: what a service repeats of anything else is the token.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Final

_WHOLE: Final = ("x-api-key", "x-goog-api-key", "api-key")
_BEARER: Final = "bearer "
#: A key of Google may be in a URL, which services repeat and write down; it is sent as this header.
_IN_QUERY, _INSTEAD = "key", "x-goog-api-key"

Headers = list[tuple[str, str]]


def swap(headers: Iterable[tuple[str, str]], query: str, keys: Mapping[str, str]) -> tuple[Headers, str] | None:
    """A request's headers (names in small letters) and query with keys for tokens; None if it shows no token."""
    swapped, found = [], False
    for name, value in headers:
        shown, beginning = value.strip(), ""
        if name == "authorization" and shown[: len(_BEARER)].lower() == _BEARER:
            beginning, shown = shown[: len(_BEARER)], shown[len(_BEARER) :].strip()
        elif name not in _WHOLE:
            shown = ""
        key = keys.get(shown)
        found = found or key is not None
        swapped.append((name, value if key is None else f"{beginning}{key}"))
    kept = []
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        key = keys.get(urllib.parse.unquote_plus(value)) if urllib.parse.unquote_plus(name) == _IN_QUERY else None
        if key is None:
            kept.append(part)
        else:
            swapped = [(n, v) for n, v in swapped if n != _INSTEAD] + [(_INSTEAD, key)]
            found = True
    return (swapped, "&".join(kept)) if found else None


class Mask:
    """Takes keys out of an answer, of which the body comes in pieces."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """`keys`: token → key."""
        self._tokens = {key.encode(): token.encode() for token, key in keys.items()}
        longest = sorted(self._tokens, key=len, reverse=True)
        self._keys = re.compile(b"|".join(re.escape(key) for key in longest))
        self._rest = b""

    def header(self, value: str) -> str:
        """The value of a header."""
        return self._masked(value.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def feed(self, chunk: bytes) -> bytes:
        """A piece of the body; an end of it that may be the beginning of a key is kept for the next."""
        data = self._masked(self._rest + chunk)
        held = max(_begun(data, key) for key in self._tokens)
        self._rest = data[len(data) - held :]
        return data[: len(data) - held]

    def end(self) -> bytes:
        """What was kept."""
        rest, self._rest = self._rest, b""
        return rest

    def _masked(self, data: bytes) -> bytes:
        return self._keys.sub(lambda match: self._tokens[match[0]], data)


def _begun(data: bytes, key: bytes) -> int:
    """How many of the last bytes are the beginning of a key."""
    return next((size for size in range(min(len(key) - 1, len(data)), 0, -1) if data.endswith(key[:size])), 0)
