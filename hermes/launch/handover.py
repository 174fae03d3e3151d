"""Hands a local worker its secrets through an inherited socket, once the worker's memory is closed to other processes.

The secrets are in no environment, command line or file, which processes of the same user could read. Unlike a pipe, a
socket cannot be opened again through `/proc`.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Mapping
from typing import Final

from hermes import errors

#: A worker asks for its secrets once Python and its modules are loaded: a second, and minutes on a machine that is overloaded.
SECRETS_SECONDS: Final = 120.0

SECRETS_FD = "HERMES_SECRETS_FD"
"""The environment variable that names the worker's end."""

_READY = b"\n"
_BLOCK_BYTES = 65_536


def give(channel: socket.socket, secrets: Mapping[str, str]) -> None:
    """The launcher's side: wait until the worker is closed to others, then send the secrets. A worker that has ended gets nothing."""
    with channel, contextlib.suppress(OSError):
        channel.settimeout(SECRETS_SECONDS)
        if channel.recv(1) == _READY:
            channel.sendall(json.dumps(dict(secrets)).encode())


def take(environ: Mapping[str, str]) -> dict[str, str]:
    """The worker's side: its environment together with what the launcher hands over, if it was started by one that does.

    Call it once this process is closed to others. Raises `errors.StepFailed` if the launcher has ended.
    """
    found = dict(environ)
    number = found.pop(SECRETS_FD, None)
    if number is None:
        return found
    with socket.socket(fileno=int(number)) as channel:
        channel.settimeout(SECRETS_SECONDS)
        parts: list[bytes] = []
        try:
            channel.sendall(_READY)
            while part := channel.recv(_BLOCK_BYTES):
                parts.append(part)
        except OSError as error:
            raise errors.StepFailed(f"the launcher sent no secrets: {error}") from error
    if not parts:
        raise errors.StepFailed("the launcher ended before it sent the secrets")
    return {**found, **json.loads(b"".join(parts))}
