"""A command as operators see it."""

from __future__ import annotations

import dataclasses

from hermes.admin.views import commands
from hermes.domain.commands import CommandState
from hermes.web import charts
from tests.integration import records


def test_a_record_without_a_history_is_shown_without_a_chart() -> None:
    view = commands.view(records.command("c1", state=CommandState.RUNNING))

    assert view.spans == ()
    assert charts.of(view, now=view.accepted_at + 5).bars == ()


def test_the_bars_of_a_chart_lie_one_after_the_other_and_go_on_until_now() -> None:
    began = 1000.0
    spans = (
        commands.Span(name="waiting", began_at=began, ended_at=began + 10),
        commands.Span(name="running", began_at=began + 10, ended_at=None),
    )
    view = commands.view(records.command("c1", state=CommandState.RUNNING))
    chart = charts.of(dataclasses.replace(view, spans=spans, finished_at=None), now=began + 40)

    assert [(bar.name, bar.x, bar.width) for bar in chart.bars] == [("waiting", 0.0, 180.0), ("running", 180.0, 540.0)]
    assert [(name, seconds) for name, _, seconds in chart.sums] == [("waiting", 10.0), ("running", 30.0)]
