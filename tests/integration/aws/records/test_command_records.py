"""The records of commands and sessions: acceptance, the claim under the watermark, timers, the one end."""

from __future__ import annotations

import asyncio

import pytest

from hermes import errors, ids
from hermes.domain import lifecycle, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.interrupts import Interruption, InterruptReason
from tests.eventually import eventually
from tests.integration.faults import LostAnswers
from tests.integration.records import SESSION, command, session
from tests.integration.stand import Stand

pytestmark = pytest.mark.rows

REPORT = wire.ResultMessage(command_id="c1", attempt=1, success=True)


async def accepted(aws: Stand, *commands: Command, upto: int = 0) -> None:
    first = session(seq=len(commands), interrupt_upto=upto)
    await aws.tables.transact([aws.sessions.begin(first), *(aws.commands.accept(one) for one in commands)])


def ended(seen: Command, state: CommandState) -> lifecycle.Transition:
    return lifecycle.conclude(seen, state, result=REPORT, error="", attempt=1, now=140.0)


async def test_a_command_is_accepted_once(aws: Stand) -> None:
    await accepted(aws, command())

    with pytest.raises(errors.ConditionFailed):
        await aws.tables.transact([aws.commands.accept(command(instruction="other"))])

    assert await aws.commands.get("c1") == command()


async def test_a_claim_starts_it(aws: Stand) -> None:
    await accepted(aws, command())

    claimed = await aws.commands.claim("c1", attempt=1, gen=4, token="t", now=130.0)

    stands = await aws.commands.get("c1")
    assert stands is not None
    assert (stands.state, stands.claimed_gen, stands.started_at) == (CommandState.RUNNING, 4, 130.0)
    assert claimed.state is CommandState.RUNNING
    assert [entry.what for entry in stands.history] == ["started"]


@pytest.mark.parametrize(("upto", "starts"), [(0, True), (5, True), (6, False), (9, False)])
async def test_a_command_below_the_watermark_never_starts(aws: Stand, upto: int, starts: bool) -> None:
    await accepted(aws, command(seq=5), upto=upto)

    if starts:
        await aws.commands.claim("c1", attempt=1, gen=1, token="t", now=130.0)
    else:
        with pytest.raises(errors.ConditionFailed):
            await aws.commands.claim("c1", attempt=1, gen=1, token="t", now=130.0)
        stands = await aws.commands.get("c1")
        assert stands is not None
        assert stands.state is CommandState.ACCEPTED


async def test_of_many_workers_one_claims(aws: Stand) -> None:
    await accepted(aws, command())

    async def claim(n: int) -> str | None:
        for _ in range(50):
            try:
                return (await aws.commands.claim("c1", attempt=1, gen=n, token=f"t{n}", now=130.0)).claim_token
            except errors.TransactionBusy:
                await asyncio.sleep(0.02)
            except errors.ConditionFailed:
                return None
        raise AssertionError("busy for ever")

    winners = [token for token in await asyncio.gather(*(claim(n) for n in range(4))) if token]

    assert len(winners) == 1
    stands = await aws.commands.get("c1")
    assert stands is not None
    assert stands.claim_token == winners[0]


async def test_a_claim_whose_answer_was_lost_is_ours(aws: Stand) -> None:
    await accepted(aws, command())
    faults = LostAnswers(aws.clients.dynamodb, "TransactWriteItems")

    claimed = await aws.commands.claim("c1", attempt=1, gen=1, token="t", now=130.0)

    assert faults.lost == 1
    assert claimed.claim_token == "t"
    assert (await aws.commands.claim("c1", attempt=1, gen=1, token="t", now=131.0)).started_at == 130.0


async def test_a_claim_of_another_attempt_or_of_nothing_loses(aws: Stand) -> None:
    await accepted(aws, command(attempt=2))

    with pytest.raises(errors.ConditionFailed):
        await aws.commands.claim("c1", attempt=1, gen=1, token="t", now=130.0)
    with pytest.raises(errors.ConditionFailed):
        await aws.commands.claim("nothing", attempt=1, gen=1, token="t", now=130.0)


