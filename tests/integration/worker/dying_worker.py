"""A worker process that kills itself with SIGKILL at one named point of a command."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from hermes.app import worker as main


def _die_at(point: str) -> None:
    if point == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main.main(os.environ, crash_point=_die_at)))
