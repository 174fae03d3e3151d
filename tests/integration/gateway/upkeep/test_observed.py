"""What a running gateway shows of itself over HTTP."""

from __future__ import annotations

import asyncio

import pytest

from hermes.app.gateway import Gateway
from hermes.domain import trace
from tests.eventually import eventually
from tests.integration.gateway.play import Play

#: What is measured is what goes over HTTP.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)


async def get(gateway: Gateway, path: str) -> tuple[int, str]:
    assert gateway.site is not None
    async with asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.site.server.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
    return int(answer.split()[1]), answer


async def test_health_and_metrics_of_a_gateway_that_works(play: Play) -> None:
    async with play.serving(web={"enabled": True, "port": 0}) as gateway:
        await play.event("gateway.started")
        _, record = await play.mail(gateway, "Please do it")
        worker = await play.worker()
        command = await worker.begin()
        sent = (await play.event("command.sent")).facts["trace_id"]
        assert sent is not None
        assert trace.trace_id(command.traceparent) == sent == trace.trace_id((await play.command(record)).trace)
        await worker.succeed(command)
        await play.sent(record)

        async def ready() -> bool:
            return (await get(gateway, "/readyz"))[0] == 200

        await eventually(ready, seconds=10)
        status, health = await get(gateway, "/healthz")
        assert (status, '"ok":true' in health) == (200, True)
        _, text = await get(gateway, "/metrics")
        assert 'hermes_events_total{name="command.succeeded"} 1.0' in text
        assert 'hermes_command_dwell_seconds_count{agent="patch",project="acme/site"} 1.0' in text
        assert 'hermes_command_run_seconds_count{agent="patch",project="acme/site"} 1.0' in text
        assert 'hermes_reply_seconds_count{agent="patch",project="acme/site"} 1.0' in text
        assert 'hermes_aws_requests_total{operation="TransactWriteItems",service="dynamodb"}' in text
        assert 'hermes_aws_cost_dollars_total{operation="SendMessage",service="sqs"}' in text
        assert 'hermes_aws_pool_size{client="polls"} 72.0' in text
        assert f'hermes_queue_messages{{queue="{play.stand.names.inbound}"}}' in text
        assert "hermes_loop_lag_seconds_count" in text
        assert record.mail_id not in text

        play.clock.advance(200)
        gateway.inbound.last_poll -= 200
        gateway.inbound.last_turn -= 200
        assert (await get(gateway, "/healthz"))[0] == 503
