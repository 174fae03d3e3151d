"""`hermes worker`: a worker, started by a launcher."""

from __future__ import annotations

import asyncio
import os

from hermes import logs
from hermes.worker import main as worker_main


def worker() -> None:
    """Run a worker; its settings come in HERMES_WORKER_… from the launcher."""
    logs.set_up(level=os.environ.get("HERMES_WORKER_LOG_LEVEL", "INFO"), form="json")
    raise SystemExit(asyncio.run(worker_main.main(os.environ)))
