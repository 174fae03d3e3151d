"""The input queue in a worker's hands: what SQS refuses costs one message, never the worker."""

from __future__ import annotations

from typing import Any

import pytest

from hermes import errors
from hermes.aws.queues import Received
from hermes.domain import wire
from hermes.domain.request import CommandType
from hermes.worker.inbox import Inbox

MESSAGE = wire.CommandMessage(
    command_id="c", session_id="acme-site-a", seq=1, attempt=1, type=CommandType.EDIT, instruction="Go",
    chat_thread_id="a", context=wire.CommandContext(branch="thread-a"),
)  # fmt: skip


class Refusing:
    """SQS, and a dead-letter queue, that say no to everything but a receive."""

    def __init__(self, error: errors.HermesError) -> None:
        self.error = error

    async def receive(self, url: str, **_: Any) -> list[Received]:
        body = MESSAGE.encode()
        return [
            Received(message_id="m", receipt="r", body=body, group=None, receive_count=1, sent_at=0.0, attributes={})
        ]

    async def delete(self, *_: Any) -> None:
        raise self.error

    change_visibility = delete
    park = delete


@pytest.mark.parametrize("error", [errors.AwsRefused("AccessDenied"), errors.AwsTimeout("no answer")])
async def test_what_sqs_refuses_ends_nothing(error: errors.HermesError) -> None:
    queue: Any = Refusing(error)
    inbox = Inbox(queues=queue, dead_letters=queue, url="https://sqs/input.fifo")
    for _ in range(4):
        ((received, message),) = await inbox.receive(most=1, wait_seconds=0)
        assert message == MESSAGE
    await inbox.renew()
    assert inbox.held == 1
    await inbox.delete(received)
    await inbox.give_back(received)
    await inbox.park(received, "no record knows this command")
    assert inbox.held == 0
