"""Who takes part in a thread, and who gets its replies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes.domain.decisions.participation import PARTICIPANTS, Threads, copies, for_others_too, goes_on, joined
from hermes.domain.decisions.people import People
from hermes.domain.interrupts import InterruptReason
from hermes.domain.reply_facts import Cause, Done, Open, ReplyKind, RequestFacts, Stopped, Superseded

ANNA, BOB, CARL = "anna@acme.example", "bob@acme.example", "carl@acme.example"
HOME = "anna@home.example"
PEOPLE = People([[ANNA, HOME]])

_ADDRESSES = st.sampled_from([f"p{number}@acme.example" for number in range(30)] + [ANNA, HOME])


def test_whoever_writes_and_whoever_is_addressed_takes_part() -> None:
    assert joined((), ANNA, (BOB,), PEOPLE) == (ANNA, BOB)
    assert joined((ANNA, BOB), BOB, (ANNA, CARL), PEOPLE) == (ANNA, BOB, CARL)


def test_a_person_takes_part_once_with_the_address_that_they_wrote_from_last() -> None:
    assert joined((ANNA, BOB), HOME, (ANNA,), PEOPLE) == (HOME, BOB)
    assert joined((ANNA, BOB), BOB, (HOME,), PEOPLE) == (ANNA, BOB), "being addressed moves nobody"


@given(before=st.lists(_ADDRESSES), author=_ADDRESSES, addressed=st.lists(_ADDRESSES))
def test_participants_are_bounded_and_their_author_is_always_one(
    before: list[str], author: str, addressed: list[str]
) -> None:
    held: tuple[str, ...] = ()
    for one in before:
        held = joined(held, one, (), PEOPLE)

    found = joined(held, author, addressed, PEOPLE)

    assert author in found
    assert len(found) <= PARTICIPANTS
    assert len({PEOPLE.person(one) for one in found}) == len(found)
    assert joined(found, author, addressed, PEOPLE) == found


def test_an_owner_goes_on_where_they_were_addressed_from_whichever_of_their_addresses() -> None:
    assert goes_on((ANNA, BOB), BOB, Threads.ADDRESSED, PEOPLE)
    assert goes_on((ANNA,), HOME, Threads.ADDRESSED, PEOPLE)
    assert not goes_on((ANNA, BOB), CARL, Threads.ADDRESSED, PEOPLE)
    assert goes_on((ANNA, BOB), CARL, Threads.PROJECT, PEOPLE)


def test_each_person_gets_a_reply_once_and_only_who_may_read_it() -> None:
    assert copies(ANNA, (BOB, CARL, HOME, BOB), lambda one: one != CARL, PEOPLE) == (BOB,)
    assert copies(BOB, (HOME, ANNA), lambda one: True, PEOPLE) == (HOME,)
    assert copies(ANNA, (), lambda one: True, PEOPLE) == ()


def test_where_there_is_no_room_the_author_comes_in_and_who_is_addressed_does_not() -> None:
    held = tuple(f"p{number}@acme.example" for number in range(PARTICIPANTS))

    assert joined(held, "p0@acme.example", (CARL,), PEOPLE) == held
    assert joined(held, ANNA, (CARL,), PEOPLE) == (*held[:-1], ANNA)


def test_in_a_mail_that_others_read_too_everybody_is_named() -> None:
    older = (
        Superseded(instruction="a"),
        Superseded(instruction="b", whose="Bob"),
        Superseded(instruction="c", aside=True),
    )
    request = RequestFacts(instruction="x", superseded=older)

    done = for_others_too(Done(kind=ReplyKind.SUCCEEDED, request=request), "Anna")
    assert done.request.whose == "Anna"
    assert [one.whose for one in done.request.superseded] == ["Anna", "Bob", ""]
    assert for_others_too(Open(kind=ReplyKind.MERGED), "Anna").request.whose == "Anna"


@pytest.mark.parametrize(
    ("cause", "who"),
    [
        (Cause(reason=InterruptReason.USER_CANCELLED, by_person=True), "Anna"),
        (Cause(reason=InterruptReason.USER_CANCELLED, who="Bob", by_person=True), "Bob"),
        (Cause(reason=InterruptReason.USER_CANCELLED), ""),
        (None, None),
    ],
)
def test_who_stopped_it_is_named_where_that_is_known(cause: Cause | None, who: str | None) -> None:
    found = for_others_too(Stopped(kind=ReplyKind.INTERRUPTED, cause=cause), "Anna")

    assert isinstance(found, Stopped)
    assert (found.cause.who if found.cause else None) == who
