"""Two gateways on one emulator; one of them is killed, and nobody notices but the operator."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hermes.domain.commands import CommandState
from hermes.local import letter, settings
from tests.e2e.house import House, house
from tests.eventually import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.asynccontextmanager
async def second_gateway(hermes: House) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """`hermes serve` as a process of its own, configured by environment alone."""
    port = free_port()
    plain = hermes.gateway.config.model_dump(mode="json", exclude_none=True)
    plain["smtp_ingress"]["port"] = port
    given = {f"HERMES_{name.upper()}": v if isinstance(v, str) else json.dumps(v) for name, v in plain.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hermes", "serve", env={**os.environ, **given}, stdin=asyncio.subprocess.DEVNULL
    )

    async def listening() -> bool:
        assert process.returncode is None
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(listening, seconds=30)
        yield process, port
    finally:
        if process.returncode is None:
            process.terminate()
            async with asyncio.timeout(60):
                await process.wait()


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
