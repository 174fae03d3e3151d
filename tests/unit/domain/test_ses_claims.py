"""Whom a mail from SES claims to be from, as its notification tells before the mail is read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hermes import errors
from hermes.domain import pointer


def notification(**mail: Any) -> str:
    action = {"type": "S3", "bucketName": "b", "objectKey": "k"}
    stamped = {"timestamp": "2026-11-21T13:59:59Z", "source": "a@b.example", **mail}
    return json.dumps({"receipt": {"action": action, "recipients": ["site@agent.example"]}, "mail": stamped})


@pytest.mark.parametrize(
    ("mail", "claimed"),
    [
        ({"headers": [{"name": "FROM", "value": "Anna <a@x>"}, {"name": "To", "value": "b"}]}, ("Anna <a@x>",)),
        ({"headers": [{"name": "From", "value": "a"}, "nonsense", {"name": "from", "value": "b"}]}, ("a", "b")),
        ({"headers": []}, ()),
        ({"headers": [], "headersTruncated": True, "commonHeaders": {"from": ["Anna <a@x>"]}}, ("Anna <a@x>",)),
        ({"commonHeaders": {"from": ["x" * 9000]}}, ("x" * 2000,)),
        ({"commonHeaders": {"from": "a@x"}}, ()),
        ({"commonHeaders": {}}, ()),
        ({"commonHeaders": "nonsense"}, None),
        ({}, None),
    ],
)
def test_the_whole_header_is_believed_before_what_ses_read_in_it(
    mail: dict[str, Any], claimed: tuple[str, ...] | None
) -> None:
    (found,) = pointer.read(notification(**mail))
    assert found.claimed == claimed


def test_a_complaint_about_a_notification_is_cut() -> None:
    with pytest.raises(errors.Unreadable) as caught:
        pointer.read(notification(timestamp="x" * 2000))
    assert len(caught.value.message) == 500
