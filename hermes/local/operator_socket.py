"""How the operator's commands reach the embedded AWS of a running `hermes up`: a socket in the state folder that answers root alone.

Agents may run as the same user as Hermes, so that user is not enough: the kernel names the user that connected, and only root gets the
key. Where Hermes runs as root, its agents do not. `hermes dev` answers its own user too, but not what descends from it: its workers and
agents.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from hermes import errors
from hermes.process import descendants

FILE: Final = "operator.sock"
_SECONDS: Final = 5.0
_MOST_BYTES: Final = 64 * 1024
_ROOT: Final = 0
_REFUSED: Final = "only root gets the key of the embedded AWS: agents may run as any other user; use sudo"

_log = logging.getLogger(__name__)


class OperatorSocket:
    """The supervisor's side. A socket that cannot be made costs the operator's commands, and nothing else."""

    name = "operator's socket"

    def __init__(
        self, state: Path, settings: Callable[[], Mapping[str, str]], *, users: frozenset[int] = frozenset({_ROOT})
    ) -> None:
        """`users` are those that get the settings. A development machine, on which everybody may command anyway, adds its own user."""
        self._users = users
        self._path = state / FILE
        self._settings = settings
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        try:
            self._server = await asyncio.start_unix_server(self._answer, self._path)
            self._path.chmod(0o600)
        except (OSError, ValueError) as error:
            _log.warning("Operators' commands cannot reach this machine: %s: %s", self._path, error)

    async def wait(self) -> int:
        """It does not end by itself."""
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async def stop(self) -> str | None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        with contextlib.suppress(OSError):
            self._path.unlink()
        return None

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected = writer.get_extra_info("socket")
        # Agents are our descendants and stay so: their worker adopts what they leave behind.
        ours = {stat.pid for stat in descendants.descendants(os.getpid())}
        known = _peer(connected) in self._users and _pid(connected) not in ours
        said = dict(self._settings()) if known else {"error": _REFUSED}
        with contextlib.suppress(OSError, TimeoutError):
            writer.write(json.dumps(said).encode())
            async with asyncio.timeout(_SECONDS):
                await writer.drain()
        writer.close()


def ask(state: Path) -> dict[str, str]:
    """The operator's side: the settings that reach the machine of a state folder. Raises `errors.ConfigError`."""
    path = state / FILE
    try:
        with socket.socket(socket.AF_UNIX) as channel:
            channel.settimeout(_SECONDS)
            channel.connect(str(path))
            with channel.makefile("rb") as answer:
                said: dict[str, str] = json.loads(answer.read(_MOST_BYTES))
    except (OSError, ValueError) as error:
        raise errors.ConfigError(
            f"no hermes up answers in {state} ({error}), nor a hermes dev; start it, or name its state folder, or --config"
        ) from error
    if "error" in said:
        raise errors.ConfigError(said["error"])
    return said


def _peer(connected: socket.socket) -> int:
    """The user at the other end, by the kernel's word."""
    return _credentials(connected)[1]


def _pid(connected: socket.socket) -> int:
    """The process at the other end."""
    return _credentials(connected)[0]


def _credentials(connected: socket.socket) -> tuple[int, int]:
    credentials = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", credentials)
    return int(pid), int(uid)
