"""Traces to an OpenTelemetry collector, where `hermes[otel]` is installed and the environment names one. Otherwise nothing is loaded."""

from __future__ import annotations

import dataclasses
import importlib.util
import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from hermes.app import on_demand
from hermes.domain.env import Env
from hermes.domain.events import Event

if TYPE_CHECKING:
    from hermes.app.traces.otel import SpanSender

#: The variables of OpenTelemetry that are read, and handed on to workers on this machine; the headers may hold a key.
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
HEADERS: Final = ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")
_PACKAGES: Final = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")

log = logging.getLogger(__name__)


def is_on(environ: Mapping[str, str]) -> bool:
    """Whether a collector is named and the packages are there; says so where they are not."""
    if not any(environ.get(name) for name in ENDPOINTS):
        return False
    if all(map(_is_there, _PACKAGES)):
        return True
    log.warning(
        "OTEL_EXPORTER_OTLP_ENDPOINT is set, and nothing is sent there: install hermes-by-mail[otel].",
        extra={"action": "traces.unavailable"},
    )
    return False


def listener(environ: Mapping[str, str], service: str) -> Callable[[Event], None] | None:
    """What turns events into spans and sends them, by a thread of its own; None where traces are off."""
    if not is_on(environ):
        return None
    endpoint, base = (environ.get(name) for name in ENDPOINTS)
    given = next((environ[name] for name in HEADERS if environ.get(name)), "")
    where = endpoint or f"{(base or '').rstrip('/')}/v1/traces"
    made: SpanSender = on_demand.module("hermes.app.traces.otel").SpanSender(
        endpoint=where, headers=given, service=service
    )
    return made


def nobody(_event: Event) -> None:
    """Of a process that tells of itself by its reports alone."""


def traced(env: Env, environ: Mapping[str, str], service: str) -> Env:
    """The surroundings whose events go to the collector, where one is named."""
    found = listener(environ, service)
    return dataclasses.replace(env, emit=found) if found is not None else env


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # not even what it is in
        return False
