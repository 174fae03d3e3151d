"""Integration tests run on two independent implementations of AWS, moto's server and MiniStack; those of behaviour name one of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from hermes.aws import clients
from tests import direct
from tests.integration import stand
from tests.integration.worker.worker_bench import bench

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


@pytest.fixture(params=["moto", "ministack"])
def endpoint(request: pytest.FixtureRequest) -> stand.Endpoint:
    """Each of the two; `direct`, where a test names it, is MiniStack in the test's own process."""
    return stand.DIRECT if request.param == "direct" else stand.running(request, request.param)


@pytest.fixture
async def aws_clients(endpoint: stand.Endpoint) -> AsyncIterator[clients.Clients]:
    """Clients of the test's own event loop."""
    if endpoint is stand.DIRECT:
        yield direct.clients()
        return
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
async def aws(
    request: pytest.FixtureRequest, endpoint: stand.Endpoint, aws_clients: clients.Clients
) -> AsyncIterator[stand.Stand]:
    """A deployment under a prefix of the test's own, provisioned; of a test that is marked `rows`, only what it uses."""
    if request.node.get_closest_marker("rows") and endpoint is not stand.DIRECT:
        async with stand.rows(endpoint, aws_clients) as found:
            yield found
        return
    made = await stand.deploy(endpoint, aws_clients)
    yield made
    if endpoint.name == "ministack":
        # It writes the definitions of all tables whenever one is made.
        await made.clear()
