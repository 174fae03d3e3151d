"""The stage of the gateway's tests, for what they show of mail."""

from __future__ import annotations

from tests.integration.gateway.conftest import endpoint, play

__all__ = ["endpoint", "play"]
