"""A wait in a test is a bound for what never comes: five test processes share two busy cores, where what takes a moment takes many."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.locks import ROOT

_LEAST_SECONDS = 60
#: A wait that is meant to run out is shorter than this.
_RUNS_OUT_SECONDS = 1
_WAITS = {"timeout", "wait_for", "wait", "communicate", "run", "HTTPConnection", "ClientTimeout", "urlopen", "SMTP"}
#: Programs that the tests start as attackers; the runs of a fixed size.
_OF_THEIR_OWN = {"attack/trap.py", "attack/thief.py", "bench", "load", "score", "mutate", "fuzz"}


def _sources() -> Iterator[Path]:
    for path in sorted((ROOT / "tests").rglob("*.py")):
        name = path.relative_to(ROOT / "tests").as_posix()
        if "node_modules" not in name and name not in _OF_THEIR_OWN and name.split("/")[0] not in _OF_THEIR_OWN:
            yield path


def _seconds(call: ast.Call) -> ast.expr | None:
    match ast.unparse(call.func), call.args:
        case "asyncio.timeout", [seconds]:
            return seconds
        case "asyncio.wait_for", [_, seconds]:
            return seconds
        case _:
            return next((word.value for word in call.keywords if word.arg in ("timeout", "total")), None)


def test_no_test_fails_because_the_machine_is_busy() -> None:
    short = [
        f"{path.relative_to(ROOT)}:{call.lineno}: {ast.unparse(call)[:80]}"
        for path in _sources()
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rsplit(".", 1)[-1] in _WAITS
        and isinstance(seconds := _seconds(call), ast.Constant)
        and isinstance(seconds.value, int | float)
        and _RUNS_OUT_SECONDS <= seconds.value < _LEAST_SECONDS
    ]
    assert short == [], f"wait for at least {_LEAST_SECONDS} s"