async def test_a_command_without_its_session_does_not_start(aws: Stand) -> None:
    await aws.tables.transact([aws.commands.accept(command())])

    with pytest.raises(errors.ConditionFailed):
        await aws.commands.claim("c1", attempt=1, gen=1, token="t", now=130.0)


async def test_the_first_end_wins(aws: Stand) -> None:
    await accepted(aws, command())
    running = await aws.commands.claim("c1", attempt=1, gen=1, token="t", now=130.0)

    await aws.commands.step(ended(running, CommandState.SUCCEEDED))
    with pytest.raises(errors.ConditionFailed):
        await aws.commands.step(ended(running, CommandState.FAILED))

    stands = await aws.commands.get("c1")
    assert stands is not None
    assert (stands.state, stands.due, stands.due_shard) == (CommandState.SUCCEEDED, None, None)


async def test_the_end_of_an_older_attempt_does_not_count(aws: Stand) -> None:
    await accepted(aws, command(attempt=2))

    with pytest.raises(errors.ConditionFailed):
        await aws.commands.step(ended(command(), CommandState.FAILED))


async def test_a_step_holds_only_for_the_state_in_which_the_command_was_read(aws: Stand) -> None:
    await accepted(aws, command())
    why = Interruption(reason=InterruptReason.USER_CANCELLED, requested_at=1.0)

    seen = command(state=CommandState.RUNNING)
    with pytest.raises(errors.ConditionFailed):
        await aws.commands.step(lifecycle.interrupt(seen, why, now=1.0, timing=lifecycle.TIMING))
    changed = await aws.commands.step(lifecycle.withdraw(command(), why, now=1.0))

    assert changed.state is CommandState.INTERRUPTED
    assert changed.interruption == why


async def test_a_timer_is_taken_by_one_replica(aws: Stand) -> None:
    await accepted(aws, command())
    seen = await aws.commands.get("c1")
    assert seen is not None

    async def take(until: float) -> bool:
        try:
            await aws.commands.claim_due(seen, until=until)
        except errors.ConditionFailed:
            return False
        return True

    assert sum(await asyncio.gather(*(take(200.0 + n) for n in range(5)))) == 1


async def test_the_due_index_has_open_commands_in_every_shard_and_no_others(aws: Stand) -> None:
    names = [f"c{n}" for n in range(12)]
    assert len({ids.due_shard(name) for name in names}) > 1
    await accepted(aws, *(command(name, seq=n + 1, due=100.0 + n) for n, name in enumerate(names)))
    await aws.commands.step(ended(command("c3"), CommandState.FAILED))

    async def look() -> bool:
        found = await aws.commands.due(before=105.0)
        return found == [(f"c{n}", command().container_key, 100.0 + n, "accepted") for n in (0, 1, 2, 4, 5)]

    assert await eventually(look)


async def test_the_newest_commands_of_a_session_come_first(aws: Stand) -> None:
    await accepted(aws, *(command(f"c{n}", seq=n) for n in range(1, 6)))

    async def look() -> bool:
        return [one.command_id for one in await aws.commands.of_session(SESSION, most=3)] == ["c5", "c4", "c3"]

    assert await eventually(look)
    assert await aws.commands.of_session("nothing") == []


async def test_of_two_mails_of_a_thread_one_advances_the_session_first(aws: Stand) -> None:
    await accepted(aws, command())
    seen = await aws.sessions.get(SESSION)
    assert seen is not None
    next_one = seen.model_copy(update={"seq": 2, "head": "c2", "interrupt_upto": 2, "updated_at": 5.0})

    await aws.tables.transact([aws.sessions.advance(seen, next_one)])
    with pytest.raises(errors.ConditionFailed):
        await aws.tables.transact([aws.sessions.advance(seen, next_one.model_copy(update={"head": "c9"}))])

    stands = await aws.sessions.get(SESSION)
    assert stands == next_one
