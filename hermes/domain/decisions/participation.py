"""Who takes part in a thread: who goes on in its session, and who gets its replies. Pure.

A session belongs to its project. Whoever owns the project and was addressed in the thread (wrote in it, or stands in To or Cc where its
author put them) takes part. Who owns the project is asked each time: the session remembers addresses, and they grant nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from hermes.domain.decisions.people import People
from hermes.domain.reply_facts import Done, Open, ReplyKind, Stopped

#: Participants that a session remembers: one transaction writes a row of the outbox for each.
PARTICIPANTS: Final = 20


class Threads(enum.StrEnum):
    """Who goes on in a session."""

    ADDRESSED = "addressed"
    """Owners who were addressed in its thread."""
    PROJECT = "project"
    """Every owner who answers in its thread."""


class Audience(enum.StrEnum):
    """Who gets the answer to a command."""

    THREAD = "thread"
    """Its author, and the owners who take part in the thread."""
    AUTHOR = "author"
    """Its author, and whoever stopped it or whose request it does too."""


#: Replies that tell the thread what was done or arranged in it. Others answer one person's word, or name what they have elsewhere.
FOR_THE_THREAD: Final = frozenset(
    {
        ReplyKind.SUCCEEDED,
        ReplyKind.NOTHING_CHANGED,
        ReplyKind.ANSWERED,
        ReplyKind.PUBLISHED,
        ReplyKind.TAKEN_BACK,
        ReplyKind.APPROVAL_DECLINED,
        ReplyKind.INTERRUPTED,
        ReplyKind.INTERRUPT_UNCONFIRMED,
        ReplyKind.FAILED,
        ReplyKind.TIMED_OUT,
        ReplyKind.NEEDS_INPUT,
        ReplyKind.POLICY_SET,
    }
)


def joined(before: Sequence[str], author: str, addressed: Iterable[str], people: People) -> tuple[str, ...]:
    """The participants after a mail: one address for each person, of the author the one that they wrote from.

    Where there is no room, whom the mail addresses is left out, or who came last before its author.
    """
    found = {people.person(address): address for address in before}
    name = people.person(author)
    if name not in found:
        found = dict(list(found.items())[: PARTICIPANTS - 1])
    found[name] = author
    for address in addressed:
        if len(found) < PARTICIPANTS:
            found.setdefault(people.person(address), address)
    return tuple(found.values())


def goes_on(participants: Iterable[str], author: str, threads: Threads, people: People) -> bool:
    """Whether an owner of the project who answers in a thread goes on in its session."""
    return threads is Threads.PROJECT or any(people.same(one, author) for one in participants)


def copies(to: str, wanted: Iterable[str], may_read: Callable[[str], bool], people: People) -> tuple[str, ...]:
    """Who else gets a reply to `to`: each of the wanted persons once who may read it."""
    found = {people.person(to): to}
    for address in wanted:
        if people.person(address) not in found and may_read(address):
            found[people.person(address)] = address
    return tuple(found.values())[1:]


def for_others_too(facts: Done | Stopped | Open, author: str) -> Done | Stopped | Open:
    """The facts for a mail that others than the author read too: "you" would be any of them, so everybody is named."""
    superseded = tuple(
        one if one.whose or one.aside else replace(one, whose=author) for one in facts.request.superseded
    )
    facts = replace(facts, request=replace(facts.request, whose=author, superseded=superseded))
    if not isinstance(facts, Stopped) or facts.cause is None or facts.cause.who or not facts.cause.by_person:
        return facts
    return replace(facts, cause=replace(facts.cause, who=author))
