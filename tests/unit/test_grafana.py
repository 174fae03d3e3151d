"""The dashboard and the alert rules: they parse, and name only metrics and events that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from hermes.aws import call_meter
from hermes.domain.events import Event
from hermes.web.metrics import Looks, Metrics

ROOT = Path(__file__).parents[2]
GRAFANA = ROOT / "deploy" / "grafana"
#: Words of PromQL that look like metrics.
METRIC = re.compile(r"\b((?:hermes|process)_[a-z_]+)")


def dashboard() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GRAFANA / "dashboard.json").read_text(encoding="utf-8"))
    return found


def rules() -> list[dict[str, Any]]:
    found = yaml.safe_load((GRAFANA / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in found["groups"] for rule in group["rules"]]


def expressions() -> Iterator[str]:
    for panel in dashboard()["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))
    yield from (rule["expr"] for rule in rules())
    for variable in dashboard()["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def exported() -> dict[str, set[str]]:
    """Every series that a gateway exports, with its labels."""
    metrics = Metrics(agent_of=lambda project: "claude")
    facts = {
        "project": "acme/site",
        "dwell_seconds": 1.0,
        "run_seconds": 1.0,
        "interrupt_reason": "timeout",
        "cost_usd": 1.0,
    }
    metrics.take(Event("command.timed_out", 1.0, "", facts))
    metrics.take(Event("mail.command", 1.0, "", {"intent": "request", "project": "acme/site"}))
    metrics.take(Event("reply.sent", 1.0, "", {"mail_seconds": 1.0}))
    metrics.count("sqs", "SendMessage", 1.0)
    ways = {"imap": {"ok": True, "waiting": 1}}
    pools = [call_meter.Pool("polls", 3, 72)]
    metrics.look(
        Looks(poll_age=lambda: 1.0, pools=lambda: pools, depths=lambda: {"q": 1}, tasks=lambda: 1, ways=lambda: ways)
    )
    found: dict[str, set[str]] = {}
    for line in metrics.text().decode().splitlines():
        series = re.match(r"([a-z_]+)(?:\{(.*)\})? ", line)
        if series is not None and not line.startswith("#"):
            found.setdefault(series[1], set()).update(re.findall(r'([a-z_]+)="', series[2] or ""))
    return found


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_each_metric_that_is_named_exists_and_has_the_labels(expression: str) -> None:
    known = exported()
    named = METRIC.findall(expression)
    assert named
    for name in named:
        assert name in known, f"{name} is not exported"
    for name, matchers in re.findall(r"((?:hermes|process)_[a-z_]+)\{([^}]*)\}", expression):
        for label in re.findall(r"([a-z_]+)(?:=~|!=|=)", matchers):
            assert label in known[name], f"{name} has no label {label}"


def events_named() -> set[str]:
    """The events that the expressions name; of a whole noun its beginning."""
    found = set()
    for expression in expressions():
        for pattern in re.findall(r'name=~?"([^"]+)"', expression):
            for one in re.split(r"\|(?![^(]*\))", pattern.replace("[.]", ".")):
                noun, _, verbs = one.partition(".")
                found |= {f"{noun}." if verb == ".*" else f"{noun}.{verb}" for verb in verbs.strip("()").split("|")}
    return found


@pytest.mark.parametrize("name", sorted(events_named()))
def test_each_event_that_is_named_is_emitted(name: str) -> None:
    package = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "hermes").rglob("*.py"))
    assert f'"{name}' in package


def test_panels_have_ids_places_and_titles_of_their_own() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)
    assert all(panel["title"] and (panel["type"] == "row" or panel["description"]) for panel in panels)


def test_every_rule_says_what_is_wrong_and_what_to_do() -> None:
    found = rules()
    assert len({rule["alert"] for rule in found}) == len(found)
    for rule in found:
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"].rstrip().endswith((".", ")."))
