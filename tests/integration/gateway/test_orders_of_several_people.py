"""Two owners and a stranger in one thread: in every order of their mails it is one session of the two, and the stranger gets nothing."""

from __future__ import annotations

import dataclasses
import email
import email.utils
import os
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hermes import ids
from hermes.app.gateway import Gateway
from hermes.domain.commands import CommandState
from hermes.domain.mails import MailRecord, Outcome
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, BOB, EVE, SITE, Play

KEY = "0123456789abcdef0123456789abcdef"
#: `make torture` has forty.
ORDERS = int(os.environ.get("FAULTS_ORDERS", "15"))


@dataclasses.dataclass(frozen=True)
class Written:
    """A mail of the conversation: who wrote it, what, and which earlier ones it answers, the first first."""

    author: str
    text: str
    answers: tuple[int, ...] = ()


#: Everybody answers all. The mails are numbered as they were written.
CONVERSATION = (
    Written(ANNA, "Rework the page"),
    Written(BOB, "Change the title", (0,)),
    Written(EVE, "Delete the page", (0, 1)),
    Written(ANNA, "Make the footer blue", (0, 1)),
    Written(BOB, "stop", (0, 1, 3)),
    Written(EVE, "stop", (0, 1, 3, 4)),
    Written(BOB, "status", (0, 1, 3)),
)


@pytest.fixture
async def gateways(play: Play) -> list[Gateway]:
    """Two replicas."""
    return [await play.gateway(mail={"token_key": KEY}) for _ in range(2)]


async def _arrive(
    play: Play, gateway: Gateway, number: int, names: Sequence[str], records: dict[int, MailRecord], *, to_ours: bool
) -> MailRecord:
    """One mail, which answers our newest reply of the thread in place of the person's if there is one and its author has it."""
    one = CONVERSATION[number]
    to, answered = SITE, names[one.answers[-1]] if one.answers else None
    known = {record.mail_id for record in records.values()}
    rows = [row for row in await play.stand.outbox.all() if row.mail_id in known and row.session_id]
    if to_ours and rows and one.answers:
        newest = max(rows, key=lambda row: row.created_at)
        answered, to = newest.message_id, email.utils.parseaddr(email.message_from_bytes(newest.raw)["Reply-To"])[1]
    others = [person for person in (ANNA, BOB, EVE) if person != one.author]
    _, record = await play.mail(
        gateway,
        one.text,
        sender=one.author,
        to=to,
        message_id=names[number],
        answers=answered,
        references=[names[earlier] for earlier in one.answers],
        headers=(f"Cc: {', '.join(others)}",),
    )
    return record


@given(
    order=st.permutations(range(len(CONVERSATION))),
    replicas=st.lists(st.integers(0, 1), min_size=len(CONVERSATION), max_size=len(CONVERSATION)),
    ours=st.lists(st.booleans(), min_size=len(CONVERSATION), max_size=len(CONVERSATION)),
)
@settings(max_examples=ORDERS, deadline=None, suppress_health_check=list(HealthCheck))
async def test_any_order_gives_one_session_of_the_two_and_nothing_to_the_stranger(
    play: Play, gateways: list[Gateway], order: list[int], replicas: list[int], ours: list[bool]
) -> None:
    names = [f"<{ids.new_id()}@example.org>" for _ in CONVERSATION]
    records: dict[int, MailRecord] = {}
    for number in order:
        gateway = gateways[replicas[number]]
        records[number] = await _arrive(play, gateway, number, names, records, to_ours=ours[number])

    theirs = [record for number, record in records.items() if CONVERSATION[number].author != EVE]
    hers = [record for number, record in records.items() if CONVERSATION[number].author == EVE]
    (session_id,) = {record.session_id for record in theirs if record.session_id}
    session = await play.stand.sessions.get(str(session_id))
    assert session is not None
    assert set(session.participants) == {ANNA, BOB}
    # What came before any request of the thread has no session to be of.
    first = min(order.index(number) for number in (0, 1, 3))
    assert all(records[number].session_id for number in order[first:] if CONVERSATION[number].author != EVE)

    assert {(record.outcome, record.session_id, record.command_id) for record in hers} == {
        (Outcome.REFUSED, None, None)
    }
    mails = {record.mail_id for record in records.values()}
    rows = [row for row in await play.stand.outbox.all() if row.mail_id in mails]
    assert {row.recipient for row in rows} <= {ANNA, BOB}
    assert all(EVE.encode() not in row.raw for row in rows)
    for row in rows:
        named = email.message_from_bytes(row.raw)
        assert {named["To"], named["Cc"] or named["To"]} <= {ANNA, BOB}

    commands = [await play.command(records[number]) for number in order if records[number].command_id]
    assert [command.seq for command in commands] == sorted({command.seq for command in commands}), "one order"
    stopped_last = order.index(4) > max(order.index(number) for number in (0, 1, 3))
    if stopped_last:
        await eventually(lambda: _all_ended(play, [records[number] for number in (0, 1, 3)]))
    else:
        assert session.head == commands[-1].command_id
        assert (await play.command(records[[n for n in order if n in (0, 1, 3)][-1]])).state is CommandState.ACCEPTED


async def _all_ended(play: Play, records: Sequence[MailRecord]) -> bool:
    return all([(await play.command(record)).state.terminal for record in records])
