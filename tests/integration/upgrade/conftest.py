"""The stage of the gateway's tests, for meetings of two versions."""

from __future__ import annotations

from tests.integration.gateway.conftest import endpoint, play

__all__ = ["endpoint", "play"]
