"""DMARC alignment (RFC 7489, 3.1): whether a domain that was authenticated speaks for the author's domain."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import publicsuffixlist

from hermes.mail.authenticate import lookup


def organizational(domain: str) -> str | None:
    """The domain right below the public suffix (`mail.acme.co.uk` -> `acme.co.uk`); None for a suffix itself."""
    plain = lookup.name(domain)
    found = _suffixes().privatesuffix(plain) if plain else None
    return str(found) if found else None


def aligned(authenticated: str, author: str, *, strict: bool = False) -> bool:
    """Equal where the policy is strict, else the same organization. A public suffix is nobody's organization."""
    one, other = lookup.name(authenticated), lookup.name(author)
    if one is None or other is None:
        return False
    if one == other:
        return True
    return not strict and organizational(one) is not None and organizational(one) == organizational(other)


def policy(records: Iterable[str]) -> dict[str, str] | None:
    """The tags of the one DMARC record among TXT records; None for none, or for more than one (RFC 7489, 6.6.3)."""
    found = [tags for tags in map(_tags, records) if tags is not None]
    return found[0] if len(found) == 1 else None


def _tags(record: str) -> dict[str, str] | None:
    pairs = [part.partition("=") for part in record.split(";")[:32]]
    tags = {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}
    return tags if next(iter(tags.items()), None) == ("v", "DMARC1") else None


@functools.cache
def _suffixes() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList()
