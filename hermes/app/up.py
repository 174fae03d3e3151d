"""`hermes up`, assembled: the emulator and the gateway under one supervisor, and the workers that the gateway starts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.app import env, records
from hermes.app.launchers import AGENT_USER
from hermes.aws import clients as aws_clients
from hermes.aws import provision
from hermes.aws.records.web_access import WebAccess
from hermes.aws.resource_names import ResourceNames
from hermes.config import loading
from hermes.config.web_settings import LOOPBACK, OPERATOR, Web
from hermes.launch.local import STOP_GRACE_SECONDS, LocalLauncher
from hermes.local import page_port
from hermes.local.emulator import Emulator
from hermes.local.gateway_process import GatewayProcess
from hermes.local.operator_socket import OperatorSocket
from hermes.local.place import state_folder
from hermes.local.supervisor import Supervisor

#: The emulator's folder within the state folder.
AWS: Final = "aws"
#: How often the gateway looks for workers that have ended.
ORPHAN_SECONDS: Final = 3.0
#: The link to the page that a start prints signs in once, within this.
LINK_SECONDS: Final = 3600.0
#: The module that runs as the gateway's process.
GATEWAY: Final = ("-m", "hermes.cli.part", "hermes.cli.machine.up_gateway")


def settings(config_file: Path | None, environ: Mapping[str, str], state: Path | None) -> tuple[loading.Config, Path]:
    """The configuration of a machine and its state folder. Raises `errors.ConfigError` for settings that do not go with `hermes up`."""
    config = loading.load(config_file, environ)
    if not config.projects and not config.project_sources.shared:
        raise errors.ConfigError("no project is configured: add a [[projects]] section, or run hermes setup")
    if config.aws.endpoint_url or config.aws.access_key or config.aws.secret_key:
        raise errors.ConfigError(
            "hermes up brings its own AWS: take endpoint_url, access_key and secret_key out of [aws]"
        )
    if config.launcher.kind != "local":
        raise errors.ConfigError('hermes up starts workers on this machine: set launcher.kind = "local"')
    return config, (state or config.launcher.local.state).absolute()


def overlay(emulator: Emulator, state: Path) -> dict[str, str]:
    """The settings that the supervisor decides, as environment variables of Hermes."""
    return {
        "HERMES_AWS__ENDPOINT_URL": emulator.endpoint_url,
        "HERMES_AWS__ACCESS_KEY": emulator.key.access,
        "HERMES_AWS__SECRET_KEY": emulator.key.secret,
        "HERMES_LAUNCHER__LOCAL__STATE": str(state),
        # On one machine it costs nothing to ask for workers that have ended.
        "HERMES_TIMING__ORPHANS": f"{ORPHAN_SECONDS:g}",
        # No mail comes by SES here: a notification of SES would be forged.
        "HERMES_AUTHENTICATION__SES_RECEIPTS": "false",
    }


def page(config: loading.Config) -> dict[str, str]:
    """The page on this machine alone, where the configuration says nothing of one, as environment variables of Hermes."""
    if "web" in config.model_fields_set:
        return {}
    return {
        "HERMES_WEB__ENABLED": "true",
        "HERMES_WEB__PAGES": "true",
        "HERMES_WEB__PORT": str(page_port.choose(page_port.usual())),
    }


async def link(web: Web, held: records.Records, *, port: int) -> str | None:
    """The address that signs in to a gateway's page on this machine, once, within an hour; None: it has no page, or is for others too."""
    if not web.pages or web.host not in LOOPBACK:
        return None
    secret = await WebAccess(tables=held.tables, names=held.names).make_link(OPERATOR, until=time.time() + LINK_SECONDS)
    return f"{web.url or f'http://{web.host}:{port}'}/link/{secret}"


async def provisioned(config: loading.Config, clients: aws_clients.Clients) -> None:
    """Make the tables, queues and the bucket that are not there yet."""
    await provision.provision(
        clients=clients, names=ResourceNames(config.prefix), bucket=config.aws.bucket, region=config.aws.region
    )


async def up(
    config_file: Path | None,
    state: Path,
    *,
    environ: Mapping[str, str],
    stop: asyncio.Event,
    started: Callable[[], None] = lambda: None,
    on_change: Callable[[Callable[[], None]], None] = lambda look: None,
) -> None:
    """Run the machine until `stop`; `on_change` gets what is to be called when the configuration has changed.

    Raises `errors.ConfigError`: the folder is in use or cannot be used, or a part does not start.
    """
    state = state_folder(state, others_pass=AGENT_USER in environ)
    shown = page(loading.load(config_file, environ))
    emulator = Emulator(state=state / AWS, environment=environ, console=True)
    gateway = GatewayProcess(
        [*GATEWAY, *([str(config_file)] if config_file else [""])],
        environment=environ,
        settings=lambda: overlay(emulator, state) | shown,
    )
    on_change(gateway.look)
    operators = OperatorSocket(state, lambda: overlay(emulator, state) | shown)
    await Supervisor([emulator, _Workers(state), gateway, operators]).run(stop, started=started)


class _Workers:
    """The workers of this folder. The gateway starts them and they outlive it; no start begins and no stop ends with one of before."""

    name = "workers"

    def __init__(self, state: Path) -> None:
        self._launcher = LocalLauncher(env=env.system(emit=lambda event: None), state=state, environment={})

    async def start(self) -> None:
        """Stop those of an earlier start that was killed: the key that they have is of no use now. They save their work and end."""
        await self._launcher.close(STOP_GRACE_SECONDS)

    async def wait(self) -> int:
        """Workers start and end without this process, so there is nothing whose end it could wait for."""
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async def stop(self) -> str | None:
        """Stop all; each saves its work."""
        await self._launcher.close(STOP_GRACE_SECONDS)
        return None
