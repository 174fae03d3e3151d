"""What contains a worker's agents, builds and checks: chosen when the worker starts."""

from __future__ import annotations

import asyncio
import logging
import urllib.parse
from collections.abc import Mapping

from hermes.config.agent_settings import AgentSettings
from hermes.config.walls_settings import Demand
from hermes.process.walls import Sandbox, WallLevel, machine
from hermes.worker.config import WorkerConfig
from hermes.worker.outlet import Outlets, providers
from hermes.worker.outlet.policy import NetworkPolicy
from hermes.worker.outlet.reaching import Reach

_LOG = logging.getLogger(__name__)


def outlets(config: WorkerConfig, environ: Mapping[str, str], found: Sandbox) -> Outlets | None:
    """The ways of the project's programs to the network; None where the project has no walls."""
    if config.walls.sandbox is Demand.OFF:
        return None
    repository = urllib.parse.urlsplit(config.repository_url)
    own = (
        (repository.hostname,)
        if repository.scheme == "https" and repository.hostname and "git" in config.walls.network
        else ()
    )
    return Outlets(
        environ=environ,
        allowed=config.agent.env,
        policy=NetworkPolicy.of((*config.walls.network, *own)),
        reach=Reach(environ=environ),
        own_network=found.level is WallLevel.NAMESPACES,
    )


def agent_settings(config: WorkerConfig, ways: Outlets | None) -> AgentSettings:
    """The agent's, with the variables by which it finds its model at the outlet."""
    agent = config.agent
    return agent if ways is None else agent.model_copy(update={"env": (*agent.env, *providers.names(agent.env))})


async def sandbox(config: WorkerConfig) -> Sandbox:
    """The walls of this machine for this project; the log says what they are."""
    found = Sandbox(machine=await asyncio.to_thread(machine.choose), settings=config.walls)
    level = logging.INFO if found.level is WallLevel.NAMESPACES else logging.WARNING
    _LOG.log(level, "What contains agents and builds: %s.", found.words, extra={"action": "worker.walls"})
    return found
