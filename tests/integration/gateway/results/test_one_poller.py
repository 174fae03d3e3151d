"""Of two gateways one polls a container's output queue, the other takes over when it dies; what is taken stays until it is recorded."""

from __future__ import annotations

from typing import Any

import pytest

from hermes.app.gateway import Gateway
from hermes.aws.records.replicas import Replicas
from hermes.domain.commands import CommandState
from hermes.gateway.results import output_poller, replica_membership
from tests.eventually import eventually
from tests.integration.gateway.play import Play


async def test_one_of_two_gateways_polls_and_the_other_takes_over(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    # A replica on a busy machine is no dead one.
    monkeypatch.setattr(replica_membership, "HEARTBEAT_SECONDS", 0.25)
    monkeypatch.setattr(replica_membership, "STALE_SECONDS", 3.0)
    monkeypatch.setattr(output_poller, "HANDOVER_SECONDS", 3.0)
    async with play.serving() as first, play.serving() as second:
        _, record = await play.mail(first, "Rework the page")
        worker = await play.worker()
        command = await worker.begin()

        def polling() -> list[Gateway]:
            return [gateway for gateway in (first, second) if worker.key in gateway.poller.polled]

        def agreed() -> bool:
            living = {first.pending.living, second.pending.living}
            return len(living) == 1 and len(next(iter(living))) == 2 and len(polling()) == 1

        await eventually(agreed, seconds=10)
        (chosen,) = polling()
        await play.stop(chosen)
        await worker.succeed(command)

        await play.ended(record, seconds=10)
        await play.sent(record)


async def test_an_idle_gateway_says_that_it_lives_before_it_owes_anything(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    heartbeat = Replicas.heartbeat

    async def noting(self: Replicas, me: str, count: int, *, pending: int, sent: Any) -> Any:
        written.append(pending)
        return await heartbeat(self, me, count, pending=pending, sent=sent)

    monkeypatch.setattr(Replicas, "heartbeat", noting)
    async with play.serving() as gateway:
        row = Replicas(tables=play.stand.tables, names=play.stand.names)
        await play.mail(gateway, "Rework the page", sender="nobody@elsewhere.example")
        assert await row.look() == {}, "junk is not worth a beat"

        await play.mail(gateway, "status")

        await eventually(lambda: 1 in written)
        assert len(gateway.poller.polled) == 0


async def test_a_result_that_cannot_be_recorded_now_is_not_deleted(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    async with play.serving() as gateway:
        _, record = await play.mail(gateway, "Rework the page")
        worker = await play.worker()
        command = await worker.begin()
        answer = gateway.poller._answer
        failed: list[str] = []

        async def fails_once(key: str, body: str) -> Any:
            if not failed and '"result"' in body:
                failed.append(body)
                raise play.outage()
            return await answer(key, body)

        monkeypatch.setattr(gateway.poller, "_answer", fails_once)
        await worker.succeed(command)

        assert (await play.ended(record)).state is CommandState.SUCCEEDED
        assert len(failed) == 1
