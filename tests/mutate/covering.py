"""Which tests pass which line: the whole chosen suite once under coverage, with the test as the context."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from coverage.numbits import numbits_to_nums

#: The suite under coverage, with room for a busy machine.
SECONDS = 3600


def environment() -> dict[str, str]:
    """Tests that would skip for an absent program do so here too."""
    return {name: value for name, value in os.environ.items() if name != "CI"} | {"PYTHONDONTWRITEBYTECODE": "1"}


def measure(root: Path, folder: Path, tests: Sequence[str]) -> Mapping[tuple[str, int], tuple[str, ...]]:
    """`(path, line)` → the ids of the tests that pass it, those of unit tests first."""
    data = folder / "coverage"
    noted = ("--cov=hermes", "--cov-context=test", "--cov-report=")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "worksteal", *tests, *noted],
        cwd=root,
        env={**environment(), "COVERAGE_FILE": str(data)},
        check=False,
        timeout=SECONDS,
    )
    found: dict[tuple[str, int], list[str]] = defaultdict(list)
    with sqlite3.connect(data) as database:
        contexts = {
            number: text.partition("|")[0] for number, text in database.execute("select id, context from context")
        }
        paths = {
            number: Path(path).relative_to(root).as_posix()
            for number, path in database.execute("select id, path from file")
        }
        rows = _lines(database)
        for file, context, numbers in rows:
            for line in numbers:
                if contexts[context]:
                    found[paths[file], line].append(contexts[context])
    return {place: tuple(sorted(set(ids), key=_rank)) for place, ids in found.items()}


def _lines(database: sqlite3.Connection) -> list[tuple[int, int, set[int]]]:
    """File, context and lines; with branch coverage the arcs hold them."""
    lines: dict[tuple[int, int], set[int]] = defaultdict(set)
    for file, context, start, end in database.execute("select file_id, context_id, fromno, tono from arc"):
        lines[file, context] |= {number for number in (start, end) if number > 0}
    for file, context, numbits in database.execute("select file_id, context_id, numbits from line_bits"):
        lines[file, context] |= set(numbits_to_nums(numbits))
    return [(file, context, numbers) for (file, context), numbers in lines.items()]


def _rank(test: str) -> tuple[bool, str]:
    return not test.startswith("tests/unit/"), test
