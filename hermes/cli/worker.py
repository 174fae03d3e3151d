"""`hermes worker`: a worker, started by a launcher."""

from __future__ import annotations

import asyncio

from hermes import logs
from hermes.app import worker as worker_main
from hermes.launch import handover
from hermes.process import privacy


def worker() -> None:
    """Run a worker; the launcher sets its HERMES_WORKER_… variables."""
    environ = handover.take(privacy.take())
    logs.set_up(level=environ.get("HERMES_WORKER_LOG_LEVEL", "INFO"), form="json")
    raise SystemExit(asyncio.run(worker_main.main(environ)))
