"""What a scrape shows."""

from __future__ import annotations

import pytest

from hermes.aws import call_meter
from hermes.domain.events import Event
from hermes.web.metrics import Looks, Metrics


def test_events_and_their_times_are_counted() -> None:
    metrics = Metrics(agent_of={"acme/site": "claude"}.__getitem__)
    project = {"project": "acme/site"}
    metrics.take(
        Event("command.succeeded", 1.0, "done", {"dwell_seconds": 0.2, "run_seconds": 7.0, "cost_usd": 0.25, **project})
    )
    metrics.take(Event("command.interrupted", 1.0, "stopped", {"interrupt_reason": "priority_override", **project}))
    metrics.take(Event("mail.command", 1.0, "a mail", {"intent": "request", **project}))
    metrics.take(Event("mail.refused", 1.0, "a mail", {}))
    metrics.take(Event("mail.received", 1.0, "a mail", {}))
    metrics.take(Event("reply.sent", 1.0, "sent", {"mail_seconds": 0.01}))
    metrics.count("sqs", "SendMessage", 0.4e-6)

    text = metrics.text().decode()

    assert 'hermes_events_total{name="command.succeeded"} 1.0' in text
    assert 'hermes_command_dwell_seconds_bucket{agent="claude",le="0.25",project="acme/site"} 1.0' in text
    assert 'hermes_command_run_seconds_sum{agent="claude",project="acme/site"} 7.0' in text
    assert 'hermes_reply_seconds_count{agent="",project=""} 1.0' in text
    assert 'hermes_commands_total{agent="claude",project="acme/site",state="succeeded"} 1.0' in text
    assert 'hermes_interrupts_total{project="acme/site",reason="priority_override"} 1.0' in text
    assert 'hermes_mails_total{intent="request",outcome="command",project="acme/site"} 1.0' in text
    assert 'hermes_mails_total{intent="",outcome="refused",project=""} 1.0' in text
    assert 'outcome="received"' not in text
    assert 'hermes_agent_cost_dollars_total{agent="claude",project="acme/site"} 0.25' in text
    assert 'hermes_aws_requests_total{operation="SendMessage",service="sqs"} 1.0' in text
    assert 'hermes_aws_cost_dollars_total{operation="SendMessage",service="sqs"} 4e-07' in text


def test_a_scrape_looks_at_the_moment() -> None:
    metrics = Metrics()
    age = [1.0]
    pools = [call_meter.Pool("polls", 3, 72)]
    depths = {"hermes-dead": 2}
    metrics.look(Looks(poll_age=lambda: age[0], pools=lambda: pools, depths=lambda: depths, tasks=lambda: 7))
    age[0] = 5.0

    text = metrics.text().decode()

    assert "hermes_inbound_poll_age_seconds 5.0" in text
    assert "hermes_tasks 7.0" in text
    assert 'hermes_aws_pool_used{client="polls"} 3.0' in text
    assert 'hermes_queue_messages{queue="hermes-dead"} 2.0' in text


@pytest.mark.parametrize(
    ("service", "operation", "size", "dollars"),
    [
        ("sqs", "SendMessage", 100, 0.4e-6),
        ("sqs", "SendMessage", 200 * 1024, 4 * 0.4e-6),
        ("dynamodb", "GetItem", 100, 0.125e-6),
        ("dynamodb", "TransactWriteItems", 3000, 2 * 3 * 0.625e-6),
        ("s3", "PutObject", 10_000_000, 5e-6),
        ("ecs", "RunTask", 100, 0.0),
    ],
)
def test_the_estimate_follows_the_price_list(service: str, operation: str, size: int, dollars: float) -> None:
    assert call_meter.estimate(service, operation, size) == pytest.approx(dollars)
