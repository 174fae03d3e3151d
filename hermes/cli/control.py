"""`hermes control-token`: prints the token for the HTTP control of one worker."""

from __future__ import annotations

from typing import Annotated

import typer

from hermes import errors
from hermes.app import launchers as launching
from hermes.cli import plain
from hermes.cli.console import deployment
from hermes.cli.options import ConfigOption


def control_token(
    container_key: Annotated[str, typer.Argument(help="As the log names it: client#project#user.")],
    generation: Annotated[int, typer.Argument(help="The worker's generation, as the log names it.", min=1)],
    config_file: ConfigOption = None,
) -> None:
    """Print the token for the HTTP control of one worker on this machine; needs web.control_secret."""
    settings = deployment.settings(config_file)
    if settings.web.control_secret is None:
        raise errors.ConfigError("web.control_secret is not set: workers on this machine have no HTTP control")
    plain.say(launching.control_token(settings.web.control_secret, container_key, generation))
