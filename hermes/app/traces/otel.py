"""Sends spans by OTLP over HTTP. Loaded only where `hermes[otel]` is installed (`hermes.app.traces.tracing`)."""

from __future__ import annotations

import atexit
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.re import parse_env_headers

from hermes import __version__
from hermes.domain.events import Event
from hermes.domain.operating import spans
from hermes.domain.operating.spans import TraceSpan

#: One post to the collector; the end of the process waits for the last one.
EXPORT_SECONDS: Final = 5
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_SCOPE: Final = InstrumentationScope("hermes", __version__)


class SpanSender:
    """A listener to events. It queues spans and returns; a full queue loses the newest."""

    def __init__(self, *, endpoint: str, headers: str, service: str, exporter: SpanExporter | None = None) -> None:
        """`headers` as in OTEL_EXPORTER_OTLP_HEADERS; `service` is the name that the collector shows."""
        given = parse_env_headers(headers, liberal=True)
        self._resource = Resource({"service.name": service, "service.version": __version__})
        self._processor = BatchSpanProcessor(
            exporter or OTLPSpanExporter(endpoint=endpoint, headers=given, timeout=EXPORT_SECONDS)
        )
        atexit.register(self.close)

    def __call__(self, event: Event) -> None:
        """Send what ends with an event."""
        for span in spans.of_event(event):
            self._processor.on_end(self._readable(span))

    def close(self) -> None:
        """Send what is queued."""
        atexit.unregister(self.close)
        self._processor.shutdown()  # type: ignore[no-untyped-call]

    def _readable(self, span: TraceSpan) -> ReadableSpan:
        parent = _context(span.trace_id, span.parent_id) if span.parent_id is not None else None
        return ReadableSpan(
            name=span.name,
            context=_context(span.trace_id, span.span_id),
            parent=parent,
            resource=self._resource,
            attributes={f"hermes.{name}": value for name, value in span.facts.items()},
            kind=SpanKind.INTERNAL,
            status=Status(StatusCode.ERROR if span.failed else StatusCode.OK),
            start_time=round(span.began * 1e9),
            end_time=round(span.ended * 1e9),
            instrumentation_scope=_SCOPE,
        )


def _context(trace_id: str, span_id: str) -> SpanContext:
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=_SAMPLED)
