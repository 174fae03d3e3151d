"""The HTTP control of executions."""

from __future__ import annotations

from hermes.execution.control.access import RateLimit
from hermes.execution.control.app import InterruptAnswer, InterruptRequest, create_app, create_router

__all__ = ["InterruptAnswer", "InterruptRequest", "RateLimit", "create_app", "create_router"]
