"""Hands a worker of this machine its claim through an inherited socket, once the worker's memory is closed to other processes.

A claim is the key with its generation (the launch request that is frozen in the container's record), and the secrets of its project. Until
it comes, a worker knows nothing of any project: it has loaded Python and its modules, and waits. So a worker that was started
in advance (`pool`) and one that is started for a request are the same program.

The secrets are in no environment, command line or file, which processes of the same user could read. Unlike a pipe, a
socket cannot be opened again through `/proc`.

The embedded default ties its workers to itself: its end of the socket stays open for as long as it lives, and the kernel closes it
however it ends, also by SIGKILL. A parent's pid or `PR_SET_PDEATHSIG` would not do: the first changes with every subreaper, the second is
about the thread that started the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import signal
import socket
from collections.abc import Callable, Mapping
from typing import Final

from hermes import errors
from hermes.domain.containers import LaunchRequest
from hermes.launch import port, processes

#: A worker asks for its claim once Python and its modules are loaded: a second, and minutes on a machine that is overloaded.
CLAIM_SECONDS: Final = 120.0

SECRETS_FD = "HERMES_SECRETS_FD"
"""The environment variable that names the worker's end."""

LAUNCHER_FD = "HERMES_LAUNCHER_FD"
"""The same end after the claim was taken, in the environment of a worker that is tied to its launcher."""

TASK_ID = "HERMES_WORKER_TASK_ID"
"""The environment variable that tells a worker which task it is."""

#: A worker whose launcher is gone saves its work; what is left of it then is killed.
TIED_SECONDS: Final = 30.0
#: With neither an agent nor a git for so long, its work is saved, and there is nobody whom it could tell.
QUIET_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.5

_READY, _END = b"\n", b"\n"
_BLOCK_BYTES = 65_536


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WorkerClaim:
    """What makes a waiting worker the worker of a key."""

    request: LaunchRequest
    task: str
    """The launcher's name for it."""
    secrets: Mapping[str, str]
    """Variables that no other project's worker may know."""
    tied: bool = False
    """The worker ends when this process does."""


def give(channel: socket.socket, claim: WorkerClaim) -> None:
    """The launcher's side: wait until the worker is closed to others, then send the claim. A worker that has ended gets nothing.

    Returns when a tied worker has ended, else at once.
    """
    with channel, contextlib.suppress(OSError):
        channel.settimeout(CLAIM_SECONDS)
        if channel.recv(1) != _READY:
            return
        given = {**port.variables(claim.request), TASK_ID: claim.task, **claim.secrets}
        channel.sendall(json.dumps({"variables": given, "tied": claim.tied}).encode() + _END)
        if claim.tied:
            channel.settimeout(None)
            channel.recv(1)


def take(environ: Mapping[str, str]) -> dict[str, str]:
    """The worker's side: its environment together with its claim, if it was started by a launcher that hands one over.

    Call it once this process is closed to others, with all that it needs loaded: it returns when a claim comes, for which a worker of
    the pool waits for as long as its launcher lives. Raises `errors.StepFailed` if the launcher has ended.
    """
    found = dict(environ)
    number = found.pop(SECRETS_FD, None)
    if number is None:
        return found
    with socket.socket(fileno=int(number)) as channel:
        got = b""
        with contextlib.suppress(OSError):  # the launcher has ended: what came is no whole claim
            channel.sendall(_READY)
            while not got.endswith(_END) and (part := channel.recv(_BLOCK_BYTES)):
                got += part
        if not got.endswith(_END):
            raise errors.StepFailed("the launcher ended before it sent a claim")
        claim = json.loads(got)
        if claim["tied"]:
            channel.setblocking(False)
            channel.set_inheritable(False)
            found[LAUNCHER_FD] = str(channel.detach())
    return {**found, **claim["variables"]}


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
