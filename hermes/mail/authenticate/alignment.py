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


def aligned(one: str, other: str) -> bool:
    """Of the same organization. A public suffix is nobody's organization."""
    found = organizational(one)
    return found is not None and found == organizational(other)


def is_suffix(domain: str) -> bool:
    """Whether everybody may register names below it, or nobody knows who may (a last label that the list does not have)."""
    return bool(_suffixes().is_public(domain))


@functools.cache
def _suffixes() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList()
