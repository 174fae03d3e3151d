"""Shares: one noisy sender is refused with a sentence, the others go on, and every seat is given back."""

from __future__ import annotations

import asyncio
import collections
from collections.abc import Sequence
from typing import Any

import pytest

from hermes import errors
from hermes.app.gateway import Gateway
from hermes.aws.records.usage import Usage
from hermes.aws.tables import Write
from hermes.domain import wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.interrupts import InterruptReason
from hermes.domain.mails import MailRecord, Outcome
from hermes.domain.replies import ReplyState
from tests import direct
from tests.eventually import eventually
from tests.integration.gateway.play import ANNA, BOB, SHOP, Dropped, Play
from tests.integration.gateway.postbox import text_of


async def silent(play: Play, **settings: Any) -> Gateway:
    """A gateway whose processes all die right after their transactions: what is accepted stays as it is until the test ends it."""
    gateway = await play.gateway(**settings)
    gateway.processor._follow_ups = Dropped()
    return gateway


async def used(play: Play) -> dict[str, float]:
    """What every row counts, by its id without its hour or day."""
    rows = await Usage(tables=play.stand.tables, names=play.stand.names).all()
    return {f"{row.subject} {row.measure.value}": row.used for row in rows}


async def begun(play: Play, record: MailRecord) -> Command:
    """The command of a mail, taken by a worker."""
    command = await play.command(record)
    return await play.stand.commands.claim(command.command_id, attempt=command.attempt, gen=1, token="t", now=1.0)


async def end(gateway: Gateway, command: Command, **facts: Any) -> None:
    """A final report."""
    given = {"command_id": command.command_id, "attempt": command.attempt, "success": True, **facts}
    await gateway.finisher.finish(wire.ResultMessage.model_validate(given))


async def test_of_ten_mails_at_once_as_many_are_taken_as_the_share_allows(play: Play) -> None:
    gateways = [await silent(play, project={"owner_share": {"open_commands": 3}}) for _ in range(2)]

    found = await asyncio.gather(*(play.mail(gateways[n % 2], f"Note {n}") for n in range(10)))
    outcomes = collections.Counter(record.outcome for _, record in found)
    refused = [(message_id, record) for message_id, record in found if record.outcome is Outcome.REFUSED]

    assert outcomes == {Outcome.COMMAND: 3, Outcome.REFUSED: 7}
    assert await used(play) == {f"owner {ANNA} in acme/site open_commands": 3}
    assert {record.reason for _, record in refused} == {"share: open_commands of the sender in acme/site is 3"}
    for _, record in refused:
        (row,) = await play.replies(record)
        assert (row.kind, row.recipient, row.reply_id) == ("open_limit", ANNA, record.reply_id)
        assert b"You can have 3 requests in progress at a time." in row.raw
    assert len(play.named("share.full")) == 7
    assert ANNA not in str(play.events)

    for record in [record for _, record in found if record.outcome is Outcome.COMMAND]:
        await end(gateways[0], await play.command(record))
    assert set((await used(play)).values()) == {0}
    assert (await play.mail(gateways[1], "And now the footer"))[1].outcome is Outcome.COMMAND


async def test_a_refusal_reaches_the_person_in_their_thread(play: Play) -> None:
    gateway = await play.gateway(shares={"project": {"open_commands": 1}})
    await play.mail(gateway, "Rework the page")

    message_id, record = await play.mail(gateway, "Bitte ändere auch die Überschrift auf der Startseite, danke")
    await play.sent(record)

    (mail,) = play.postbox.answers_to(message_id)
    assert "Dieses Projekt kann einen Auftrag gleichzeitig in Arbeit haben." in " ".join(text_of(mail).split())


async def test_a_noisy_sender_does_not_keep_others_waiting(play: Play) -> None:
    gateway = await silent(play, shares={"owner": {"open_commands": 2, "commands_per_hour": 4}})

    noise = [
        (await play.mail(gateway, f"Note {n}", to=SHOP if n % 2 else "www@agent.example.com"))[1] for n in range(6)
    ]
    _, other = await play.mail(gateway, "Make it blue", sender=BOB)

    assert [record.outcome for record in noise] == [Outcome.COMMAND] * 2 + [Outcome.REFUSED] * 4
    assert other.outcome is Outcome.COMMAND


