"""Pending results: kept in step with the records, however many there are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from hermes.aws.records.commands import Timer
from hermes.gateway.results import pending_ledger
from hermes.gateway.results.pending_ledger import PendingLedger
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.results.replica_membership import ReplicaMembership
from tests import env
from tests.unit.gateway.results.test_pending_ledger import Ticks


@dataclasses.dataclass
class Index:
    """The commands, as far as they are asked for."""

    open: dict[str, str]
    asked: list[int] = dataclasses.field(default_factory=list)

    async def due(self, *, before: float | None, most: int | None) -> list[Timer]:
        assert (before, most) == (None, None), "everything that is open"
        return [Timer(command_id, key, 0.0, "running") for command_id, key in self.open.items()]

    async def still_open(self, command_ids: Iterable[str]) -> frozenset[str]:
        asked = list(command_ids)
        self.asked.append(len(asked))
        return frozenset(asked) & frozenset(self.open)


class Membership(ReplicaMembership):
    """Another replica owns the containers of b."""

    def owns(self, key: str) -> bool:
        return not key.startswith("b")


def results(index: Index, clock: Ticks) -> PendingResults:
    surroundings = env.quiet(clock=clock)
    ledger, nobody = PendingLedger(env=surroundings), Any
    membership = Membership(replicas=nobody, replica="me", ledger=ledger, env=surroundings)  # type: ignore[arg-type]
    return PendingResults(commands=index, ledger=ledger, membership=membership, env=surroundings)  # type: ignore[arg-type]


async def test_a_look_finds_every_open_command_that_it_owns_however_many_there_are() -> None:
    index = Index({f"c{n}": f"{'ab'[n % 2]}{n % 40}" for n in range(10_000)})
    pending, polled = results(index, Ticks()), set[str]()
    pending.each_key(polled.add)

    await pending.reconcile()

    assert set(pending) == polled == {f"a{n}" for n in range(0, 40, 2)}


async def test_what_has_ended_elsewhere_is_no_longer_pending_and_what_is_open_stays() -> None:
    clock = Ticks()
    index = Index({"a-149": "a"})
    pending = results(index, clock)
    for number in range(150):
        for key in ("a", "b"):
            pending.expect(key, f"{key}-{number}")
    clock.time = pending_ledger.DOUBT_SECONDS + 1

    await pending.check_silent()

    assert list(pending) == ["a"]
    assert max(index.asked) <= 100
    asked = len(index.asked)
    await pending.check_silent()
    assert len(index.asked) == asked, "what was just looked up is not asked for again"
