"""`hermes ingest` as a mail server's pipe runs it: a process, a mail on its standard input, an exit code."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hermes.domain import pointer
from hermes.ingress.pipe import PipeExit
from tests.forks import Forks
from tests.integration.ingress import pipe
from tests.integration.stand import Stand

#: What this is about happens on our side of the calls; the contracts of records and queues are held on both implementations.
pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

MAIL = b"From: anna@people.test\nTo: site@hermes.test\nSubject: Hello\n\nPlease.\n"

Configured = Callable[..., Path]


Ingest = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def configured(aws: Stand, tmp_path: Path) -> Configured:
    return functools.partial(aws.config_file, tmp_path, pipe.PROJECT)


@pytest.fixture
def ingest(forks: Forks) -> Ingest:
    return functools.partial(pipe.ingest, forks, raw=MAIL)


async def test_a_mail_is_stored_as_it_came(aws: Stand, configured: Configured, ingest: Ingest) -> None:
    code, said = await ingest(configured(), "--recipient", "site+x@hermes.test", "--sender=<anna@people.test>")

    assert (code, said) == (PipeExit.OK, "")
    (received,) = await aws.queues.receive(aws.places.inbound, wait_seconds=1)
    (found,) = pointer.read(received.body)
    assert (found.recipient, found.sender, found.ingress) == ("site+x@hermes.test", "anna@people.test", "pipe")
    assert (found.trusted, found.client_address) == (False, None)
    assert await aws.objects.get(found.key) == MAIL


@pytest.mark.parametrize("sender", ["--sender=", "--sender=<>"])
async def test_the_null_sender_is_known_as_such(
    aws: Stand, configured: Configured, ingest: Ingest, sender: str
) -> None:
    assert (await ingest(configured(), "--recipient", "site@hermes.test", sender))[0] == PipeExit.OK
    (received,) = await aws.queues.receive(aws.places.inbound, wait_seconds=1)

    assert pointer.read(received.body)[0].sender == ""


async def test_the_exit_codes_are_those_that_mail_servers_read(configured: Configured, ingest: Ingest) -> None:
    good = configured()
    assert (await ingest(good))[0] == PipeExit.USAGE
    assert (await ingest(good, "--recipient", "nobody@hermes.test"))[0] == PipeExit.NOUSER
    assert (await ingest(good, "--recipient", "site@hermes.test", raw=b""))[0] == PipeExit.DATAERR


async def test_whatever_may_pass_makes_the_mail_server_keep_the_mail(
    configured: Configured, ingest: Ingest, tmp_path: Path
) -> None:
    to = ("--recipient", "site@hermes.test")
    code, said = await ingest(configured(endpoint_url="http://127.0.0.1:9"), *to)
    assert (code, "not stored" in said, "Traceback" in said) == (PipeExit.TEMPFAIL, True, False)
    assert (await ingest(configured(bucket="no-such-bucket"), *to))[0] == PipeExit.TEMPFAIL
    (tmp_path / "broken.toml").write_text("prefix = 7 7")
    assert (await ingest(tmp_path / "broken.toml", *to))[0] == PipeExit.TEMPFAIL
    assert (await ingest(tmp_path / "missing.toml", *to))[0] == PipeExit.TEMPFAIL
