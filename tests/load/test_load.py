"""The load in miniature: nothing is lost or done twice, and the gateway stays small. How late its loop is says a machine at rest alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load import figures, load


@pytest.mark.timeout(150)
async def test_a_small_burst_over_some_threads_and_containers(tmp_path: Path) -> None:
    found = await load.run(tmp_path, load.Asked(mails=24, sessions=6, containers=2, seed=20261121))

    print(found.line(), *found.sentences, sep="\n")
    assert (found.findings.lost, found.findings.twice) == ((), ())
    assert found.findings.mails == 24
    assert found.rss_mb < load.RSS_MB


def test_a_quantile_is_read_off_the_buckets_of_a_histogram() -> None:
    text = '\n'.join(
        f'lag_bucket{{le="{le}"}} {count}' for le, count in (("0.01", 50.0), ("0.1", 90.0), ("0.2", 100.0), ("+Inf", 100.0))
    )  # fmt: skip

    assert figures.quantile(text, "lag", 0.5) == pytest.approx(0.01)
    assert figures.quantile(text, "lag", 0.99) == pytest.approx(0.19)
    assert figures.quantile("", "lag", 0.99) == 0.0


def test_growth_is_the_slope_of_a_straight_line() -> None:
    grown = figures.growth([(second, 100 + second / 360) for second in range(0, 600, 10)])

    assert grown.per_hour == pytest.approx(10)
    assert grown.over_run == pytest.approx(590 / 360)
    assert figures.growth([(0.0, 1.0)]).over_run == 0.0
