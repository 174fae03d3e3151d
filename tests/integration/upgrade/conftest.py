"""The stage of the gateway's tests, for meetings of two versions."""

from __future__ import annotations

import pytest

from tests.integration.gateway.conftest import play

__all__ = ["play"]


@pytest.fixture
def endpoint(ministack: object) -> object:
    """What a version writes does not depend on the implementation of AWS: one will do."""
    return ministack
