"""The load: `python -m tests.load --mails 10000 --sessions 200 --containers 20`, or at a steady rate with `--minutes 30 --rate 2`.

Mails go in by SMTP to a gateway in a process of its own, on the embedded default; the workers are real, their agents do nothing. The
checker of the faults decides what was lost or done twice. The last line sums up; the exit status is 0 if every target was met.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from tests.load import load


def main() -> int:
    """Load as told on the command line."""
    asked = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    asked.add_argument("--mails", type=int, default=10_000)
    asked.add_argument("--sessions", type=int, default=200)
    asked.add_argument("--containers", type=int, default=20)
    asked.add_argument("--minutes", type=float, default=0.0, help="a steady rate for so long, in place of a burst")
    asked.add_argument("--rate", type=float, default=2.0, help="mails a second of a steady rate")
    asked.add_argument(
        "--collect", type=float, default=3.0, help="gateway.collect_seconds; 0: each mail is a run of its own"
    )
    asked.add_argument(
        "--idle", type=float, default=0.0, help="then count the AWS calls of an idle gateway, for so many seconds"
    )
    asked.add_argument("--seed", type=int, default=1)
    told = load.Asked(**vars(asked.parse_args()))
    print(f"seed={told.seed}; again with ARGS='--seed {told.seed}'", flush=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hermes-load-") as folder:
        found = asyncio.run(load.run(Path(folder), told))
    for sentence in found.sentences:
        print(sentence)
    print(f"{found.line()} seconds={time.monotonic() - begun:.0f}")
    return int(bool(found.missed))


if __name__ == "__main__":
    raise SystemExit(main())
