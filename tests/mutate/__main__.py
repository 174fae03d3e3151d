"""`make mutate`: breaks the code in small ways, one at a time, and lists the breaks that no test notices.

With `--killed FILE` a run that was ended goes on, and a later run tries only what survived: the file names the breaks that were noticed.

First the nearest tests run once, and coverage notes which of them pass each line. Then each mutation of a seeded choice is tried by the
tests that pass its line, in a copy of the tree. What survives is listed, and the last line is the score. Breaks that were judged to change
nothing are in `equivalent.toml` with the reason; they are counted apart.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import queue
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from tests.mutate import chosen, covering, mutations

ROOT = Path(__file__).resolve().parents[2]
#: The rooms, and the tests nearest to each: what its own tests do not notice counts as not noticed.
ROOMS = {
    "domain": ("tests/unit/domain",),
    "mail": ("tests/unit/mail",),
    "execution": ("tests/unit/execution",),
    "gateway": ("tests/unit/gateway", "tests/integration/gateway", "tests/integration/mail"),
}
COPIED = ("hermes", "tests", "config", "deploy", "docs", "pyproject.toml", "README.md", "Makefile")
#: For the start of Python and the collection; what takes longer than this and four times its usual time hangs, which is noticed.
START_SECONDS = 60
#: Exits of pytest: a failed test, or an error while it was collected.
NOTICED = {1, 2}


def main() -> None:
    """Runs it."""
    arguments = _arguments()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hermes-mutate-") as temporary:
        folder = Path(arguments.covering or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        tests = dict.fromkeys(test for room in arguments.rooms for test in ROOMS[room.split("/")[0]])
        covered = covering.measure(ROOT, folder, tuple(tests), arguments.processes)
        picked = _picked(arguments.rooms, arguments.mutations, arguments.seed)
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(arguments.processes):
            trees.put(_copy(Path(temporary) / f"tree{number}"))

        kept: Path | None = arguments.killed
        noticed = set(kept.read_text().splitlines()) if kept and kept.exists() else set[str]()

        def attempt(mutation: mutations.Mutation) -> str:
            if mutation.what in noticed:
                return "killed"
            tree = trees.get()
            try:
                outcome = _outcome(tree, mutation, covered)
            finally:
                trees.put(tree)
            if outcome != "killed":
                sys.stdout.write(f"{outcome}: {mutation}\n")
                sys.stdout.flush()
            elif kept:
                with kept.open("a") as file:
                    file.write(f"{mutation.what}\n")
            return outcome

        with concurrent.futures.ThreadPoolExecutor(arguments.processes) as pool:
            outcomes = collections.Counter(pool.map(attempt, picked))
    counted = len(picked) - outcomes["equivalent"]
    sys.stdout.write(
        f"mutations={len(picked)} equivalent={outcomes['equivalent']} killed={outcomes['killed']} "
        f"survived={outcomes['survived']} score={outcomes['killed'] / max(1, counted):.3f} "
        f"seed={arguments.seed} seconds={time.monotonic() - started:.0f}\n"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__)
    parser.add_argument(
        "rooms", nargs="*", default=list(ROOMS), help="rooms of hermes/, or folders and modules in them"
    )
    parser.add_argument("--mutations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--killed", type=Path, help="a file that keeps which breaks were noticed; those are not tried again"
    )
    parser.add_argument(
        "--covering", help="a folder for what the first step measures; used again if it is there already"
    )
    return parser.parse_args()


def _picked(rooms: Sequence[str], most: int, seed: int) -> list[mutations.Mutation]:
    found = (
        mutation
        for room in rooms
        for path in _modules(ROOT / "hermes" / room)
        for mutation in mutations.of(path.relative_to(ROOT).as_posix(), path.read_text())
    )
    return mutations.pick(found, most, seed)


def _modules(place: Path) -> list[Path]:
    found = [place] if place.suffix == ".py" else sorted(place.rglob("*.py"))
    if not found:
        raise SystemExit(f"{place.relative_to(ROOT)} has no modules to break")
    return found


def _copy(tree: Path) -> Path:
    tree.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".hypothesis", "node_modules")
            shutil.copytree(source, tree / name, ignore=ignored)
        else:
            shutil.copy2(source, tree / name)
    return tree


def _outcome(tree: Path, mutation: mutations.Mutation, covered: covering.Covering) -> str:
    """`killed`, `survived`, or `equivalent` by judgement."""
    if _judged(mutation):
        return "equivalent"
    tests = covered.tests(mutation.path, mutation.line)
    path, names = tree / mutation.path, tree / "chosen"
    whole = path.read_text()
    names.write_text("\0".join(tests))
    _write(path, mutation.apply(whole))
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    plain = ("-x", "-q", "-p", "no:cacheprovider", "-p", "tests.mutate.chosen", "--hypothesis-seed=0")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *plain, *files],
            cwd=tree,
            env=covering.environment(**{chosen.FILE: str(names)}),
            capture_output=True,
            text=True,
            timeout=START_SECONDS + 4 * sum(covered.seconds.get(test, 1.0) for test in tests),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "killed"
    finally:
        _write(path, whole)
    if done.returncode and done.returncode not in NOTICED:
        raise SystemExit(f"pytest could not run for {mutation}:\n{done.stdout}{done.stderr}")
    return "killed" if done.returncode else "survived"


def _judged(mutation: mutations.Mutation) -> bool:
    listed = tomllib.loads((Path(__file__).parent / "equivalent.toml").read_text()).get("equivalent", [])
    return any(
        (one["path"], one["before"], one["after"]) == (mutation.path, mutation.shown_before, mutation.shown_after)
        for one in listed
    )


def _write(path: Path, source: str) -> None:
    """The source, and no bytecode of what was there before: that is told apart by the second and the size alone."""
    path.write_text(source)
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        stale.unlink()


if __name__ == "__main__":
    main()
