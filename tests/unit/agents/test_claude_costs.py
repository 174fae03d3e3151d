"""What a run cost, told from running totals."""

from __future__ import annotations

from pathlib import Path

import pytest

from hermes.agents import totals
from hermes.agents.claude_code import costs
from hermes.agents.totals import Total

ID = "0b54c1de-1111-4222-8333-944455556666"


@pytest.mark.parametrize(
    ("now", "before", "cost"),
    [
        (None, None, None),
        (Total(total_usd=0.4, version="2.1.300"), None, 0.4),
        (Total(total_usd=0.4, version="2.1.300"), Total(total_usd=0.3, version="2.1.300"), 0.1),
        (Total(total_usd=0.4, version="2.1.277"), Total(total_usd=0.3, version="2.1.276"), 0.1),
        (Total(total_usd=0.4, version="2.1.276"), Total(total_usd=0.3, version="2.1.276"), 0.4),
        (Total(total_usd=0.4), Total(total_usd=0.3), 0.4),
        (Total(total_usd=0.2, version="2.1.300"), Total(total_usd=0.3, version="2.1.300"), 0.2),
        (Total(total_usd=0.4, version="10.0.0"), Total(total_usd=0.3, version="10.0.0"), 0.1),
    ],
)
def test_a_run_costs_the_difference_where_the_count_goes_on(
    now: Total | None, before: Total | None, cost: float | None
) -> None:
    assert costs.spent(now, before) == cost


def test_the_budget_begins_where_the_count_does() -> None:
    assert costs.budget(5.0, None) == 5.0
    assert costs.budget(5.0, Total(total_usd=2.5, version="2.1.276")) == 5.0
    assert costs.budget(5.0, Total(total_usd=2.5, version="2.1.278")) == 7.5


async def test_a_total_is_kept_beside_its_conversation_and_through_no_link(tmp_path: Path) -> None:
    total = Total(total_usd=1.5, version="2.1.300")
    await totals.keep(None, tmp_path, ID, total)
    assert await totals.known(None, tmp_path, ID) is None  # there is no conversation
    folder = tmp_path / ".claude" / "projects" / "tree"
    folder.mkdir(parents=True)
    (folder / f"{ID}.jsonl").touch()
    await totals.keep(None, tmp_path, ID, total)
    assert await totals.known(None, tmp_path, ID) == total
    (folder / f"{ID}.cost.json").write_text('{"total_usd": -1}')
    assert await totals.known(None, tmp_path, ID) is None
    (folder / f"{ID}.cost.json").unlink()
    (folder / f"{ID}.cost.json").symlink_to(tmp_path / "secret")
    (tmp_path / "secret").write_text('{"total_usd": 9}')
    assert await totals.known(None, tmp_path, ID) is None
    await totals.keep(None, tmp_path, ID, total)
    assert (tmp_path / "secret").read_text() == '{"total_usd": 9}'
