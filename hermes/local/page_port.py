"""The port of the page on this machine: the usual one, unless somebody else has it."""

from __future__ import annotations

import socket

from hermes.config.web_settings import Web

_HOST = "127.0.0.1"


def choose(usual: int) -> int:
    """The usual port of loopback if it is free, else one that is."""
    for port in (usual, 0):
        with socket.socket() as probe:
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return 0


def usual() -> int:
    """The port that the configuration has where it says none."""
    return Web().port
