"""A mail is one trace over gateway, worker and agent, at a collector that speaks OTLP."""

from __future__ import annotations

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.machine import machine
from tests.eventually import eventually

#: Writes down which trace it was told.
AGENT = "import os, pathlib; pathlib.Path('trace.txt').write_text(os.environ['TRACEPARENT'])"


async def test_a_mail_is_one_trace_over_gateway_worker_and_agent(tmp_path: Path) -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("opentelemetry.sdk")
    wire: Any = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    found: list[tuple[str, Any]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                raise AssertionError("nothing was said of compression")
            assert (self.path, self.headers["api-key"]) == ("/v1/traces", "secret")
            for sent in wire.ExportTraceServiceRequest.FromString(body).resource_spans:
                (service,) = [one.value.string_value for one in sent.resource.attributes if one.key == "service.name"]
                found.extend((service, span) for scope in sent.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return None

    collector = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    try:
        async with machine(tmp_path) as one:
            one.environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{collector.server_port}"
            one.environment["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=secret"
            one.environment["OTEL_BSP_SCHEDULE_DELAY"] = "200"
            argv = json.dumps([sys.executable, "-I", "-c", AGENT])
            text = one.config.read_text()
            begin = text.index("argv = ")
            one.config.write_text(f"{text[:begin]}argv = {argv} }}\n")
            await one.start()
            await one.reply(await one.send("Write one."))
            assert await one.stop() == 0
        await eventually(lambda: {"mail", "command", "run", "agent", "reply"} <= {span.name for _, span in found})
    finally:
        collector.shutdown()
        collector.server_close()

    spans = {span.name: span for _, span in found}
    services = {span.name: service for service, span in found}
    assert (services["mail"], services["agent"]) == ("hermes-gateway", "hermes-worker")
    assert len({spans[name].trace_id for name in ("mail", "command", "run", "agent", "reply")}) == 1
    assert spans["command"].parent_span_id == spans["mail"].span_id
    assert spans["run"].parent_span_id == spans["command"].span_id
    assert spans["agent"].parent_span_id == spans["run"].span_id
    (branch,) = [name for name in one.branches() if name != "main"]
    told = one.file(branch, "trace.txt")
    assert told == f"00-{spans['agent'].trace_id.hex()}-{spans['agent'].span_id.hex()}-01"
