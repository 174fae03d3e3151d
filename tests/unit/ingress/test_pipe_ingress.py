"""Mail by standard input, and the exit codes that mail servers read. The store is real code over a fake of its two ports."""

from __future__ import annotations

import asyncio
import io
from typing import Any, cast

import pytest

from hermes import errors, limits
from hermes.aws.objects import Objects
from hermes.aws.queues import Queues
from hermes.config.ingress_limits import IngressLimits
from hermes.domain import pointer
from hermes.domain.events import Event
from hermes.ingress.mail_store import MailStore
from hermes.ingress.pipe import PipeExit, PipeIngress
from hermes.ingress.spool import Spool
from tests import env
from tests.unit.ingress.deposits import Deposits

MAIL = b"Subject: x\n\nHello\n"


class Store:
    """S3 and SQS in memory; breaks at the call that it is told to break at."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.sent: list[str] = []
        self.error: Exception | None = None
        self.sends_before_error = 0

    async def put(self, key: str, data: bytes, *, content_type: str = "") -> None:
        self._break(not self.sends_before_error)
        self.objects[key] = data

    async def send(self, url: str, body: str, **_: Any) -> str:
        self._break(len(self.sent) >= self.sends_before_error)
        self.sent.append(body)
        return "id"

    def _break(self, now: bool) -> None:
        if self.error and now:
            raise self.error


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def events() -> list[Event]:
    return []


@pytest.fixture
def pipe(store: Store, events: list[Event]) -> PipeIngress:
    depositor = MailStore(
        objects=cast(Objects, store),
        queues=cast(Queues, store),
        inbound="inbound",
        env=env.quiet(emit=events.append, now=lambda: 1772366400.0, new_id=lambda: "abc"),
    )
    return PipeIngress(depositor=depositor, accepts=lambda recipient: recipient.endswith("@hermes.test"))


async def test_a_mail_is_stored_under_its_day(pipe: PipeIngress, store: Store, events: list[Event]) -> None:
    code, said = await pipe.take(io.BytesIO(MAIL), recipients=["site@hermes.test"], sender="anna@people.test")

    key = "mails/2026/03/01/1772366400000-abc.eml"
    assert (code, said) == (PipeExit.OK, f"stored as {key}")
    assert store.objects == {key: MAIL}
    (found,) = pointer.read(store.sent[0])
    assert (found.ingress, found.sender, found.trusted, found.size) == ("pipe", "anna@people.test", False, len(MAIL))
    (event,) = events
    assert event.name == "mail.received"
    assert "anna" not in event.text


async def test_the_separator_of_an_mbox_is_no_part_of_the_mail(pipe: PipeIngress, store: Store) -> None:
    await pipe.take(io.BytesIO(b"From anna@people.test Mon Mar  2\n" + MAIL), recipients=["site@hermes.test"])

    assert list(store.objects.values()) == [MAIL]


@pytest.mark.parametrize(
    ("raw", "recipients", "code"),
    [
        (MAIL, [], PipeExit.USAGE),
        (MAIL, ["site@hermes.test", "nobody@else.test"], PipeExit.NOUSER),
        (b" \n", ["site@hermes.test"], PipeExit.DATAERR),
    ],
)
async def test_what_is_not_taken_has_its_exit_code(
    pipe: PipeIngress, store: Store, raw: bytes, recipients: list[str], code: PipeExit
) -> None:
    assert (await pipe.take(io.BytesIO(raw), recipients=recipients))[0] is code
    assert store.objects == {}


async def test_a_mail_that_is_too_large_goes_back(
    pipe: PipeIngress, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAIL_BYTES", 10)

    assert (await pipe.take(io.BytesIO(MAIL), recipients=["site@hermes.test"]))[0] is PipeExit.DATAERR
    assert store.objects == {}


@pytest.mark.parametrize("error", [errors.AwsTimeout(), errors.AwsRefused("no such bucket", code="NoSuchBucket")])
@pytest.mark.parametrize("sends", [0, 1])
async def test_what_is_not_stored_for_everybody_is_tried_again(
    pipe: PipeIngress, store: Store, error: Exception, sends: int
) -> None:
    store.error, store.sends_before_error = error, sends

    code, said = await pipe.take(io.BytesIO(MAIL), recipients=["site@hermes.test", "shop@hermes.test"])

    assert code is PipeExit.TEMPFAIL
    assert str(error) in said


def test_the_codes_are_those_of_sysexits() -> None:
    assert {code.name: code.value for code in PipeExit} == {
        "OK": 0,
        "USAGE": 64,
        "DATAERR": 65,
        "NOUSER": 67,
        "TEMPFAIL": 75,
    }


async def test_many_large_mails_at_once_are_in_the_spool_and_a_full_one_is_a_failure_that_passes() -> None:
    limits_ = IngressLimits(memory_bytes=1024 * 1024, spool_bytes=64 * 1024 * 1024)
    deposits, spool = Deposits(), Spool(limits_)
    pipe = PipeIngress(depositor=deposits.depositor, accepts=lambda _: True, spool=spool)
    mail = MAIL + b"x" * 8 * 1024 * 1024

    codes = await asyncio.gather(*(pipe.take(io.BytesIO(mail), recipients=["site@hermes.test"]) for _ in range(12)))

    taken = [code for code, _ in codes].count(PipeExit.OK)
    assert {code for code, _ in codes} <= {PipeExit.OK, PipeExit.TEMPFAIL}
    assert taken >= 1
    assert list(deposits.objects.values()) == [mail] * taken
    assert (spool.memory.held, spool.disk.held) == (0, 0)


@pytest.mark.parametrize("cut", [1, 5, 64 * 1024, 70 * 1024])
async def test_the_separator_of_an_mbox_is_left_out_however_long_it_is(cut: int) -> None:
    deposits = Deposits()
    pipe = PipeIngress(depositor=deposits.depositor, accepts=lambda _: True)

    await pipe.take(io.BytesIO(b"From " + b"x" * cut + b"\n" + MAIL), recipients=["site@hermes.test"])

    assert list(deposits.objects.values()) == [MAIL]
