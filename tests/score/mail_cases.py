"""The small mails after public reports of other mail systems, topic by topic; the corpus itself says what is right (`score.py`)."""

from __future__ import annotations

import importlib.util
import json
import pathlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.score import case_calls
from tests.score.figures import Figure

#: A topic with fewer cases is too small for its share to say anything.
SMALL = 20


@dataclass(frozen=True)
class Wrong:
    """A case that is read otherwise than a careful reader would."""

    name: str
    topic: str
    kind: str
    note: str
    got: dict[str, Any]
    expected: dict[str, Any]
    critical: bool
    debatable: bool


def measured(
    folder: pathlib.Path, chosen: Callable[[str], bool] = lambda name: True
) -> tuple[list[Figure], list[Wrong]]:
    """The figure of each topic, and the cases that are not right, the debatable ones (which do not count) among them."""
    expected: dict[str, dict[str, Any]] = json.loads((folder / "expected.json").read_text("utf-8"))
    checks = _checks(folder)
    figures: dict[str, Figure] = {}
    wrong: list[Wrong] = []
    for name, case in expected.items():
        if not chosen(name):
            continue
        got = _got(folder / "cases" / name, case)
        bad = {key: found for key, right, found in checks(case["expect"], got) if not right}
        if bad:
            kind, topic, critical = case["kind"], case["topic"], case["severity"] == "critical"
            wrong.append(Wrong(name, topic, kind, case["note"], bad, case["expect"], critical, bool(case["debatable"])))
        if not case["debatable"]:
            figures.setdefault(case["topic"], Figure(case["topic"])).count(name, not bad)
    return list(figures.values()), wrong


def _got(path: pathlib.Path, case: dict[str, Any]) -> dict[str, Any]:
    if case["mode"] == "unit":
        return case_calls.call(path, case["args"])
    return case_calls.explained(path, case["args"].get("authserv"))


Checks = Callable[[dict[str, Any], dict[str, Any]], Iterable[tuple[str, bool, Any]]]


def _checks(folder: pathlib.Path) -> Checks:
    """The corpus' own comparison of what is wanted with what is there."""
    spec = importlib.util.spec_from_file_location("mail_cases_score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Checks = module.checks
    return found


def rows(folder: pathlib.Path) -> Iterator[tuple[str, str, str, str]]:
    """The rows of the table: a topic each, and one for the critical kinds."""
    figures, wrong = measured(folder)
    for one in figures:
        share = 100 * one.right / one.total
        target = "≥ 97 %" if one.total > SMALL else ""
        yield f"small mails: {one.name}", f"{one.right} of {one.total} ({share:.1f} %)", target, ", ".join(one.wrong)
    critical = [one.name for one in wrong if one.critical and not one.debatable]
    yield "small mails: critical ones wrong", str(len(critical)), "0", ", ".join(critical)
