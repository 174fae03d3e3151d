"""Which calls AWS refuses, by the answers that come anyway."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from hermes.aws.alerts.refusal_watch import FORGOTTEN_SECONDS, RefusalWatch
from hermes.domain.alerts.book import AlertKind
from hermes.gateway.upkeep.alert_probes import REFUSED_SECONDS, RefusalProbe
from tests import direct

SEND = "sqs.SendMessage"


class Bench:
    def __init__(self) -> None:
        self.at = 1000.0
        self.clients = direct.clients()
        self.watch = RefusalWatch(clients=self.clients, clock=lambda: self.at)
        self.watch.start()
        self.probe = RefusalProbe(refused=self.watch.refused)

    async def answered(self, call: str = SEND, code: str = "", text: str = "no", status: int = 400) -> None:
        parsed: dict[str, Any] = {"ResponseMetadata": {"HTTPStatusCode": status if code else 200}}
        if code:
            parsed["Error"] = {"Code": code, "Message": text}
        client = getattr(self.clients, call.partition(".")[0])
        await client.meta.events.emit(f"after-call.{call}", parsed=parsed, http_response=None, model=None)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_call_that_is_refused_is_known_by_its_name_until_it_succeeds(bench: Bench) -> None:
    await bench.answered(code="AccessDenied", status=403)
    bench.at += 5
    await bench.answered(code="AccessDenied", status=403)
    ((name, one),) = bench.watch.refused().items()
    assert (name, one.seconds) == ("SQS SendMessage", 5)
    await bench.answered()
    assert bench.watch.refused() == {}


@pytest.mark.parametrize("code", ["QueueDoesNotExist", "ValidationException"])
async def test_an_answer_that_is_an_answer_is_no_refusal(bench: Bench, code: str) -> None:
    await bench.answered(code="AccessDenied")
    await bench.answered(code=code)
    assert bench.watch.refused() == {}


async def test_a_call_that_could_not_be_made_is_one(bench: Bench) -> None:
    await bench.clients.dynamodb.meta.events.emit("after-call-error.dynamodb.GetItem", exception=NoCredentialsError())
    assert list(bench.watch.refused()) == ["DynamoDB GetItem"]


async def test_a_call_that_is_not_made_any_more_is_forgotten(bench: Bench) -> None:
    await bench.answered(code="AccessDenied")
    bench.at += FORGOTTEN_SECONDS + 1
    assert bench.watch.refused() == {}


async def test_the_operator_is_told_when_it_lasts_with_what_is_missing_and_when_it_is_over(bench: Bench) -> None:
    text = "User: arn:aws:sts::1:x is not authorized to perform: sqs:SendMessage"
    await bench.answered(code="AccessDenied", text=text, status=403)
    bench.at += REFUSED_SECONDS - 1
    await bench.answered(code="AccessDenied", text=text, status=403)
    assert list(await bench.probe.look()) == []
    bench.at += 1
    await bench.answered(code="AccessDenied", text=text, status=403)

    (told,) = await bench.probe.look()
    assert (told.kind, told.thing, told.well) == (AlertKind.AWS, "SQS SendMessage", False)
    assert told.text.startswith("The role that Hermes runs as may not do this")
    assert "sqs:SendMessage" in told.text

    await bench.answered()
    (well,) = await bench.probe.look()
    assert (well.thing, well.well) == ("SQS SendMessage", True)
    assert list(await bench.probe.look()) == []
