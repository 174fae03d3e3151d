"""Two gateways on one emulator; one of them is killed, and nobody notices but the operator."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from hermes.domain.commands import CommandState
from hermes.local import letter, settings
from tests.e2e.house import house, second_gateway

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def test_each_mail_is_answered_once_whichever_gateway_took_it_and_whichever_died(tmp_path: Path) -> None:
    async with house(tmp_path, project_settings={"agent": {"kind": "patch"}}) as hermes:
        assert hermes.gateway.smtp is not None
        async with second_gateway(hermes) as (process, port):
            asked = []
            for number in range(8):
                text = f'replace "<main>" with "<main><!-- {number} -->" in index.html'
                message_id, raw = letter.write(
                    sender=settings.PERSON, to=settings.ADDRESS, subject=f"Number {number}", text=text
                )
                taken_by = (hermes.gateway.smtp.port, port)[number % 2]
                await letter.send(raw, sender=settings.PERSON, to=settings.ADDRESS, host="127.0.0.1", port=taken_by)
                asked.append(message_id)
                if number == 5:
                    process.send_signal(signal.SIGKILL)
                    await process.wait()
                    port = hermes.gateway.smtp.port
            for message_id in asked:
                await hermes.reply(message_id, 150)
        async with second_gateway(hermes) as (process, _):
            process.terminate()
            async with asyncio.timeout(60):
                assert await process.wait() == 0
        for message_id in asked:
            assert len([m for m in hermes.mailbox.messages() if m["In-Reply-To"] == message_id]) == 1
            (record,) = await hermes.recorded(message_id)
            command = await hermes.gateway.records.commands.get(str(record.command_id))
            assert command is not None
            assert (command.state, command.attempt) == (CommandState.SUCCEEDED, 1), command.model_dump_json(indent=1)
        replies = await hermes.gateway.records.outbox.all()
        assert sorted(r.command_id for r in replies if r.command_id) == sorted(
            {r.command_id for r in replies if r.command_id}
        )
        containers = await hermes.gateway.records.containers.all()
        # The second generation: a worker that the killed gateway had started, and not yet given its project's secrets.
        assert [c.gen for c in containers] in ([1], [2])
