"""The level of a container: it never falls, and a claim looks at it in its own transaction."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.aws.records.commands import CLAIM_GIVES_WAY
from hermes.aws.records.preemptions import Preemptions
from hermes.domain.commands import CommandState
from hermes.domain.decisions.preemption import Preemption
from tests.integration import records
from tests.integration.stand import Stand

pytestmark = pytest.mark.rows


def a_level(order: float, **more: object) -> Preemption:
    given = {
        "container_key": records.KEY,
        "order": order,
        "by_session": "acme-site-new",
        "by_command": "newer",
        "at": 1.0,
    }
    return Preemption.model_validate({**given, **more})


async def test_a_level_rises_and_never_falls(aws: Stand) -> None:
    levels = Preemptions(tables=aws.tables, names=aws.names)
    assert await levels.get(records.KEY) is None

    for order in (2.0, 2.0, 3.000001):
        await aws.tables.put(levels.raise_to(a_level(order, by_command=f"c{order}")))
    with pytest.raises(errors.ConditionFailed):
        await aws.tables.put(levels.raise_to(a_level(3.0)))

    stands = await levels.get(records.KEY)
    assert stands is not None
    assert (stands.order, stands.by_command) == (3.000001, "c3.000001")
    assert await aws.sessions.get(records.SESSION) is None


@pytest.mark.parametrize(("rank", "by_session", "granted"), [
    (None, "acme-site-new", True), (5.0, "acme-site-new", True), (1.0, records.SESSION, True), (1.0, "acme-site-new", False),
])  # fmt: skip
async def test_a_claim_is_granted_to_what_does_not_give_way(
    aws: Stand, rank: float | None, by_session: str, granted: bool
) -> None:
    levels = Preemptions(tables=aws.tables, names=aws.names)
    await aws.tables.put(levels.raise_to(a_level(5.0, by_session=by_session)))
    await aws.tables.put(aws.sessions.begin(records.session()))
    command = records.command(rank=rank)
    await aws.tables.put(aws.commands.accept(command))
    assert (await levels.over(command) is None) is granted

    claim = aws.commands.claim(command.command_id, attempt=1, gen=1, token="t", now=1.0)
    if granted:
        assert (await claim).state is CommandState.RUNNING
    else:
        with pytest.raises(errors.ConditionFailed) as refused:
            await claim
        assert set(refused.value.items) == {CLAIM_GIVES_WAY}


async def test_a_session_that_stopped_it_is_told_from_a_thread_that_goes_first(aws: Stand) -> None:
    levels = Preemptions(tables=aws.tables, names=aws.names)
    await aws.tables.put(levels.raise_to(a_level(5.0)))
    await aws.tables.put(aws.sessions.begin(records.session(interrupt_upto=9)))
    command = records.command(rank=1.0)
    await aws.tables.put(aws.commands.accept(command))

    with pytest.raises(errors.ConditionFailed) as refused:
        await aws.commands.claim(command.command_id, attempt=1, gen=1, token="t", now=1.0)
    assert set(refused.value.items) > {CLAIM_GIVES_WAY}
