"""The time of day that records are written by: this machine's, or AWS's where this machine's is wrong."""

from __future__ import annotations

import email.utils
from typing import Any

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from hermes.aws.alerts.aws_time import AwsTime
from tests import direct

DAY = 1_800_000_000.0


class Machine:
    """A machine with a time of day, a steady clock, and AWS somewhere else; each is moved by the test."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.day, self.steady, self.aws = DAY + ahead, 50.0, DAY
        self.clients = direct.clients()
        self.time = AwsTime(now=lambda: self.day, clock=lambda: self.steady)
        self.time.listen(self.clients)

    def passes(self, seconds: float) -> None:
        self.day += seconds
        self.steady += seconds
        self.aws += seconds

    async def answered(
        self, header: str | None = None, *, service: str = "dynamodb", refused: str = "", attempts: int = 1
    ) -> list[object]:
        """What the SDK hears from who listens to an answer: a pause in seconds before it calls again, or None."""
        header = email.utils.formatdate(self.aws, usegmt=True) if header is None else header
        parsed: dict[str, Any] = {"ResponseMetadata": {"HTTPHeaders": {"date": header} if header else {}}}
        if refused:
            parsed["Error"] = {"Code": refused}
        client = getattr(self.clients, service)
        heard = await client.meta.events.emit(
            f"needs-retry.{service}.AnyCall", response=(None, parsed), attempts=attempts, caught_exception=None
        )
        return [answer for _, answer in heard]


async def test_a_clock_that_is_right_to_some_seconds_is_used_as_it_is() -> None:
    machine = Machine(ahead=4.0)
    assert (machine.time.now(), machine.time.offset()) == (DAY + 4.0, None)
    await machine.answered()
    machine.passes(0.25)
    assert (machine.time.now(), machine.time.offset()) == (DAY + 4.25, 4.0)


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "s3"])
@pytest.mark.parametrize("ahead", [-3600.0, -600.0, -40.0, 40.0, 600.0, 3600.0])
async def test_a_wrong_clock_is_replaced_by_that_of_aws(ahead: float, service: str) -> None:
    machine = Machine(ahead)
    await machine.answered(service=service)
    machine.passes(12.5)
    assert machine.time.now() == pytest.approx(DAY + 12.5)
    assert machine.time.offset() == pytest.approx(ahead)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
async def test_a_clock_that_is_set_changes_nothing_and_neither_does_its_return(jump: float) -> None:
    machine = Machine()
    await machine.answered()
    machine.day += jump
    assert machine.time.now() == pytest.approx(DAY)
    machine.passes(5.0)
    machine.day -= jump
    assert machine.time.now() == pytest.approx(DAY + 5.0)


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
async def test_a_clock_of_aws_that_is_set_is_followed(jump: float) -> None:
    """As on one machine, where the emulator has the same clock as everything else."""
    machine = Machine()
    await machine.answered()
    machine.day += jump
    machine.aws += jump
    await machine.answered()
    machine.passes(61.0)
    await machine.answered()
    assert machine.time.now() == pytest.approx(DAY + jump + 61.0)


async def test_an_answer_that_was_long_under_way_makes_no_clock_wrong() -> None:
    machine = Machine()
    old = email.utils.formatdate(machine.aws - 30.0, usegmt=True)
    await machine.answered(old)
    await machine.answered()
    for _ in range(5):
        await machine.answered(old)
        await machine.answered("nonsense")
        await machine.answered("")
    assert (machine.time.now(), machine.time.offset()) == (DAY, 0.0)


async def test_a_request_that_was_refused_for_its_time_is_sent_once_more_at_once() -> None:
    machine = Machine(ahead=-900.0)
    assert await machine.answered(refused="RequestTimeTooSkewed", service="s3") == [0]
    assert await machine.answered(refused="RequestTimeTooSkewed", service="s3", attempts=2) == [None]
    assert await machine.answered(refused="AccessDenied") == [None]
    right = Machine()
    assert await right.answered(refused="SignatureDoesNotMatch") == [None], "the key is wrong"
    heard = await right.clients.dynamodb.meta.events.emit(
        "needs-retry.dynamodb.GetItem", response=None, attempts=1, caught_exception=OSError()
    )
    assert [answer for _, answer in heard] == [None]


async def test_requests_are_signed_by_the_time_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "get_current_datetime", auth.get_current_datetime)
    machine = Machine(ahead=7200.0)
    await machine.answered()
    machine.time.sign()
    request = AWSRequest("GET", "https://sqs.eu-central-1.amazonaws.com/")
    auth.SigV4Auth(Credentials("AKIAEXAMPLE", "secret"), "sqs", "eu-central-1").add_auth(request)
    assert request.headers["X-Amz-Date"] == "20270115T080000Z"
    assert auth.get_current_datetime(remove_tzinfo=False).tzinfo is not None
