"""The log of a command: followed while it runs, over its attempts, and whole afterwards."""

from __future__ import annotations

import pytest

from hermes import errors
from hermes.admin.views import logs
from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.operating.live_log import segment_key
from tests.integration.gateway.console import ALL, SITE_ONLY, console, done
from tests.integration.gateway.play import SHOP, Play


async def put(play: Play, command: Command, attempt: int, number: int, text: str) -> None:
    key = segment_key(command.session_id, command.command_id, attempt, number)
    await play.stand.objects.put(key, text.encode())


async def test_a_reader_follows_a_log_over_attempts_to_its_end(play: Play) -> None:
    gateway = await play.gateway()
    held = console(play, gateway)
    _, record = await play.mail(gateway, "Rework the page")
    command = await play.command(record)
    empty = await logs.follow(held, ALL, command.command_id)
    assert (empty.text, empty.ended) == ("", False)

    await play.stand.commands.claim(command.command_id, attempt=1, gen=1, token="t", now=play.clock.time())
    await put(play, command, 1, 0, "one\n")
    first = await logs.follow(held, ALL, command.command_id, after=empty.after)
    await put(play, command, 1, 1, "two\n")
    again = wire.ResultMessage(
        command_id=command.command_id, attempt=1, success=False, interrupted=True, retryable=True
    )
    await gateway.finisher.finish(again)
    await put(play, command, 2, 0, "three\n")
    second = await logs.follow(held, ALL, command.command_id, after=first.after)
    await done(play, gateway, record)
    last = await logs.follow(held, ALL, command.command_id, after=second.after)

    assert [one.text for one in (first, second, last)] == ["one\n", "two\n» attempt 2\nthree\n", ""]
    assert [one.ended for one in (first, second, last)] == [False, False, True]
    with pytest.raises(errors.BadQuery):
        await logs.follow(held, ALL, command.command_id, after="x")


async def test_a_long_log_comes_piece_by_piece(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "SEGMENTS", 2)
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    command = await play.command(record)
    for number in range(5):
        await put(play, command, 1, number, f"{number}\n")
    await done(play, gateway, record)

    found, after, ended = [], "", False
    while not ended:
        piece = await logs.follow(console(play, gateway), ALL, command.command_id, after=after)
        found.append(piece.text)
        after, ended = piece.after, piece.ended

    assert found == ["0\n1\n", "2\n3\n", "4\n"]


async def test_the_whole_log_is_read_afterwards_and_only_ones_own(play: Play) -> None:
    gateway = await play.gateway()
    held = console(play, gateway)
    _, record = await play.mail(gateway, "Add a product", to=SHOP)
    command = await play.command(record)
    with pytest.raises(errors.NotFound, match="has no log yet"):
        await logs.whole(held, ALL, command.command_id)
    key = f"logs/{command.session_id}/{command.command_id}-1.log"
    await play.stand.objects.put(key, b"all of it\n")
    await done(play, gateway, record, log_key=key)

    assert (await logs.whole(held, ALL, command.command_id)).text == "all of it\n"
    piece = await logs.follow(held, ALL, command.command_id)  # of a worker that wrote no segments
    assert (piece.text, piece.ended) == ("all of it\n", True)
    with pytest.raises(errors.NotFound):
        await logs.follow(held, SITE_ONLY, command.command_id)


async def test_a_log_key_of_another_thread_is_not_read(play: Play) -> None:
    gateway = await play.gateway()
    _, record = await play.mail(gateway, "Rework the page")
    await done(play, gateway, record, log_key="mails/secret.eml")

    with pytest.raises(errors.NotFound, match="not where its own would be"):
        await logs.whole(console(play, gateway), ALL, str(record.command_id))
    assert (await logs.follow(console(play, gateway), ALL, str(record.command_id))).text == ""
