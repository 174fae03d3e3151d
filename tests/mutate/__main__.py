"""`make mutate`: breaks the code in small ways, one at a time, and says which breaks no test notices.

First the tests run once, and coverage notes which of them pass each line. Then each mutation of a seeded choice is tried by the tests that
pass its line, in a copy of the tree. What survives is listed; its last line is the score.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutate import covering, mutations

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("domain", "mail", "execution", "gateway")
#: The tests that are run for coverage, and so against a mutation: quick ones, and the gateway's over the emulator.
TESTS = ("tests/unit", "tests/integration/gateway", "tests/integration/mail")
#: Of the tests that pass a line, so many are run; the quickest first.
MOST_TESTS = 60
#: A mutation may hang the code: what takes longer than this has been noticed.
SECONDS = 120


def main() -> None:
    arguments = _arguments()
    started = time.monotonic()
    paths = [path for room in arguments.rooms for path in sorted((ROOT / "hermes" / room).rglob("*.py"))]
    with tempfile.TemporaryDirectory(prefix="hermes-mutate-") as folder:
        lines = covering.measure(ROOT, Path(folder), TESTS)
        chosen = _chosen(paths, arguments.mutations, arguments.seed)
        trees = [_copy(Path(folder) / f"tree{number}") for number in range(arguments.processes)]
        with concurrent.futures.ThreadPoolExecutor(len(trees)) as pool:
            free = list(trees)

            def attempt(mutation: mutations.Mutation) -> str:
                tree = free.pop()
                try:
                    return _outcome(tree, mutation, lines.get((mutation.path, mutation.line), ()))
                finally:
                    free.append(tree)

            outcomes = dict(zip(chosen, pool.map(attempt, chosen), strict=True))
    survived = [mutation for mutation, outcome in outcomes.items() if outcome != "killed"]
    for mutation in survived:
        sys.stdout.write(f"{outcomes[mutation]}: {mutation}\n")
    killed = len(chosen) - len(survived)
    sys.stdout.write(
        f"mutations={len(chosen)} killed={killed} score={killed / max(1, len(chosen)):.3f} seed={arguments.seed} "
        f"seconds={time.monotonic() - started:.0f}\n"
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutate", description=__doc__)
    parser.add_argument("rooms", nargs="*", default=ROOMS, help="rooms of hermes/, or modules in them")
    parser.add_argument("--mutations", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def _chosen(paths: list[Path], most: int, seed: int) -> list[mutations.Mutation]:
    found = [
        mutation for path in paths for mutation in mutations.of(path.relative_to(ROOT).as_posix(), path.read_text())
    ]
    return random.Random(seed).sample(found, min(most, len(found)))


def _copy(tree: Path) -> Path:
    for name in ("hermes", "tests", "config", "deploy", "docs", "pyproject.toml", "README.md", "Makefile"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
        else:
            tree.mkdir(exist_ok=True)
            shutil.copy2(source, tree / name)
    return tree


def _outcome(tree: Path, mutation: mutations.Mutation, tests: tuple[str, ...]) -> str:
    """`killed`, `survived`, or `not covered` where no test passes the line."""
    if not tests:
        return "not covered"
    path = tree / mutation.path
    whole = path.read_text()
    path.write_text(mutation.apply(whole))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests[:MOST_TESTS]],
            cwd=tree,
            env=covering.environment(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "killed"
    finally:
        path.write_text(whole)
    return "survived" if done.returncode == 0 else "killed"


if __name__ == "__main__":
    main()
