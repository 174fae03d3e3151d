"""Alignment by the list of public suffixes: whether two domains are one organization, as far as can be told without DNS (`dmarc`)."""

from __future__ import annotations

import functools

import publicsuffixlist

from hermes.mail.authenticate import lookup


def organizational(domain: str) -> str | None:
    """The domain right below the public suffix (`mail.acme.co.uk` -> `acme.co.uk`); None for a suffix itself."""
    plain = lookup.name(domain)
    found = _suffixes().privatesuffix(plain) if plain else None
    return str(found) if found else None


def aligned(authenticated: str, author: str) -> bool:
    """Equal, or of the same organization. A public suffix is nobody's organization."""
    one, other = lookup.name(authenticated), lookup.name(author)
    if one is None or other is None:
        return False
    if one == other:
        return True
    return organizational(one) is not None and organizational(one) == organizational(other)


def is_suffix(domain: str) -> bool:
    """Whether everybody may register names below it, or nobody knows who may (a last label that the list does not have)."""
    return bool(_suffixes().is_public(domain))


@functools.cache
def _suffixes() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList()
