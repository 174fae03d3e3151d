"""A whole Hermes in the test's own process: emulator, mailbox and workers are real; only the project is made for the test."""

from __future__ import annotations

import asyncio
import contextlib
import email.message
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hermes.app import gateway as composition
from hermes.aws import provision
from hermes.aws.resource_names import ResourceNames
from hermes.config import loading as config
from hermes.domain.events import Event
from hermes.domain.mails import MailRecord, Outcome
from hermes.launch.local import LocalLauncher
from hermes.local import letter, project, settings
from hermes.local.emulator import Emulator
from hermes.local.mailbox import DemoMailbox
from tests import env
from tests.eventually import eventually

SECONDS = 60.0


class House:
    """One gateway with its surroundings."""

    def __init__(
        self, *, gateway: composition.Gateway, mailbox: DemoMailbox, repository: Path, events: list[Event]
    ) -> None:
        self.gateway = gateway
        self.mailbox = mailbox
        self.repository = repository
        self.events = events

    async def send(
        self,
        text: str,
        *,
        sender: str = settings.PERSON,
        subject: str = "Work",
        to: str = settings.ADDRESS,
        in_reply_to: str | None = None,
        attach: Sequence[Path] = (),
    ) -> str:
        message_id, raw = letter.write(
            sender=sender, to=to, subject=subject, text=text, in_reply_to=in_reply_to, attachments=attach
        )
        await self.send_raw(raw, sender=sender, to=to)
        return message_id

    async def send_raw(self, raw: bytes, *, sender: str = settings.PERSON, to: str = settings.ADDRESS) -> None:
        assert self.gateway.smtp is not None
        await letter.send(raw, sender=sender, to=to, host="127.0.0.1", port=self.gateway.smtp.port)

    async def reply(self, message_id: str, seconds: float = SECONDS) -> email.message.Message:
        return await self.mailbox.wait_for(lambda m: m["In-Reply-To"] == message_id, seconds)

    async def recorded(self, message_id: str | None, count: int = 1) -> list[MailRecord]:
        """The records of a Message-ID, once there are `count`."""

        async def look() -> list[MailRecord]:
            every = await self.gateway.records.sessions.all_mails()
            found = [r for r in every if r.message_id == message_id]
            return found if len(found) >= count else []

        found: list[MailRecord] = await eventually(look, seconds=SECONDS)
        return found

    async def outcome(self, message_id: str | None) -> tuple[Outcome, str]:
        (record,) = await self.recorded(message_id)
        return record.outcome, record.reason

    def branches(self, repository: Path | None = None) -> list[str]:
        """Of the project's repository, or of another."""
        git = ["git", "-C", str(repository or self.repository), "for-each-ref", "--format=%(refname)"]
        return subprocess.run(git, check=True, capture_output=True, text=True).stdout.split()


@contextlib.asynccontextmanager
async def house(
    folder: Path,
    *,
    project_settings: Mapping[str, Any] | None = None,
    others: Sequence[Mapping[str, Any]] = (),
    **sections: Any,
) -> AsyncIterator[House]:
    """A running Hermes over `folder`; `project_settings` go over the demo project's, and those of each further project over these."""
    repository = folder / "project.git"
    events: list[Event] = []
    async with contextlib.AsyncExitStack() as stack:
        emulator = await stack.enter_async_context(Emulator(state=folder / "aws", environment=os.environ))
        await asyncio.to_thread(project.create, repository)
        mailbox = DemoMailbox(path=folder / "mailbox")
        await mailbox.start()
        stack.push_async_callback(mailbox.close)
        made = settings.over(
            settings.project(repository=str(repository)),
            settings.Surroundings(
                state=folder, endpoint_url=emulator.endpoint_url, key=emulator.key, replies_port=mailbox.port
            ),
        )
        plain = made.model_dump(mode="json")
        plain["projects"][0] |= dict(project_settings or {})
        plain["projects"] += [{**plain["projects"][0], **other} for other in others]
        for name, values in sections.items():
            plain[name] |= values
        conf = config.parse(plain)
        clients = await stack.enter_async_context(composition.connect(conf))
        await provision.provision(
            clients=clients, names=ResourceNames(conf.prefix), bucket=conf.aws.bucket, region=conf.aws.region
        )
        gateway = await composition.build(conf, clients, env=env.quiet(emit=events.append))
        assert isinstance(gateway.launcher, LocalLauncher)
        stack.push_async_callback(gateway.launcher.close, 20.0)
        stop, started = asyncio.Event(), asyncio.Event()
        serving = asyncio.create_task(gateway.service.run(stop, started=started))
        try:
            async with asyncio.timeout(SECONDS):
                await started.wait()
            yield House(gateway=gateway, mailbox=mailbox, repository=repository, events=events)
        finally:
            stop.set()
            await serving


def configured(hermes: House, port: int = 0) -> dict[str, str]:
    """The environment of another process with the same configuration; `port` is where it takes mail."""
    plain = hermes.gateway.config.model_dump(mode="json", exclude_none=True)
    plain["smtp_ingress"]["port"] = port
    given = {f"HERMES_{name.upper()}": v if isinstance(v, str) else json.dumps(v) for name, v in plain.items()}
    return {**os.environ, **given}


@contextlib.asynccontextmanager
async def second_gateway(
    hermes: House, *, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """`hermes serve` as a process of its own, configured by environment alone; `environment` is what it has besides."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hermes", "serve"),
        env={**configured(hermes, port), **(environment or {})},
        stdin=asyncio.subprocess.DEVNULL,
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


def text_of(message: email.message.Message) -> str:
    """The text a person reads."""
    part = next(p for p in message.walk() if p.get_content_type() == "text/plain")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8")
