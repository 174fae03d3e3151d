"""What an integration test stands on: one emulator, one prefix of its own, everything provisioned."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from hermes import ids
from hermes.aws import provision
from hermes.aws.clients import Clients
from hermes.aws.objects import Objects
from hermes.aws.provision import QueueUrls
from hermes.aws.queues import Queues
from hermes.aws.records.commands import Commands
from hermes.aws.records.containers import Containers
from hermes.aws.records.outbox import OutboxRecords
from hermes.aws.records.sessions import Sessions
from hermes.aws.resource_names import ResourceNames
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


async def deploy(endpoint: Endpoint, clients: Clients) -> Stand:
    """A deployment under a prefix of its own, provisioned."""
    names = ResourceNames(f"t{ids.new_id()[:8]}")
    bucket = f"hermes-{names.prefix}"
    await provision.provision(clients=clients, names=names, bucket=bucket, region=REGION)
    queues = Queues(polls=clients.polls, client=clients.sqs)
    tables = Tables(client=clients.dynamodb)
    return Stand(
        endpoint=endpoint,
        clients=clients,
        names=names,
        bucket=bucket,
        places=await provision.find(queues=queues, names=names),
        tables=tables,
        queues=queues,
        objects=Objects(client=clients.s3, bucket=bucket),
        commands=Commands(tables=tables, names=names),
        sessions=Sessions(tables=tables, names=names),
        containers=Containers(tables=tables, names=names),
        outbox=OutboxRecords(tables=tables, names=names),
    )
