"""What an integration test runs on: one emulator, one new prefix, everything provisioned."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hermes import ids, limits
from hermes.aws import schema
from hermes.aws.clients import Clients
from hermes.aws.objects import Objects
from hermes.aws.provision import QueueUrls
from hermes.aws.queues import Queues
from hermes.aws.records.commands import Commands
from hermes.aws.records.containers import Containers
from hermes.aws.records.outbox import OutboxRecords
from hermes.aws.records.sessions import Sessions
from hermes.aws.resource_names import TABLES, ResourceNames
from hermes.aws.tables import Tables
from tests import direct

REGION = "eu-central-1"
ACCESS_KEY = "test"
SECRET_KEY = "test"


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """An emulator that runs."""

    name: str
    """`moto`, `ministack` or `direct`."""
    url: str

    @property
    def poll_seconds(self) -> int:
        """A long poll in tests: moto burns a core for as long as one is open."""
        return 1


#: MiniStack in this process: what the gateway does depends neither on HTTP nor on the implementation of AWS.
DIRECT = Endpoint("direct", direct.NOWHERE)


def running(request: pytest.FixtureRequest, name: str) -> Endpoint:
    """The emulator of this name, which answers over HTTP."""
    found = request.getfixturevalue(name)
    assert isinstance(found, Endpoint)
    return found


#: Where a test has no queues.
_NO_QUEUES = QueueUrls(**dict.fromkeys((one.name for one in dataclasses.fields(QueueUrls)), direct.NOWHERE))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One test's own deployment."""

    endpoint: Endpoint
    clients: Clients
    names: ResourceNames
    bucket: str
    places: QueueUrls
    tables: Tables
    queues: Queues
    objects: Objects
    commands: Commands
    sessions: Sessions
    containers: Containers
    outbox: OutboxRecords

    @property
    def prefix(self) -> str:
        """Of every name in AWS."""
        return self.names.prefix

    async def clear(self) -> None:
        """Delete the tables, but for those that the test has deleted."""
        gone = (self.clients.dynamodb.delete_table(TableName=self.names.table(noun)) for noun in TABLES)
        await asyncio.gather(*gone, return_exceptions=True)

    @property
    def config(self) -> dict[str, Any]:
        """The settings that lead here, for `config.parse`."""
        return {
            "prefix": self.prefix,
            "aws": {
                "region": REGION,
                "endpoint_url": self.endpoint.url,
                "bucket": self.bucket,
                "access_key": ACCESS_KEY,
                "secret_key": SECRET_KEY,
            },
        }

    def config_file(self, folder: Path, more: str = "", **aws: str) -> Path:
        """The same as a new `hermes.toml` in the folder: with other values in `[aws]`, and `more` after it."""
        lines = [f"prefix = {json.dumps(self.prefix)}", "[aws]"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in (self.config["aws"] | aws).items()]
        path = folder / "hermes.toml"
        path.write_text("\n".join(lines) + f"\n{more}")
        return path


async def deploy(endpoint: Endpoint, clients: Clients) -> Stand:
    """A deployment under a new prefix, with all that it stores in: a third of the calls of `hermes provision`, which looks first."""
    names = ResourceNames(f"t{ids.new_id()[:8]}")
    queues = Queues(polls=clients.polls, client=clients.sqs)
    await asyncio.gather(
        _make_bucket(clients, names),
        *(clients.dynamodb.create_table(**schema.table(names, noun)) for noun in TABLES),
    )
    return _stand(endpoint, clients, names, await _queues(queues, names))


@contextlib.asynccontextmanager
async def rows(endpoint: Endpoint, clients: Clients) -> AsyncIterator[Stand]:
    """A bucket, and each table from its first use on, in a tenth of the calls of a whole deployment."""
    names = ResourceNames(f"t{ids.new_id()[:8]}")
    await _make_bucket(clients, names)
    making = {names.table(noun): noun for noun in TABLES}
    made: dict[str, asyncio.Task[Any]] = {}

    async def make(*, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if model.name in ("CreateTable", "DeleteTable"):
            return
        text = json.dumps(params, default=str)
        for table in [name for name in making if f'"{name}"' in text]:
            call = clients.dynamodb.create_table(**schema.table(names, making.pop(table)))
            made[table] = asyncio.create_task(call)
        for table, task in list(made.items()):
            if f'"{table}"' in text:
                await task

    events = clients.dynamodb.meta.events
    events.register_first("provide-client-params.dynamodb", make)
    try:
        yield _stand(endpoint, clients, names, _NO_QUEUES)
    finally:
        events.unregister("provide-client-params.dynamodb", make)
        if endpoint.name == "ministack":
            # It writes the definitions of all tables whenever one is made.
            gone = (clients.dynamodb.delete_table(TableName=table) for table in made)
            await asyncio.gather(*gone, return_exceptions=True)


async def _make_bucket(clients: Clients, names: ResourceNames) -> None:
    place = {"LocationConstraint": REGION}
    await clients.s3.create_bucket(Bucket=f"hermes-{names.prefix}", CreateBucketConfiguration=place)


def _stand(endpoint: Endpoint, clients: Clients, names: ResourceNames, places: QueueUrls) -> Stand:
    bucket, tables = f"hermes-{names.prefix}", Tables(client=clients.dynamodb)
    return Stand(
        endpoint=endpoint,
        clients=clients,
        names=names,
        bucket=bucket,
        places=places,
        tables=tables,
        queues=Queues(polls=clients.polls, client=clients.sqs),
        objects=Objects(client=clients.s3, bucket=bucket),
        commands=Commands(tables=tables, names=names),
        sessions=Sessions(tables=tables, names=names),
        containers=Containers(tables=tables, names=names),
        outbox=OutboxRecords(tables=tables, names=names),
    )


async def _queues(queues: Queues, names: ResourceNames) -> QueueUrls:
    async def arn(url: str) -> str:
        return (await queues.attributes(url))["QueueArn"]

    dead, dead_fifo = await asyncio.gather(
        queues.create(names.dead, schema.dead_letter()),
        queues.create(names.dead_fifo, schema.fifo(schema.dead_letter())),
    )
    dead_arn, dead_fifo_arn = await asyncio.gather(arn(dead), arn(dead_fifo))
    mails = schema.queue(dead_arn=dead_arn, visibility_seconds=limits.INBOUND_VISIBILITY_SECONDS)
    inbound, strangers, unclaimed, parked = await asyncio.gather(
        queues.create(names.inbound, mails),
        queues.create(names.strangers, mails),
        queues.create(names.unclaimed, schema.queue(dead_arn=None)),
        queues.create(names.parked, schema.queue(dead_arn=None)),
    )
    return QueueUrls(
        inbound=inbound,
        inbound_arn=await arn(inbound),
        strangers=strangers,
        unclaimed=unclaimed,
        parked=parked,
        dead=dead,
        dead_arn=dead_arn,
        dead_fifo=dead_fifo,
        dead_fifo_arn=dead_fifo_arn,
    )
