"""A worker stands still for so long that its key is given to another; when it goes on, it must not act for the key any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes import ids
from hermes.aws.clients import Clients
from hermes.worker.service import FENCED
from tests.eventually import eventually
from tests.faults import siege

SEED = 4712


@pytest.mark.timeout(150)
async def test_a_worker_that_wakes_after_its_key_was_given_away_ends_itself(
    tmp_path: Path, endpoint_url: str, aws_clients: Clients
) -> None:
    async with siege.siege(tmp_path, endpoint_url, aws_clients, seed=SEED) as attacked:
        living = await attacked.gateway()
        asked = attacked.letter("f1@people.test", "Note k1 until told")
        await attacked.deliver([asked], living)
        await eventually(lambda: attacked.begun.read_bytes(), seconds=30)
        key = ids.container_key("acme", "site", asked.sender)
        first = await attacked.records.containers.get(key)
        assert first is not None and first.task_arn is not None  # noqa: PT018
        await attacked.freeze(first.task_arn)

        async def given_away() -> bool:
            now = await attacked.records.containers.get(key)
            return now is not None and now.gen > first.gen

        await eventually(given_away, seconds=60)
        await attacked.thaw(first.task_arn)

        async def ended() -> int | None:
            return await attacked.exit_status(str(first.task_arn))

        # Its agent does not end by itself, so the worker has looked at its key and stopped it.
        assert await eventually(ended, seconds=30) == FENCED
        attacked.told.touch()
        await attacked.rest(living, seconds=60)
        found = await attacked.check()
    assert (found.lost, found.twice) == ((), ())
