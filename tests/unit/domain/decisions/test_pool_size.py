"""How many workers wait without a key."""

from __future__ import annotations

import pytest

from hermes.domain import containers
from hermes.domain.decisions import pool_size
from hermes.domain.decisions.pool_size import PoolBounds


@pytest.mark.parametrize(
    ("starts", "size"),
    [(0, 1), (1, 1), (10, 2), (40, 6), (1000, 8)],
)
def test_it_follows_the_starts_between_its_bounds(starts: int, size: int) -> None:
    assert pool_size.wanted(PoolBounds(least=1, most=8, dollars_per_hour=0.05), starts) == size


def test_a_fixed_size_follows_nothing() -> None:
    assert {pool_size.wanted(PoolBounds(least=3, most=3, dollars_per_hour=0.05), starts) for starts in (0, 5, 500)} == {
        3
    }


@pytest.mark.parametrize(("dollars", "size"), [(0.0, 0), (1.19, 0), (1.2, 1), (5.0, 4), (100.0, 8)])
def test_what_a_day_may_cost_is_spread_over_it(dollars: float, size: int) -> None:
    bounds = PoolBounds(least=8, most=8, dollars_per_day=dollars, dollars_per_hour=0.05)
    assert pool_size.wanted(bounds, 0) == size


def test_the_keys_of_workers_that_wait_are_those_of_no_project() -> None:
    keys = [containers.waiting_key(number) for number in range(3)]
    assert len(set(keys)) == 3
    assert all(containers.is_waiting_key(key) for key in keys)
    assert not containers.is_waiting_key("pool#waits#3")
