"""What each policy means for a command that is open."""

from __future__ import annotations

import pytest

from hermes.domain.request import Policy


@pytest.mark.parametrize(
    ("policy", "waits", "supersedes", "collects"),
    [
        (Policy.INTERRUPT, False, True, True),
        (Policy.QUEUE, True, False, False),
        (Policy.MERGE, True, False, True),
        (Policy.REJECT, False, False, False),
    ],
)
def test_a_policy_decides_who_waits_who_stops_and_what_joins(
    policy: Policy, waits: bool, supersedes: bool, collects: bool
) -> None:
    assert (policy.waits, policy.supersedes, policy.collects) == (waits, supersedes, collects)


def test_the_table_has_a_row_for_every_policy() -> None:
    assert list(Policy) == [Policy.INTERRUPT, Policy.QUEUE, Policy.MERGE, Policy.REJECT]
