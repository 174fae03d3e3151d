"""The ground of the attacks: MiniStack, and clients of the test's own event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hermes.aws import clients
from tests.integration.stand import Endpoint


@pytest.fixture
def endpoint_url(ministack: Endpoint) -> str:
    """Of MiniStack."""
    return ministack.url


@pytest.fixture
async def aws_clients(endpoint_url: str) -> AsyncIterator[clients.Clients]:
    """Clients of the test's own event loop."""
    async with clients.connect(
        region="eu-central-1", endpoint_url=endpoint_url, access_key="test", secret_key="test"
    ) as made:
        yield made
