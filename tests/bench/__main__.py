"""Measures and prints: `python -m tests.bench [ROW…] [--json FILE]`; see docs/performance.md for how to read it."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import tempfile
import time
from pathlib import Path

from hermes.process import memory
from tests.bench import ground, rows, table
from tests.bench.passes import NothingMeasured, Passes, Scale
from tests.bench.table import Figure


async def measure(chosen: list[str], scale: Scale) -> table.Figures:
    """The figures of these rows, printed as they come."""
    figures: table.Figures = {}
    with tempfile.TemporaryDirectory(prefix="hermes-bench-") as folder:
        async with ground.ground(Path(folder)) as stands:
            passes = Passes(stands, scale)
            for name in chosen:
                if "idle" in chosen and name != "execution":
                    await passes.rest()  # it rests while the others work
                begun = time.monotonic()
                try:
                    measured = await rows.ROWS[name](passes)
                except NothingMeasured as error:
                    # No figure is better than a made-up one; the other rows are measured all the same.
                    measured = {f"{name}: nothing was measured": Figure(math.nan, 0.0, note=str(error))}
                for row, figure in measured.items():
                    figures[row] = figure
                    print(table.line(row, figure), flush=True)
                print(f"  ({name}: {time.monotonic() - begun:.0f} s)", flush=True)
    return figures


def main() -> int:
    """Exit status 1 where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of these: {', '.join(rows.ROWS)}")
    parser.add_argument("--json", type=Path, help="write {row: {value, target, ok}} here")
    options = parser.parse_args()
    unknown = [name for name in options.rows if name not in rows.ROWS]
    if unknown:
        parser.error(f"no row {unknown[0]!r}; there are {', '.join(rows.ROWS)}")
    chosen = [name for name in rows.ROWS if not options.rows or name in options.rows]
    with memory.growing():  # the answers come here: a halt of ours would be one of theirs
        figures = asyncio.run(measure(chosen, Scale()))
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    print(f"{table.summary(figures)}; load average of the machine, per core, at the end {load:.1f}")
    if options.json is not None:
        table.write(options.json, figures)
    return 0 if all(figure.ok for figure in figures.values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
