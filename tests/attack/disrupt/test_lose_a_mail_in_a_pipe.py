"""A mail server starts `hermes ingest` for each mail of a burst, all at once: each mail is stored once, or its server keeps it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hermes.domain import pointer
from hermes.ingress.pipe import PipeExit
from tests.attack.table import Figures
from tests.forks import Forks
from tests.integration.ingress import pipe
from tests.integration.stand import Stand

pytestmark = pytest.mark.parametrize("endpoint", ["ministack"], indirect=True)

#: Many processes start at once.
_SECONDS = 300.0


async def _ingest(forks: Forks, config: Path, raw: bytes) -> int:
    to = ("--recipient", "site@hermes.test", "--sender", "anna@people.test")
    return (await pipe.ingest(forks, config, *to, raw=raw, seconds=_SECONDS))[0]


async def test_a_burst_of_pipes_loses_no_mail(
    aws: Stand, forks: Forks, tmp_path: Path, large: bool, figures: Figures
) -> None:
    count = 50 if large else 6
    config = aws.config_file(tmp_path, pipe.PROJECT)
    mails = {
        number: f"From: anna@people.test\nTo: site@hermes.test\nSubject: Mail {number}\n\nPlease.\n".encode()
        for number in range(count)
    }
    codes = dict(
        zip(mails, await asyncio.gather(*(_ingest(forks, config, raw) for raw in mails.values())), strict=True)
    )
    assert set(codes.values()) <= {PipeExit.OK, PipeExit.TEMPFAIL}
    # What its server has kept, it hands over again.
    kept = [number for number, code in codes.items() if code != PipeExit.OK]
    for number in kept:
        assert await _ingest(forks, config, mails[number]) == PipeExit.OK

    stored: list[bytes] = []
    for url in (aws.places.inbound, aws.places.strangers):
        while batch := await aws.queues.receive(url, wait_seconds=0):
            for received in batch:
                (one,) = pointer.read(received.body)
                stored.append(await aws.objects.get(one.key))
    figures.add("processes", count)
    figures.add("kept_at_first", len(kept))

    assert sorted(stored) == sorted(mails.values())
