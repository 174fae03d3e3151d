"""Mails of one session that come before a command has started become one run, and each gets an answer that is understood."""

from __future__ import annotations

import asyncio
import email
from typing import Any

import pytest

from hermes.domain.commands import CommandState
from hermes.domain.mails import MailRecord
from tests.eventually import eventually
from tests.integration.gateway.play import Play
from tests.integration.gateway.postbox import text_of

WINDOW: dict[str, Any] = {"gateway": {"collect_seconds": 60}}
#: A gateway pauses for nothing else as long as this.
_LONG_SECONDS = 20.0


@pytest.fixture
def window(play: Play) -> asyncio.Event:
    """The window is over when the test says so, not when the machine was slow."""
    over = asyncio.Event()

    async def pause(seconds: float) -> None:
        await (over.wait() if seconds > _LONG_SECONDS else asyncio.sleep(seconds))

    play.sleep = pause
    return over


async def test_a_storm_of_mails_is_one_run_with_one_answer_for_each(play: Play, window: asyncio.Event) -> None:
    async with play.serving(**WINDOW) as gateway:
        first_id, first = await play.mail(gateway, "Change number 0")
        rest = [(await play.mail(gateway, f"Change number {n}", answers=first_id))[1] for n in range(1, 20)]
        window.set()
        worker = await play.worker()
        command = await worker.begin()
        assert await worker.waiting(worker.input_url) == []
        await worker.succeed(command)
        await play.sent(rest[-1])

        assert command.command_id == rest[-1].command_id
        assert command.instruction.split("\n\n") == [f"Change number {n}" for n in range(20)]
        for record in [first, *rest[:-1]]:
            assert (await play.command(record)).state is CommandState.INTERRUPTED
            (reply,) = await play.replies(record)
            assert reply.kind == "merged"
        assert "done together" in text_of(email.message_from_bytes((await play.replies(first))[0].raw))
        (last,) = await play.replies(rest[-1])
        assert last.kind == "succeeded"


async def test_a_mail_after_the_window_supersedes_as_ever(play: Play, window: asyncio.Event) -> None:
    async with play.serving(**WINDOW) as gateway:
        first_id, _ = await play.mail(gateway, "Rework the page")
        window.set()
        worker = await play.worker()
        await worker.begin()

        _, second = await play.mail(gateway, "Change the title", answers=first_id)

        assert second.reason == "supersede"
        assert (await worker.interrupt()).interrupted_by == second.command_id


async def test_stop_within_the_window_stops_what_never_started(play: Play, window: asyncio.Event) -> None:
    async with play.serving(**WINDOW) as gateway:
        first_id, first = await play.mail(gateway, "Rework the page")
        await play.mail(gateway, "stop", answers=first_id)

        assert (await play.ended(first)).state is CommandState.INTERRUPTED
        window.set()
        worker = await play.worker()
        await eventually(lambda: len(gateway.service._tasks) == 0)
        assert await worker.waiting(worker.input_url) == []


@pytest.mark.parametrize("policy", ["merge"])
async def test_merge_joins_what_waits_and_leaves_alone_what_runs(play: Play, policy: str) -> None:
    gateway = await play.gateway(project={"policy": policy})

    async def mail(text: str, answers: str | None = None) -> tuple[str, MailRecord]:
        return await play.mail(gateway, text, answers=answers)

    first_id, first = await mail("Rework the page")
    worker = await play.worker()
    running = await worker.begin()
    _, second = await mail("Change the title", first_id)
    _, third = await mail("And the footer", first_id)

    assert (first.reason, second.reason, third.reason) == ("run", "wait", "merge")
    assert (await play.command(first)).state is CommandState.RUNNING
    assert [reply.kind for reply in await play.replies(second)] == ["merged"]
    await worker.succeed(running)
    await play.ended(first)
    joined = await worker.begin()
    assert joined.command_id == third.command_id
    assert joined.instruction == "Change the title\n\nAnd the footer"


async def test_a_build_does_not_join_an_edit(play: Play) -> None:
    gateway = await play.gateway(project={"policy": "merge"})
    first_id, _ = await play.mail(gateway, "Rework the page")

    _, second = await play.mail(gateway, "build", answers=first_id)

    assert second.reason == "wait"


async def test_an_earlier_mail_that_comes_late_joins_before_the_later_one(play: Play) -> None:
    gateway = await play.gateway(**WINDOW)
    first_id, first = await play.mail(gateway, "Second thought", order=5000.0)

    _, late = await play.mail(gateway, "First thought", answers=first_id, order=4000.0)

    command = await play.command(late)
    assert late.reason == "merge"
    assert command.instruction == "First thought\n\nSecond thought"
    session = await play.stand.sessions.get(command.session_id)
    assert session is not None
    assert session.head_order == 5000.0
    assert (await play.command(first)).interruption is not None
