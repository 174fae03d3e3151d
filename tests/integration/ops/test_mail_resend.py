"""`hermes mail resend`: what failed is due again, and a request that cannot be met is answered with the reason."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hermes import ids
from hermes.cli import main
from hermes.domain.replies import Reply, ReplyState
from hermes.ops import checks
from tests.integration.stand import Stand


@pytest.fixture
def file(aws: Stand, tmp_path: Path) -> Path:
    return aws.config_file(tmp_path)


async def hermes(file: Path, *arguments: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, main.app, ["mail", *arguments, "--config", str(file)])


async def row(aws: Stand, state: ReplyState, **facts: Any) -> str:
    reply_id = f"{ids.new_id()}#final"
    waits = state is ReplyState.PENDING
    usual = {
        "reply_id": reply_id,
        "kind": "succeeded",
        "message_id": "<1@x>",
        "sender": "",
        "recipient": "anna@people.test",
        "raw": b"bytes",
        "state": state,
        "created_at": 1.0,
        "error": "mail server said no",
        "unanswered": 4,
        "trying_since": 1.0,
        "due": time.time() + 3600 if waits else None,
        "due_shard": ids.due_shard(reply_id) if waits else None,
    }
    assert await aws.outbox.put(Reply.model_validate({**usual, **facts}))
    return reply_id


async def test_named_ones_and_those_of_a_state_are_due_again(aws: Stand, file: Path) -> None:
    failed, bounced = await row(aws, ReplyState.FAILED), await row(aws, ReplyState.BOUNCED)
    waiting, dropped = await row(aws, ReplyState.PENDING), await row(aws, ReplyState.FAILED, error="not sent: machine")

    done = await hermes(file, "resend", bounced, waiting[:12])
    everything = await hermes(file, "resend", "--all", "--json")

    assert done.exit_code == 0, done.output
    assert [json.loads(line)["reply_id"] for line in everything.stdout.splitlines()] == [failed]
    for one in (failed, bounced, waiting):
        found = await aws.outbox.get(one)
        assert found is not None
        assert (found.state, found.unanswered, found.trying_since) == (ReplyState.PENDING, 0, None)
        assert (found.due or 0) <= time.time()
        assert found.raw == b"bytes"
        assert "mail server said no" in found.error
    assert set(await aws.outbox.due(before=time.time())) == {failed, bounced, waiting}
    untouched = await aws.outbox.get(dropped)
    assert untouched is not None
    assert untouched.state is ReplyState.FAILED


async def test_all_are_also_those_that_were_refused_in_the_sandbox_and_wait_for_their_next_try(
    aws: Stand, file: Path
) -> None:
    sandbox = "SES SendEmail: Email address is not verified. The following identities failed the check"
    refused = await row(aws, ReplyState.PENDING, error=sandbox)
    fresh = await row(aws, ReplyState.PENDING, error="", trying_since=None)

    shown = await hermes(file, "replies", "--json")
    everything = await hermes(file, "resend", "--all", "--json")

    assert "not verified" in shown.stdout
    assert [json.loads(line)["reply_id"] for line in everything.stdout.splitlines()] == [refused]
    assert await aws.outbox.due(before=time.time()) == [refused]
    assert fresh in shown.stdout


async def test_what_cannot_be_sent_again_is_said(aws: Stand, file: Path) -> None:
    sent = await row(aws, ReplyState.SENT, sent_at=2.0)
    under_way = await row(aws, ReplyState.PENDING, error="")

    told = await hermes(file, "resend", sent, under_way, "nowhere")
    assert told.exit_code == 1
    assert ["--again" in told.output, "at this moment" in told.output, "no such reply" in told.output] == [True] * 3

    again = await hermes(file, "resend", sent, "--again")
    assert again.exit_code == 0
    assert (await hermes(file, "resend")).exit_code == 2
    assert (await hermes(file, "resend", sent, "--all")).exit_code == 2
    assert (await hermes(file, "resend", "--all", "--state", "sent")).exit_code == 2
    assert "no reply is failed" in (await hermes(file, "resend", "--all")).output


async def test_check_counts_what_did_not_get_through(aws: Stand) -> None:
    assert (await checks.replies(aws.outbox)).text == "all got through"

    await row(aws, ReplyState.FAILED)
    await row(aws, ReplyState.FAILED, error="not sent: machine")
    await row(aws, ReplyState.BOUNCED)
    await row(aws, ReplyState.PENDING)
    await row(aws, ReplyState.SENT, sent_at=2.0)

    found = await checks.replies(aws.outbox)
    assert (found.ok, found.text) == (True, "1 failed, 1 bounced, 1 waiting for the mail server")
    assert "hermes mail resend" in found.todo
