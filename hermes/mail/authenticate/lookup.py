"""The DNS port of the verdict, and the names that it may query."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from hermes.domain import idn

#: `(name, kind)` -> the records as text: TXT joined, MX as `10 host`, A and AAAA as addresses. No such name or record: an empty tuple.
#: Raises `errors.DnsUnavailable` for no answer in time or a broken one: that is never the same as "no record".
Resolver = Callable[[str, str], Awaitable[tuple[str, ...]]]

_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
)


def name(text: str) -> str | None:
    """The name in lower-case ASCII without its last dot, or None where it is none that may be asked for."""
    try:
        plain = idn.ascii_domain(text)
    except ValueError:
        return None
    return plain if _NAME.match(plain) else None
