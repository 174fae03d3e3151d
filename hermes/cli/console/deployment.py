"""Which deployment a command is about, and who gives it."""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path
from typing import Final

from hermes.admin.viewer import Viewer, ViewerRole
from hermes.config import loading as config
from hermes.local import operator_socket

#: Where `hermes dev` keeps its state, unless it is told otherwise.
_STATE: Final = Path(".hermes")


def settings(config_file: Path | None) -> config.Config:
    """The configuration of the deployment: of `--config`, `HERMES_CONFIG` or the environment, or else of what runs in `./.hermes`."""
    named = config_file is not None or any(name.startswith("HERMES_") for name in os.environ)
    if not named and (_STATE / operator_socket.FILE).exists():
        return config.load(None, {**os.environ, **operator_socket.ask(_STATE)})
    return config.load(config_file, os.environ)


def operator() -> Viewer:
    """Who acts at this terminal, for the audit: the account, behind sudo too, and the machine."""
    try:
        account = os.environ.get("SUDO_USER") or getpass.getuser()
    except (OSError, KeyError):
        account = f"uid {os.getuid()}"
    return Viewer(name=f"{account}@{socket.gethostname()}", role=ViewerRole.OPERATOR)
