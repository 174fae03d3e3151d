"""`hermes worker`: a worker, started by a launcher."""

from __future__ import annotations

import asyncio

from hermes import logs
from hermes.app import worker as worker_main
from hermes.app.pool import waiting
from hermes.aws import clients
from hermes.cli import exits
from hermes.errors import HermesError
from hermes.launch import handover
from hermes.process import memory, privacy


def worker() -> None:
    """Run a worker; the launcher sets its HERMES_WORKER_… variables."""
    given = privacy.take()
    if handover.SECRETS_FD in given:
        # It may wait for its claim for days: what can be done before is done before.
        asyncio.run(clients.warm())
    environ = handover.take(given)
    logs.set_up(level=environ.get("HERMES_WORKER_LOG_LEVEL", "INFO"), form="json")
    if waiting.CLAIMS_QUEUE_URL in environ:
        claimed = asyncio.run(waiting.wait(environ))
        if claimed is None:
            raise SystemExit(0)
        environ = claimed
    with memory.settled():
        raise SystemExit(asyncio.run(worker_main.main(environ)))


def main() -> None:
    """The same as a process of its own (`part`): an expected error is a sentence and an exit code."""
    try:
        worker()
    except HermesError as error:
        exits.leave(error)
    except Exception as error:
        exits.leave_unforeseen(error)
