"""Traces are sent where a collector is named and the packages are there; otherwise nothing of them is loaded."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from hermes.app.traces import tracing
from hermes.domain import trace
from hermes.domain.events import Event

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9/"}
TRACED = trace.of_mail("mail-1")


def test_without_a_collector_nothing_is_loaded() -> None:
    code = (
        "import sys; from hermes.app import gateway, worker; from hermes.app.traces import tracing; "
        "assert tracing.listener({}, 'x') is None; "
        "assert not [m for m in sys.modules if m.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_without_the_packages_it_is_said_and_the_work_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tracing, "_PACKAGES", ("opentelemetry.nowhere.at.all",))
    assert tracing.listener(ENDPOINT, "hermes-gateway") is None
    assert "hermes-by-mail[otel]" in caplog.text


def test_a_span_is_sent_as_it_is() -> None:
    memory: Any = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    otel: Any = pytest.importorskip("hermes.app.traces.otel")
    exporter = memory.InMemorySpanExporter()
    sender = otel.SpanSender(endpoint="", headers="api-key=x", service="hermes-gateway", exporter=exporter)
    sender(Event("mail.command", 100.0, "", {"trace_id": TRACED, "mail_id": "mail-1", "taken_seconds": 2}))
    sender(Event("reply.failed", 100.0, "", {"trace_id": TRACED, "reply_id": "r1"}))
    sender(Event("gateway.started", 100.0, "", {}))
    sender.close()

    mail, reply = exporter.get_finished_spans()
    assert (mail.name, mail.start_time, mail.end_time) == ("mail", 98 * 10**9, 100 * 10**9)
    assert f"{mail.context.trace_id:032x}" == TRACED
    assert (mail.parent, reply.parent.span_id) == (None, mail.context.span_id)
    assert mail.attributes == {"hermes.mail_id": "mail-1", "hermes.outcome": "command"}
    assert mail.resource.attributes["service.name"] == "hermes-gateway"
    assert (mail.status.is_ok, reply.status.is_ok) == (True, False)


def test_a_collector_that_is_not_there_holds_up_no_end() -> None:
    pytest.importorskip("hermes.app.traces.otel")
    sender: Any = tracing.listener(ENDPOINT, "hermes-worker")
    sender(Event("mail.command", 100.0, "", {"trace_id": TRACED, "mail_id": "mail-1"}))
    sender.close()
