"""Names of the operator's account do not reach clients."""

from __future__ import annotations

import pytest

from hermes.domain import wire
from hermes.domain.reply_facts import Report


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "User: arn:aws:sts::123456789012:assumed-role/gateway/x is not authorized to perform: iam:PassRole on arn:aws:iam::1:role/y",
            "User: … is not authorized to perform: iam:PassRole on …",
        ),
        ("arn:aws-cn:ecs:cn-north-1:123456789012:task/hermes/0f3k stopped", "… stopped"),
        ("account 123456789012, cluster hermes", "account …, cluster hermes"),
        ("https://sqs.eu-central-1.amazonaws.com/123456789012/hermes-inbound is gone", "… is gone"),
        ("AROAIIAYEXAMPLE12345 may not (Request ID: 6f6d-11)", "… may not (…)"),
        ("AKIAIOSFODNN7EXAMPLE", "…"),
        ("no such image", "no such image"),
        ("commit 1234567890123456 and 2026-11-20 10:00", "commit 1234567890123456 and 2026-11-20 10:00"),
        ("see https://example.com/a?x=1", "see https://example.com/a?x=1"),
    ],
)
def test_a_name_is_an_ellipsis_in_what_a_client_reads(said: str, shown: str) -> None:
    found = Report.of(wire.ResultMessage(command_id="c", attempt=1, success=False, error=said, hint=said))

    assert (found.error, found.hint) == (shown, shown)
