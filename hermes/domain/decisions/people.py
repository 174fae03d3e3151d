"""People: which addresses belong to one person, and what a person may do in a project. Pure.

A person is named by one address: the first of those that the operator lists for them, else their own without `+detail`. The name decides
whose share, session and container it is. It grants nothing: who may command is decided by the address that a mail really came from.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Sequence
from typing import Final

from hermes.domain import idn


class OwnerRole(enum.StrEnum):
    """What an owner may do in a project."""

    REQUESTER = "requester"
    """Ask for work, stop it and take it back."""
    APPROVER = "approver"
    """The same, and approve what goes live."""
    READER = "reader"
    """Read the answers of threads in which they were addressed, and ask questions; change nothing."""

    @property
    def commands(self) -> bool:
        """Whether they may have something changed, stopped or arranged differently."""
        return self is not OwnerRole.READER


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """The author of a mail in the thread that it belongs to."""

    person: str
    """The name of the person."""
    role: OwnerRole
    addressed: tuple[str, ...]
    """The owners whom they wrote to besides, where nobody else can have named them."""


#: Of a mail whose author is not proven to be an owner.
NOBODY: Final = Participant(person="", role=OwnerRole.READER, addressed=())


class People:
    """The addresses that the operator lists as one person's."""

    def __init__(self, groups: Iterable[Sequence[str]] = ()) -> None:
        """Each group is one person."""
        self._names: dict[str, str] = {}
        self._groups: dict[str, tuple[str, ...]] = {}
        for group in groups:
            name, *_ = plain = [bare(address) for address in group]
            self._names |= dict.fromkeys(plain, name)
            self._groups[name] = tuple(dict.fromkeys(plain))

    def person(self, address: str) -> str:
        """The name of the person who writes from this address."""
        plain = bare(address)
        return self._names.get(plain, plain)

    def addresses(self, address: str) -> tuple[str, ...]:
        """Every listed address of the person who has this one; the address itself if none is listed."""
        name = self.person(address)
        return self._groups.get(name, (name,))

    def same(self, one: str, other: str) -> bool:
        """Whether two addresses belong to one person."""
        return self.person(one) == self.person(other)


def bare(address: str) -> str:
    """The address in lower case (ASCII letters alone) without a `+detail`; a quoted local part stays as it is."""
    local, at, domain = idn.ascii_lower(address.strip()).rpartition("@")
    name = local if local.startswith('"') else local.partition("+")[0] or local
    return f"{name}{at}{domain}"
