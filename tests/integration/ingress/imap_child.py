"""Runs the IMAP ingress in a process of its own, which kills itself at a named point; settings as JSON on the command line."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from hermes.aws import clients
from hermes.aws.objects import Objects
from hermes.aws.queues import Queues
from hermes.aws.records.mailboxes import Mailboxes
from hermes.aws.resource_names import ResourceNames
from hermes.aws.tables import Tables
from hermes.config.ingress_settings import ImapSettings
from hermes.ingress.imap.folder import ImapFolder
from hermes.ingress.imap.ingress import ImapIngress, ImapTimes
from hermes.ingress.mail_store import MailStore
from hermes.ingress.spool import Spool
from tests import env


def die(point: str, wanted: str) -> None:
    if point == wanted:
        os.kill(os.getpid(), signal.SIGKILL)


def doomed(owner: Any, name: str, wanted: str) -> None:
    """Make a method die before or after what it does."""
    call: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(call)
    def inner(*given: Any, **more: Any) -> Any:
        die(f"before {name}", wanted)
        result = call(*given, **more)
        if isinstance(result, Awaitable):
            return then(result)
        die(f"after {name}", wanted)
        return result

    async def then(result: Awaitable[Any]) -> Any:
        found = await result
        die(f"after {name}", wanted)
        return found

    setattr(owner, name, inner)


async def main(given: dict[str, Any]) -> None:
    settings = ImapSettings.model_validate(given["imap"])
    async with clients.connect(**given["aws"]) as made:
        objects = Objects(client=made.s3, bucket=given["bucket"])
        queues = Queues(polls=made.polls, client=made.sqs)
        doomed(objects, "put", given["point"])
        doomed(queues, "send", given["point"])

        def connect() -> ImapFolder:
            folder = ImapFolder(settings)
            for name in ("open", "unseen", "facts", "raw", "mark_seen", "idle"):
                doomed(folder, name, given["point"])
            return folder

        ingress = ImapIngress(
            settings=settings,
            depositor=MailStore(objects=objects, queues=queues, inbound=given["inbound"], env=env.quiet()),
            accepts=lambda recipient: recipient.endswith("@hermes.test"),
            connect=connect,
            mailboxes=Mailboxes(tables=Tables(client=made.dynamodb), names=ResourceNames(given["prefix"])),
            spool=Spool(),
            times=ImapTimes(),
            env=env.quiet(),
        )
        await ingress.start()
        await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