async def test_a_mail_that_takes_the_place_of_another_takes_its_seat(play: Play) -> None:
    gateway = await silent(play, project={"share": {"open_commands": 1, "commands_per_hour": 9}})
    seat, count = "project acme/site open_commands", "project acme/site commands_per_hour"
    first_id, first = await play.mail(gateway, "Rework the page")
    _, replacing = await play.mail(gateway, "Change the title", answers=first_id)
    assert (replacing.reason, (await used(play))[seat]) == ("replace", 1)

    running = await begun(play, replacing)
    _, superseding = await play.mail(gateway, "Change the footer", answers=first_id)
    assert (superseding.reason, (await used(play))[seat]) == ("supersede", 1)
    assert (await play.command(replacing)).counted is None

    await end(gateway, running, success=False, interrupted=True)
    assert await used(play) == {seat: 1, count: 3}
    await end(gateway, await play.command(superseding))
    assert await used(play) == {seat: 0, count: 3}
    assert (await play.command(first)).state is CommandState.INTERRUPTED


async def test_a_mail_after_a_stop_takes_the_seat_of_what_is_being_stopped(play: Play) -> None:
    gateway = await silent(play, project={"share": {"open_commands": 1}})
    first_id, first = await play.mail(gateway, "Rework the page")
    running = await begun(play, first)
    await play.mail(gateway, "stop", answers=first_id)
    await gateway.executor.interrupt(running, reason=InterruptReason.USER_CANCELLED, by=None, message="")

    _, again = await play.mail(gateway, "Change the title", answers=first_id)
    assert (again.outcome, again.reason) == (Outcome.COMMAND, "wait")
    assert (await play.mail(gateway, "Another thread"))[1].outcome is Outcome.REFUSED

    await end(gateway, await play.command(first), success=False, interrupted=True)
    assert set((await used(play)).values()) == {1}
    await end(gateway, await play.command(again))
    assert set((await used(play)).values()) == {0}


async def test_a_seat_that_went_to_another_while_an_end_was_being_written_is_given_back_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = await silent(play, project={"share": {"open_commands": 2}})
    first_id, first = await play.mail(gateway, "Rework the page")
    running = await begun(play, first)
    await play.mail(gateway, "stop", answers=first_id)
    await gateway.executor.interrupt(running, reason=InterruptReason.USER_CANCELLED, by=None, message="")
    commands = gateway.finisher._commands
    reads = [await play.command(first)]  # before the next mail
    _, again = await play.mail(gateway, "Change the title", answers=first_id)

    async def read(command_id: str) -> Command | None:
        return reads.pop() if reads else await play.stand.commands.get(command_id)

    monkeypatch.setattr(commands, "get", read)
    await end(gateway, running, success=False, interrupted=True)

    assert (reads, (await play.command(first)).state) == ([], CommandState.INTERRUPTED)
    assert await used(play) == {"project acme/site open_commands": 1}
    await end(gateway, await play.command(again))
    assert await used(play) == {"project acme/site open_commands": 0}


