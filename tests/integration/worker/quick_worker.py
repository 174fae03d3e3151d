"""A worker process whose heart beats faster."""

from __future__ import annotations

import asyncio
import os

from hermes.app import worker as main
from hermes.worker.service import WorkerTimes

if __name__ == "__main__":
    raise SystemExit(
        asyncio.run(main.main(os.environ, times=WorkerTimes(heartbeat=0.3, input_poll=1, interrupt_poll=1)))
    )
