"""DMARC (RFC 9989): which domains are one organization, and what a domain asks of mail that fails. By a walk up the DNS tree.

The list of public suffixes decides only where DNS is silent, and in one more case: a domain on the list that publishes a record without
saying `psd=n` is nobody's organization. By the letter of the RFC a registry that forgets `psd=y` would make one organization of all its
customers, and any of them could sign for an owner.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hermes import limits
from hermes.mail.authenticate import alignment, lookup

#: Questions of one walk (RFC 9989, 4.10): the domain itself, then its last labels, so many at most.
WALK_QUESTIONS: Final = 8
#: Tags of a record that are read.
_TAGS: Final = 32
#: Records by which a domain exists.
_EXISTING: Final = ("A", "AAAA", "MX")


class Wish(enum.StrEnum):
    """What a domain asks its receivers to do with mail that fails."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Record:
    """The DMARC record of a domain."""

    domain: str
    tags: Mapping[str, str]

    @property
    def psd(self) -> str:
        """`y`: a public suffix, `n`: an organization, `u`: not said."""
        found = self._tag("psd")
        return found if found in ("y", "n") else "u"

    @property
    def testing(self) -> bool:
        """Its wish is not to be carried out yet."""
        return self._tag("t") == "y"

    def strict(self, tag: str) -> bool:
        """Whether `adkim` or `aspf` wants the very same domain."""
        return self._tag(tag) == "s"

    def wish(self, author: str, *, exists: bool) -> Wish:
        """What it asks for mail from this domain: `p`, for a domain below it `sp`, and `np` where that does not exist."""
        tags = ["p"] if author == self.domain else ["sp", "p"] if exists else ["np", "sp", "p"]
        found = (self._tag(tag) for tag in tags)
        return next((Wish(one) for one in found if one in set(Wish)), Wish.NONE)

    @property
    def tells_of_nobody(self) -> bool:
        """Whether it has a wish of its own for domains that do not exist."""
        return bool(self._tag("np"))

    def _tag(self, name: str) -> str:
        return self.tags.get(name, "").lower()


def record(domain: str, texts: Iterable[str]) -> Record | None:
    """The one DMARC record among the TXT records of a domain's `_dmarc`; of several none counts."""
    found = [tags for tags in map(_tags, texts) if tags is not None]
    return Record(domain, found[0]) if len(found) == 1 else None


def walk(domain: str) -> tuple[str, ...]:
    """The domains to ask for a record, at most `WALK_QUESTIONS`: this one, then those above it up to the last label."""
    labels = domain.split(".")
    above = labels[max(1, len(labels) - WALK_QUESTIONS + 1) :]
    return (domain, *(".".join(above[at:]) for at in range(len(above))))


def organization(start: str, walked: Sequence[Record]) -> str | None:
    """The organizational domain of the domain where a walk started (RFC 9989, 4.10.2); None where DNS is silent."""
    for one in walked:
        if one.psd == "n":
            return one.domain
        if one.domain != start and (one.psd == "y" or alignment.is_suffix(one.domain)):
            return ".".join(start.split(".")[-one.domain.count(".") - 2 :])
    return walked[-1].domain if walked else None


def applying(start: str, walked: Sequence[Record]) -> Record | None:
    """The record whose wish counts for the domain where a walk started: its own, its organization's, else the public suffix's."""
    by_domain = {one.domain: one for one in walked}
    suffix = next((one for one in walked if one.psd == "y"), walked[-1] if walked else None)
    return by_domain.get(start) or by_domain.get(organization(start, walked) or "") or suffix


class Dmarc:
    """What DNS says of one author's domain, asked once, and only as far as it is needed."""

    def __init__(self, author: str, resolver: lookup.Resolver | None) -> None:
        """`author` is a name in ASCII. Its methods raise `errors.DnsUnavailable`.

        Without a resolver DNS is not asked, and the list of public suffixes decides.
        """
        self.author = author
        self._resolver = resolver
        self._asked: dict[str, Record | None] = {}
        self.presumed = False
        """Something was decided without DNS that DNS can decide otherwise."""

    async def ask(self) -> Dmarc:
        """Ask for the domain's own record, which counts for all that follows."""
        await self._record(self.author)
        return self

    async def aligned_among(self, others: Iterable[str], tag: Literal["adkim", "aspf"]) -> frozenset[str]:
        """Those of the domains that speak for the author's; of those that are not the author's own only the first few are looked at."""
        different = list(dict.fromkeys(others))
        own = {one for one in different if lookup.name(one) == self.author}
        # Others cost questions: no more of them than of signatures that are checked.
        few = [one for one in different if one not in own][: limits.SIGNATURES]
        return frozenset(own | {one for one in few if await self.aligned(one, tag)})

    async def aligned(self, other: str, tag: Literal["adkim", "aspf"]) -> bool:
        """Whether a domain that signed (`adkim`) or sent (`aspf`) speaks for the author's."""
        name = lookup.name(other)
        if name is None or name == self.author:
            return name == self.author
        found = await self._applying()
        if found is not None and found.strict(tag):
            return False
        walked = await self._walk(self.author)
        if not walked:
            return alignment.aligned(name, self.author)
        mine = organization(self.author, walked)
        # A domain that is not below the author's organization is never asked for: its owner may be anybody.
        if mine is None or not f".{name}".endswith(f".{mine}"):
            return False
        return name == mine or organization(name, await self._walk(name)) == mine

    async def wish(self) -> str:
        """What the author's domain asks of mail that fails, for the records of the operator; empty where it asks nothing."""
        found = await self._applying()
        if found is None:
            return ""
        exists = not found.tells_of_nobody or found.domain == self.author or await self._exists()
        asked = found.wish(self.author, exists=exists)
        return (
            ""
            if asked is Wish.NONE
            else f"{found.domain} asks to {asked.value} such mail{', as a test' * found.testing}"
        )

    async def _applying(self) -> Record | None:
        own = await self._record(self.author)
        return own or applying(self.author, await self._walk(self.author))

    async def _exists(self) -> bool:
        return any([await self._ask(self.author, kind) for kind in _EXISTING])

    async def _walk(self, start: str) -> list[Record]:
        """The records from a domain upward, as far as they count."""
        walked: list[Record] = []
        for name in walk(start):
            found = await self._record(name)
            if found is not None:
                walked.append(found)
                if found.psd == "n" or (found.psd == "y" and name != start):
                    break
        return walked

    async def _record(self, name: str) -> Record | None:
        if name not in self._asked:
            self._asked[name] = record(name, await self._ask(f"_dmarc.{name}", "TXT"))
        return self._asked[name]

    async def _ask(self, name: str, kind: str) -> tuple[str, ...]:
        if self._resolver is None:
            self.presumed = True
            return ()
        return await self._resolver(name, kind)


def _tags(text: str) -> dict[str, str] | None:
    pairs = [part.partition("=") for part in text.split(";")[:_TAGS]]
    tags = {key.strip().lower(): value.strip() for key, equals, value in pairs if equals}
    return tags if next(iter(tags.items()), None) == ("v", "DMARC1") else None
