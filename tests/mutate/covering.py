"""Which tests pass which line: the nearest tests once under coverage, with the test as the context."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from coverage.numbits import numbits_to_nums

#: The tests under coverage, with room for a busy machine.
SECONDS = 3600
#: Of the tests that pass a line those are run that take so long together, the quickest first.
MOST_SECONDS = 30.0


def environment(**more: str) -> dict[str, str]:
    """Tests that would skip for an absent program do so here too."""
    return {name: value for name, value in os.environ.items() if name != "CI"} | more


@dataclasses.dataclass(frozen=True, slots=True)
class Covering:
    """What each test passes, and how long it takes."""

    lines: Mapping[tuple[str, int], frozenset[str]]
    """`(path, line)` → ids of tests."""
    seconds: Mapping[str, float]
    """Of each test by id."""

    def tests(self, path: str, line: int) -> tuple[str, ...]:
        """The tests to try a break of this line with; all of them for a line that runs at import alone, as a default value of a record."""
        found = self.lines.get((path, line)) or self.seconds.keys()
        chosen: list[str] = []
        spent = 0.0
        for test in sorted(found, key=lambda one: (self.seconds.get(one, 1.0), one)):
            spent += self.seconds.get(test, 1.0)
            if chosen and spent > MOST_SECONDS:
                break
            chosen.append(test)
        return tuple(chosen)


def measure(root: Path, folder: Path, tests: Sequence[str], processes: int) -> Covering:
    """Run the tests under coverage, or read what an earlier run left in the folder."""
    data, report = folder / "coverage", folder / "seconds.xml"
    if not report.exists():
        noted = ("--cov=hermes", "--cov-context=test", "--cov-report=", f"--junit-xml={report}")
        parallel = ("-n", str(processes), "--dist", "worksteal") if processes > 1 else ()
        family = ("-o", "junit_family=xunit1", "-p", "no:cacheprovider", "--hypothesis-seed=0")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *parallel, *family, *tests, *noted],
            cwd=root,
            env=environment(COVERAGE_FILE=str(data)),
            check=False,
            timeout=SECONDS,
        )
        if done.returncode:
            raise SystemExit(
                "The tests fail on the code as it is: mend that first, since every break would count as noticed."
            )
    seconds = {_identity(case): float(case.get("time", 0)) for case in ElementTree.parse(report).iter("testcase")}
    lines: dict[tuple[str, int], set[str]] = defaultdict(set)
    with sqlite3.connect(data) as database:
        contexts = {
            number: text.partition("|")[0] for number, text in database.execute("select id, context from context")
        }
        paths = {number: _relative(path) for number, path in database.execute("select id, path from file")}
        for file, context, numbers in _numbers(database):
            for line in numbers if contexts[context] else ():
                lines[paths[file], line].add(contexts[context])
    return Covering({place: frozenset(ids) for place, ids in lines.items()}, seconds)


def _identity(case: ElementTree.Element) -> str:
    return f"{case.get('file')}::{case.get('name')}"


def _relative(path: str) -> str:
    return path[path.rindex("/hermes/") + 1 :]


def _numbers(database: sqlite3.Connection) -> Iterator[tuple[int, int, set[int]]]:
    """File, context and lines; with branch coverage the arcs hold them."""
    for file, context, start, end in database.execute("select file_id, context_id, fromno, tono from arc"):
        yield file, context, {number for number in (start, end) if number > 0}
    for file, context, numbits in database.execute("select file_id, context_id, numbits from line_bits"):
        yield file, context, set(numbits_to_nums(numbits))
