"""Hands a local worker its secrets through an inherited socket, once the worker's memory is closed to other processes.

The secrets are in no environment, command line or file, which processes of the same user could read. Unlike a pipe, a
socket cannot be opened again through `/proc`.

The embedded default ties its workers to itself: its end of the socket stays open for as long as it lives, and the kernel closes it
however it ends, also by SIGKILL. A parent's pid or `PR_SET_PDEATHSIG` would not do: the first changes with every subreaper, the second is
about the thread that started the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from typing import Final

from hermes import errors
from hermes.launch import processes

#: A worker asks for its secrets once Python and its modules are loaded: a second, and minutes on a machine that is overloaded.
SECRETS_SECONDS: Final = 120.0

SECRETS_FD = "HERMES_SECRETS_FD"
"""The environment variable that names the worker's end."""

LAUNCHER_FD = "HERMES_LAUNCHER_FD"
"""The same end after the secrets were taken, in the environment of a worker that is tied to its launcher."""

#: A worker whose launcher is gone saves its work; what is left of it then is killed.
TIED_SECONDS: Final = 30.0
#: With neither an agent nor a git for so long, its work is saved, and there is nobody whom it could tell.
QUIET_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.5

_READY, _TIED = b"\n", b"\n"
_BLOCK_BYTES = 65_536


def give(channel: socket.socket, secrets: Mapping[str, str], *, tied: bool = False) -> None:
    """The launcher's side: wait until the worker is closed to others, then send the secrets. A worker that has ended gets nothing.

    `tied`: the worker ends when this process does; returns when it has ended.
    """
    with channel, contextlib.suppress(OSError):
        channel.settimeout(SECRETS_SECONDS)
        if channel.recv(1) != _READY:
            return
        channel.sendall(json.dumps(dict(secrets)).encode() + (_TIED if tied else b""))
        if tied:
            channel.settimeout(None)
            channel.recv(1)


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
        got = b""
        try:
            channel.sendall(_READY)
            while not got.endswith(_TIED) and (part := channel.recv(_BLOCK_BYTES)):
                got += part
        except OSError as error:
            raise errors.StepFailed(f"the launcher sent no secrets: {error}") from error
        if not got:
            raise errors.StepFailed("the launcher ended before it sent the secrets")
        if got.endswith(_TIED):
            channel.setblocking(False)
            channel.set_inheritable(False)
            found[LAUNCHER_FD] = str(channel.detach())
    return {**found, **json.loads(got)}


def watch(environ: Mapping[str, str], stop: Callable[[], None], *, seconds: float = TIED_SECONDS) -> None:
    """Call `stop` when the launcher that this worker is tied to has ended.

    The process ends once nothing has stemmed from it for a while; after `seconds` it is ended with all that does.
    """
    if (number := environ.get(LAUNCHER_FD)) is None:
        return
    loop = asyncio.get_running_loop()
    until = quiet = 0.0

    def lost() -> None:
        nonlocal until
        loop.remove_reader(int(number))
        until = loop.time() + seconds
        stop()
        look()

    def look() -> None:
        nonlocal quiet
        below = processes.descendants(os.getpid())
        quiet = 0.0 if below else quiet + _LOOK_SECONDS
        if quiet > QUIET_SECONDS or loop.time() >= until:
            for pid in (*below, os.getpid()):
                processes.send(pid, signal.SIGKILL)
        loop.call_later(_LOOK_SECONDS, look)

    loop.add_reader(int(number), lost)
