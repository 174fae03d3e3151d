"""Who owns a project, what each of them may do, and who takes part in a thread; and which addresses are one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from hermes.config.live_settings import LiveSettings
from hermes.domain import idn
from hermes.domain.decisions.going_live import ANOTHER
from hermes.domain.decisions.participation import Audience, Threads
from hermes.domain.decisions.people import OwnerRole, bare
from hermes.domain.request import LiveMode
from hermes.mail.parse import address


def _address(value: str) -> str:
    try:
        valid = idn.validated(value)
        return f"{idn.ascii_lower(valid.local)}@{valid.domain}"
    except ValueError as error:
        raise ValueError(f"{value!r} is no mail address: {error}") from error


def _owner(value: str) -> str:
    if value.startswith("@"):
        return _address(f"x{value}")[1:]
    return _address(value)


MailAddress = Annotated[str, AfterValidator(_address)]
Owner = Annotated[str, AfterValidator(_owner)]
"""An address, or `@domain` for everybody there."""


class Ownership(BaseModel):
    """The part of a project's settings that says who may do what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    owners: tuple[Owner, ...] = Field(min_length=1)
    roles: Mapping[Owner, OwnerRole] = {}
    """An owner's role, by address or domain; the address goes before its domain, and who has none is a requester."""
    threads: Threads = Threads.ADDRESSED
    """Who goes on in a session: owners who were addressed in its thread, or every owner who answers in it."""
    answer: Audience = Audience.THREAD
    """Who gets the answer to a command: its author and the owners who take part in the thread, or its author."""
    live: LiveSettings | None = None
    """How changes go live, and whose yes it takes; without it Hermes brings nothing to a live branch."""

    @model_validator(mode="after")
    def _roles_are_of_owners(self) -> Self:
        for named in self.roles:
            covers = [owner for owner in self.owners if address.is_owner(owner, [named])]
            if not self.owns(named) and not (named.startswith("@") and covers):
                raise ValueError(f"roles: {named!r} is no owner; add it to owners")
        if all(self.role_of(one) is OwnerRole.READER for one in (*self.owners, *self.roles)):
            raise ValueError("roles: every owner is a reader, so nobody could ask for anything; give one another role")
        return self

    @model_validator(mode="after")
    def _approvers_can_approve(self) -> Self:
        if self.live is None or self.live.mode is LiveMode.OFF:
            return self
        for named in self.live.approvers:
            if not self.owns(named):
                raise ValueError(f"live.approvers: {named!r} is no owner; add it to owners")
            if self.role_of(named) is OwnerRole.READER:
                raise ValueError(f"live.approvers: {named!r} is a reader; readers approve nothing")
        least = 2 if self.live.needed is ANOTHER else self.live.needed
        if len({bare(one) for one in self.approvers}) < least:
            found = f"there are {len(self.approvers)} of the {least} that are needed"
            raise ValueError(f'live: {found}; name addresses in live.approvers, or give them the role "approver"')
        return self

    @property
    def approvers(self) -> tuple[str, ...]:
        """The addresses that a request for approval is mailed to."""
        named = [one for one, role in self.roles.items() if role is OwnerRole.APPROVER and not one.startswith("@")]
        return tuple(dict.fromkeys((*(self.live.approvers if self.live is not None else ()), *named)))

    def approves(self, author: str, others: Sequence[str] = ()) -> bool:
        """Whether an owner's yes counts; `others` are further addresses of the same person."""
        if self.live is not None and any(address.is_owner(one, self.live.approvers) for one in (author, *others)):
            return True
        return self.role_of(author, others) is OwnerRole.APPROVER

    def owns(self, named: str) -> bool:
        """Whether an address, or `@domain` as a whole, owns the project."""
        return named in self.owners if named.startswith("@") else address.is_owner(named, self.owners)

    def role_of(self, author: str, others: Sequence[str] = ()) -> OwnerRole:
        """The role of an owner, `@domain` included; `others` are further addresses of the same person."""
        people = [] if author.startswith("@") else [author, *others]
        domain = f"x@{author.rpartition('@')[2]}"
        for one, domains in (*((person, False) for person in people), (domain, True)):
            for named, role in self.roles.items():
                if named.startswith("@") is domains and address.is_owner(one, [named]):
                    return role
        return OwnerRole.REQUESTER


def one_person_each(groups: Sequence[Sequence[str]], owned: Sequence[Ownership]) -> None:
    """Check the lists of people's addresses. Raises ValueError, with a sentence, for a list that cannot be meant."""
    seen: dict[str, int] = {}
    for number, group in enumerate(groups):
        plain = [bare(one) for one in group]
        if len(set(plain)) < 2:
            raise ValueError(f"people.{number}: a person's list has two addresses or more")
        for one in plain:
            if seen.setdefault(one, number) != number:
                raise ValueError(f"people.{number}: {one!r} is in the list of another person already")
        for given in group:
            if not any(one.owns(given) for one in owned):
                raise ValueError(f"people.{number}: {given!r} owns no project; add it to the owners of one")
