"""The ground of the attacks: MiniStack, and clients of the test's own event loop."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hermes.aws import clients
from hermes.local import signature
from hermes.local.emulator import Emulator


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def endpoint_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """MiniStack as `hermes dev` runs it, once for each test process."""
    async with Emulator(
        state=tmp_path_factory.mktemp("ministack"), environment=os.environ, key=signature.Key("test", "test")
    ) as emulator:
        yield emulator.endpoint_url


@pytest.fixture
async def aws_clients(endpoint_url: str) -> AsyncIterator[clients.Clients]:
    """Clients of the test's own event loop."""
    async with clients.connect(
        region="eu-central-1", endpoint_url=endpoint_url, access_key="test", secret_key="test"
    ) as made:
        yield made