async def test_counts_that_many_change_at_once_are_tried_again(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = await silent(play, project={"share": {"open_commands": 1}})
    transact, conflicts = gateway.records.tables.transact, [5]

    async def contended(writes: Sequence[Write]) -> None:
        if conflicts[0]:
            conflicts[0] -= 1
            raise errors.TransactionBusy
        await transact(writes)

    monkeypatch.setattr(gateway.records.tables, "transact", contended)
    _, record = await play.mail(gateway, "Rework the page")
    _, refused = await play.mail(gateway, "Another thread")
    conflicts[0] = 5
    await end(gateway, await play.command(record))

    assert (record.outcome, refused.outcome, conflicts) == (Outcome.COMMAND, Outcome.REFUSED, [0])
    assert set((await used(play)).values()) == {0}


async def test_a_flood_of_refusals_is_dropped_and_not_held(play: Play) -> None:
    gateway = await play.gateway(mail={"rate_limit": True}, shares={"owner": {"open_commands": 1}})
    gateway.processor._follow_ups = Dropped()
    await play.mail(gateway, "Rework the page")
    found = [(await play.mail(gateway, f"Note {number}"))[1] for number in range(12)]
    play.clock.advance(130)
    await gateway.sweeper.sweep()

    async def settled() -> collections.Counter[ReplyState] | None:
        rows = [row for row in await play.stand.outbox.all() if row.kind == "open_limit"]
        return (
            None if any(row.state is ReplyState.PENDING for row in rows) else collections.Counter(r.state for r in rows)
        )

    states: collections.Counter[ReplyState] = await eventually(settled, seconds=20)
    assert {record.outcome for record in found} == {Outcome.REFUSED}
    assert states == {ReplyState.SENT: 10, ReplyState.FAILED: 2}


async def test_mails_that_join_are_one_run(play: Play) -> None:
    gateway = await silent(
        play, gateway={"collect_seconds": 30}, project={"share": {"open_commands": 1, "commands_per_hour": 1}}
    )
    first_id, _ = await play.mail(gateway, "Rework the page")
    joined = [(await play.mail(gateway, f"And note {n}", answers=first_id))[1] for n in range(3)]

    assert [record.reason for record in joined] == ["merge"] * 3
    assert set((await used(play)).values()) == {1}
    await end(gateway, await play.command(joined[-1]))
    assert await used(play) == {"project acme/site open_commands": 0, "project acme/site commands_per_hour": 1}


async def test_control_words_are_answered_at_every_limit(play: Play) -> None:
    every = {"open_commands": 1, "commands_per_hour": 1, "cost_usd_per_day": 0.5}
    gateway = await play.gateway(shares={"client": every, "project": every, "owner": every})
    first_id, first = await play.mail(gateway, "Rework the page")
    worker = await play.worker()
    command = await worker.begin()
    for subject in ("client acme", "project acme/site", f"owner {ANNA}"):
        await play.stand.tables.update(gateway.records.usage.spend(subject, 7.0, now=play.clock.time()))
    _, refused = await play.mail(gateway, "Another thread")

    _, status = await play.mail(gateway, "status", answers=first_id)
    _, stop = await play.mail(gateway, "stop", answers=first_id)
    await worker.yield_to(command, await worker.interrupt())

    assert (refused.outcome, status.outcome, stop.outcome) == (Outcome.REFUSED, Outcome.CONTROL, Outcome.CONTROL)
    assert (await play.sent(status)).kind == "status"
    assert (await play.ended(first)).state is CommandState.INTERRUPTED
    assert {name: count for name, count in (await used(play)).items() if name.endswith("open_commands")} == {
        "client acme open_commands": 0,
        "project acme/site open_commands": 0,
        f"owner {ANNA} open_commands": 0,
    }


async def test_an_hour_that_is_full_is_named_once_and_the_next_one_is_free(play: Play) -> None:
    play.clock.advance(3600 - play.clock.time() % 3600)  # not at the end of one
    gateway = await silent(play, project={"share": {"commands_per_hour": 2}})

    found = [(await play.mail(gateway, f"Note {n}"))[1] for n in range(4)]
    rows = [row for row in await play.stand.outbox.all() if row.kind == "rate_limit"]
    play.clock.advance(3600)
    _, later = await play.mail(gateway, "Later")

    assert [record.outcome for record in found] == [Outcome.COMMAND] * 2 + [Outcome.REFUSED] * 2
    assert [record.reply_id for record in found[2:]] == [rows[0].reply_id, None]
    assert found[3].reason == "share: commands_per_hour of project acme/site is 2 (the sender was told so)"
    assert b"This project takes 2 requests in one hour." in rows[0].raw
    assert b":00 UTC on." in rows[0].raw
    assert len(rows) == 1
    assert later.outcome is Outcome.COMMAND


async def test_what_agents_spent_is_counted_with_every_attempt_and_the_next_day_is_free(play: Play) -> None:
    play.clock.advance(86400 - play.clock.time() % 86400)
    gateway = await silent(play, project={"share": {"cost_usd_per_day": 2.0}})
    _, first = await play.mail(gateway, "Rework the page")
    running = await begun(play, first)

    cut = {"success": False, "retryable": True, "interrupt_reason": "system_shutdown"}
    await end(gateway, running, cost_usd=1.5, **cut)
    _, second = await play.mail(gateway, "There is money left")
    await end(gateway, await play.command(first), cost_usd=0.75)
    _, refused = await play.mail(gateway, "There is none")
    await end(gateway, await play.command(second), cost_usd=float("nan"))
    spent = await used(play)
    play.clock.advance(86400)
    _, tomorrow = await play.mail(gateway, "Tomorrow")

    assert (await play.command(first)).attempt == 2
    assert spent == {"project acme/site cost_usd_per_day": 2.25}
    assert (second.outcome, refused.outcome, tomorrow.outcome) == (Outcome.COMMAND, Outcome.REFUSED, Outcome.COMMAND)
    assert refused.reason == "share: cost_usd_per_day of project acme/site is 2"


async def test_shares_may_be_switched_on_and_off_while_commands_are_open(play: Play) -> None:
    off, on = await silent(play), await silent(play, project={"share": {"open_commands": 2}})
    uncounted = (await play.mail(off, "Rework the menu"))[1]
    counted = (await play.mail(on, "Rework the footer"))[1]
    assert set((await used(play)).values()) == {1}

    await end(on, await play.command(uncounted))
    assert set((await used(play)).values()) == {1}
    await end(off, await play.command(counted))
    assert set((await used(play)).values()) == {0}


async def test_a_count_that_is_gone_keeps_no_command_from_its_end_and_nothing_falls_below_zero(play: Play) -> None:
    gateway = await silent(play, project={"share": {"open_commands": 2}, "owner_share": {"open_commands": 2}})
    _, record = await play.mail(gateway, "Rework the page")
    await play.stand.clients.dynamodb.delete_item(
        TableName=play.stand.names.table("usage"), Key={"usage_id": {"S": "project acme/site open"}}
    )

    await end(gateway, await play.command(record))

    assert (await play.command(record)).state is CommandState.SUCCEEDED
    assert await used(play) == {f"owner {ANNA} in acme/site open_commands": 0}
    (row,) = await play.replies(record)
    assert row.kind == "nothing_changed"


async def test_a_share_costs_no_call_more(play: Play) -> None:
    calls: collections.Counter[str] = collections.Counter()
    play.stand.clients.dynamodb.meta.events.register(
        "before-send.dynamodb", lambda event_name, **_: calls.update([event_name.rpartition(".")[2]])
    )
    seen = []
    every = {"open_commands": 5, "commands_per_hour": 5, "cost_usd_per_day": 5}
    for settings in ({}, {"shares": {"client": every, "project": every, "owner": every}}):
        gateway = await silent(play, **settings)
        calls.clear()
        _, record = await play.mail(gateway, "Rework the page")
        await gateway.finisher.finish(
            wire.ResultMessage(command_id=record.command_id or "", attempt=1, success=True, cost_usd=1.0)
        )
        seen.append(dict(calls))

    assert seen[0] == seen[1]
    assert len(await used(play)) == 9


async def test_without_shares_nothing_is_counted(play: Play) -> None:
    gateway = await silent(play)
    _, record = await play.mail(gateway, "Rework the page")
    await end(gateway, await play.command(record), cost_usd=3.0)

    assert await used(play) == {}
    command = await play.command(record)
    assert (command.counted, command.charged) == (None, None)


async def test_a_seat_is_taken_and_given_back_once_though_answers_are_lost_and_mails_come_twice(play: Play) -> None:
    gateways = [await silent(play, project={"share": {"open_commands": 1}}) for _ in range(2)]
    letter = await play.letter("Rework the page")
    lost = direct.LostAnswers(play.stand.clients.dynamodb, "TransactWriteItems", times=2)

    records = await asyncio.gather(*(one.processor.handle(letter.pointer, order=5.0) for one in gateways))
    assert lost.lost == 2
    assert records[0].token == records[1].token
    assert set((await used(play)).values()) == {1}

    lost._times = 4
    command = await play.command(records[0])
    await asyncio.gather(*(end(one, command) for one in gateways))
    assert lost.lost > 2
    assert set((await used(play)).values()) == {0}
