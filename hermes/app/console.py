"""What the operator's page, API and command line read and act on, from the configuration."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator

from hermes import ids
from hermes.admin.console import Console
from hermes.app import configuration
from hermes.app import records as composition
from hermes.config.current import ConfigSource
from hermes.config.loading import Config


def over(config: ConfigSource, held: composition.Records) -> Console:
    """The console over the records of a running process."""
    return Console(
        stores=held,
        places=held.places,
        names=held.names,
        settings=lambda: config.current,
        now=time.time,
        new_id=ids.new_id,
    )


@contextlib.asynccontextmanager
async def connect(config: Config) -> AsyncIterator[Console]:
    """A console with connections of its own, for one command. Raises `errors.ConfigError` where `hermes provision` was not run."""
    async with composition.connect(config) as clients:
        held = await composition.records(config, clients)
        yield over(await configuration.with_shared(config, held), held)
