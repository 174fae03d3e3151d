"""Who has a reply in hand, and whether it may have been sent by somebody who died."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.domain.replies import Reply, ReplyState


@pytest.mark.parametrize(
    ("facts", "in_hand", "uncertain"),
    [
        ({}, True, True),  # just written: its writer sends it
        ({"attempts": 1, "lease_token": "t"}, True, False),  # it waits for its turn
        ({"attempts": 1, "lease_token": "t", "begun": True}, True, True),
        ({"attempts": 1, "error": "greylisted"}, False, False),
        ({"error": "held"}, False, False),
        ({"state": ReplyState.SENT, "attempts": 1}, False, False),
    ],
)
def test_a_row_says_who_has_it_and_whether_it_may_have_been_sent(
    facts: dict[str, Any], in_hand: bool, uncertain: bool
) -> None:
    usual = {"reply_id": "c#final", "kind": "succeeded", "message_id": "<1@x>", "sender": "", "recipient": "a@b.test"}
    reply = Reply.model_validate({**usual, "raw": b"", "created_at": 1.0, **facts})

    assert (reply.in_hand, reply.uncertain) == (in_hand, uncertain)
