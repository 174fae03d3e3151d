"""What contains a worker's agents, builds and checks: chosen when the worker starts."""

from __future__ import annotations

import asyncio
import logging

from hermes.process.walls import Sandbox, WallLevel, machine
from hermes.worker.config import WorkerConfig

_LOG = logging.getLogger(__name__)


async def sandbox(config: WorkerConfig) -> Sandbox:
    """The walls of this machine for this project; the log says what they are."""
    found = Sandbox(machine=await asyncio.to_thread(machine.choose), settings=config.walls)
    level = logging.INFO if found.level is WallLevel.NAMESPACES else logging.WARNING
    _LOG.log(level, "What contains agents and builds: %s.", found.words, extra={"action": "worker.walls"})
    return found
