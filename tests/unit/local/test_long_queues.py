"""A receive and a delete look at the beginning of a queue alone; these are MiniStack's own queues, which count how far they are walked."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from hermes.local import long_queues

LONG = 2000


class Walked(list[Any]):
    """A list that knows how many of its items were looked at."""

    steps = 0

    def __iter__(self) -> Iterator[Any]:
        for one in super().__iter__():
            self.steps += 1
            yield one


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A private copy of MiniStack's module, because its names are replaced."""
    found = importlib.util.find_spec("ministack.services.sqs")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "tests.long_queues_sqs", module)
    found.loader.exec_module(module)
    long_queues.install(module)
    return module


def _do(sqs: types.ModuleType, action: str, **data: Any) -> dict[str, Any]:
    answer = sqs._HANDLERS[action](data, "")
    return dict(asyncio.run(answer) if asyncio.iscoroutine(answer) else answer)


def _queue(sqs: types.ModuleType, name: str, **attributes: str) -> str:
    return str(_do(sqs, "CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"])


def _receive(sqs: types.ModuleType, url: str, seconds: int = 60) -> list[dict[str, Any]]:
    answer = _do(sqs, "ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=seconds)
    return list(answer.get("Messages", []))


def test_the_length_of_a_queue_costs_nothing(sqs: types.ModuleType) -> None:
    dead = _queue(sqs, "dead")
    arn = _do(sqs, "GetQueueAttributes", QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "5"})
    url = _queue(sqs, "long", RedrivePolicy=policy)
    for number in range(LONG):
        _do(sqs, "SendMessage", QueueUrl=url, MessageBody=str(number))
    messages = sqs._get_q(url)["messages"] = Walked(sqs._get_q(url)["messages"])

    received = _receive(sqs, url)
    entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(received)]
    answer = _do(sqs, "DeleteMessageBatch", QueueUrl=url, Entries=entries)

    assert [one["Body"] for one in received] == [str(number) for number in range(10)]
    assert len(answer["Successful"]) == 10
    assert sqs._get_q(url)["messages"] is messages
    assert len(messages) == LONG - 10
    assert messages.steps < 100


def test_a_message_that_was_received_too_often_is_a_dead_letter(sqs: types.ModuleType) -> None:
    dead = _queue(sqs, "dead")
    arn = _do(sqs, "GetQueueAttributes", QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = _queue(sqs, "tried", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "2"}))
    _do(sqs, "SendMessage", QueueUrl=url, MessageBody="bad")
    for _ in range(2):
        assert len(_receive(sqs, url, 0)) == 1
    _do(sqs, "SendMessage", QueueUrl=url, MessageBody="good")

    assert [one["Body"] for one in _receive(sqs, url)] == ["good"]
    assert [one["Body"] for one in _receive(sqs, dead)] == ["bad"]
    assert len(sqs._get_q(url)["messages"]) == 1


def test_what_is_in_flight_is_not_received_again(sqs: types.ModuleType) -> None:
    url = _queue(sqs, "flight")
    for number in range(12):
        _do(sqs, "SendMessage", QueueUrl=url, MessageBody=str(number))

    assert [len(_receive(sqs, url)) for _ in range(3)] == [10, 2, 0]


def test_a_receipt_that_nothing_has_is_refused(sqs: types.ModuleType) -> None:
    url = _queue(sqs, "receipts")
    _do(sqs, "SendMessage", QueueUrl=url, MessageBody="one")
    receipt = _receive(sqs, url)[0]["ReceiptHandle"]

    assert _do(sqs, "DeleteMessage", QueueUrl=url, ReceiptHandle=receipt) == {}
    with pytest.raises(sqs._Err, match="invalid"):
        _do(sqs, "DeleteMessage", QueueUrl=url, ReceiptHandle=receipt)
    answer = _do(sqs, "DeleteMessageBatch", QueueUrl=url, Entries=[{"Id": "0", "ReceiptHandle": receipt}])
    assert [one["Code"] for one in answer["Failed"]] == ["ReceiptHandleIsInvalid"]


def test_fifo_queues_keep_the_order_of_a_group(sqs: types.ModuleType) -> None:
    url = _queue(sqs, "one.fifo", FifoQueue="true")
    for number in range(2):
        _do(
            sqs,
            "SendMessage",
            QueueUrl=url,
            MessageBody=str(number),
            MessageGroupId="g",
            MessageDeduplicationId=str(number),
        )

    first = _receive(sqs, url)
    assert _receive(sqs, url) == []
    _do(sqs, "DeleteMessage", QueueUrl=url, ReceiptHandle=first[0]["ReceiptHandle"])

    assert [one["Body"] for one in first + _receive(sqs, url)] == ["0", "1"]
