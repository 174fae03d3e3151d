"""Integration tests run on two independent implementations of AWS, moto's server and MiniStack; those of behaviour name one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from hermes import ids
from hermes.aws import clients, provision
from hermes.aws.objects import Objects
from hermes.aws.queues import Queues
from hermes.aws.records.commands import Commands
from hermes.aws.records.containers import Containers
from hermes.aws.records.outbox import OutboxRecords
from hermes.aws.records.sessions import Sessions
from hermes.aws.resource_names import ResourceNames
from hermes.aws.tables import Tables
from hermes.local import signature
from hermes.local.emulator import Emulator
from tests.integration import stand
from tests.integration.worker_bench import bench

__all__ = ["bench"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def moto() -> Iterator[stand.Endpoint]:
    """moto's server, once for each test process."""
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("moto_child.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        assert url.startswith("http"), "moto's server did not start"
        yield stand.Endpoint("moto", url)
        child.kill()  # an open long poll would keep it for its whole time


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def ministack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[stand.Endpoint]:
    """MiniStack as `hermes dev` runs it, once for each test process."""
    async with Emulator(
        state=tmp_path_factory.mktemp("ministack"), environment=os.environ, key=signature.Key("test", "test")
    ) as emulator:
        yield stand.Endpoint("ministack", emulator.endpoint_url)


@pytest.fixture(params=["moto", "ministack"])
def endpoint(request: pytest.FixtureRequest) -> stand.Endpoint:
    """Each of the two."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, stand.Endpoint)
    return found


@pytest.fixture
async def aws_clients(endpoint: stand.Endpoint) -> AsyncIterator[clients.Clients]:
    """Clients of the test's own event loop."""
    async with clients.connect(
        region=stand.REGION,
        endpoint_url=endpoint.url,
        access_key=stand.ACCESS_KEY,
        secret_key=stand.SECRET_KEY,
        ecs=True,
        ses=True,
    ) as made:
        yield made


@pytest.fixture
async def aws(endpoint: stand.Endpoint, aws_clients: clients.Clients) -> stand.Stand:
    """A deployment under a prefix of the test's own, provisioned."""
    names = ResourceNames(f"t{ids.new_id()[:8]}")
    bucket = f"hermes-{names.prefix}"
    await provision.provision(clients=aws_clients, names=names, bucket=bucket, region=stand.REGION)
    queues = Queues(polls=aws_clients.polls, client=aws_clients.sqs)
    tables = Tables(client=aws_clients.dynamodb)
    return stand.Stand(
        endpoint=endpoint,
        clients=aws_clients,
        names=names,
        bucket=bucket,
        places=await provision.find(queues=queues, names=names),
        tables=tables,
        queues=queues,
        objects=Objects(client=aws_clients.s3, bucket=bucket),
        commands=Commands(tables=tables, names=names),
        sessions=Sessions(tables=tables, names=names),
        containers=Containers(tables=tables, names=names),
        outbox=OutboxRecords(tables=tables, names=names),
    )
