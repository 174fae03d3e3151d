"""The walls of one program: turns its command line into one that is contained, by the best means of the machine."""

from __future__ import annotations

import functools
import json
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hermes import errors
from hermes.config.walls_settings import Demand, WallsSettings
from hermes.process.walls import bubblewrap, enter, landlock, seccomp, toolchain
from hermes.process.walls.machine import MachineWalls, WallLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What a worker builds walls with, for every program of its project."""

    machine: MachineWalls
    settings: WallsSettings = field(default_factory=WallsSettings)

    @property
    def level(self) -> WallLevel:
        """The level of the programs' walls."""
        return WallLevel.GROUP if self.settings.sandbox is Demand.OFF else self.machine.level

    @property
    def words(self) -> str:
        """What contains a program, for `hermes check` and the log."""
        off = self.settings.sandbox is Demand.OFF
        return 'nothing, by the project\'s setting sandbox = "off"' if off else self.machine.words

    def around(
        self, *writable: Path, readable: Sequence[Path] = (), access: NetworkAccess | None = None, offline: bool = False
    ) -> Walls | None:
        """Walls with these folders inside, and this way to the network, else the machine's own.

        `offline` programs talk only to themselves, where the machine can give them a network of their own.

        None where there are none. Raises `errors.StepFailed` where the project demands them.
        """
        if self.level.walled:
            folders = (*self.settings.readable, *readable)
            return Walls(machine=self.machine, writable=writable, readable=folders, access=access, offline=offline)
        if self.settings.sandbox is Demand.REQUIRED:
            raise errors.StepFailed(
                f"This project demands walls around its agent, which this machine cannot build: {self.machine.why}.",
                hint='The operator has to give the worker a machine with bubblewrap or Landlock, or set sandbox = "auto".',
                fault=errors.Fault.SETUP,
            )
        if self.settings.sandbox is Demand.AUTO and access is not None:  # the proxy alone, by agreement
            return Walls(machine=self.machine, writable=writable, access=access)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAccess:
    """How a program inside reaches the network: by a proxy."""

    variables: Mapping[str, str]
    """By which programs find it."""
    port: int
    """Where it listens on the loopback that the program sees."""
    door: Callable[[], socket.socket] | None = None
    """In a network of its own the program's first process opens the port, and hands the listening socket over on the socket of this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What is inside, for one program."""

    machine: MachineWalls
    writable: tuple[Path, ...]
    readable: tuple[Path, ...] = ()
    access: NetworkAccess | None = None
    offline: bool = False

    def door(self) -> socket.socket | None:
        """The socket that the program's first process needs; its owner closes it when the program runs."""
        own_network = self.machine.level is WallLevel.NAMESPACES
        return self.access.door() if own_network and self.access is not None and self.access.door is not None else None

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """The program's environment, with the way to the network."""
        return {**env, **(self.access.variables if self.access is not None else {})}

    def enter(
        self, argv: Sequence[str], env: Mapping[str, str], *, own_user: bool, door: int | None = None
    ) -> list[str]:
        """The command line that runs `argv` inside. `own_user`: the program runs as another user than this process.

        `door` is the number that the socket of `door()` has in the program.
        """
        if not self.machine.level.walled:
            return list(argv)
        python, ours = _interpreter(own_user)
        readable = [*toolchain.of(argv, env, own_user=own_user), *ours, *(one for one in self.readable if one.exists())]
        writable = [path for path in self.writable if os.path.lexists(path)]
        inside = [python, "-I", "-S", "-c", _text(), json.dumps(self._orders(writable, readable, door)), *argv]
        if self.machine.level is WallLevel.LANDLOCK:
            return inside
        return bubblewrap.argv(
            self.machine.bwrap,
            writable=writable,
            readable=readable,
            network=self.access is None and not self.offline,
            inside=inside,
        )

    def _orders(self, writable: Sequence[Path], readable: Sequence[Path], door: int | None) -> dict[str, Any]:
        access = self.access
        if self.machine.level is WallLevel.NAMESPACES:
            listen = {"door": door, "port": access.port} if door is not None and access is not None else {}
            return {"filter": seccomp.program(tcp_only=False).hex(), **listen}
        port = access.port if access is not None and self.machine.network else None
        rules = landlock.rules(version=self.machine.landlock, writable=writable, readable=readable, port=port)
        return {"dies": True, "landlock": rules, "filter": seccomp.program(tcp_only=port is not None).hex()}


@functools.cache
def _text() -> str:
    return Path(enter.__file__).read_text(encoding="utf-8")


@functools.cache
def _interpreter(own_user: bool) -> tuple[str, tuple[Path, ...]]:
    """A bare Python that the program's user can run, and the folders that it needs."""
    for python in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        needs = toolchain.of([python], {}, own_user=own_user)
        inside = any(Path(python).is_relative_to(one) for one in [*needs, *map(Path, toolchain.SYSTEM)])
        if os.access(python, os.X_OK) and inside:
            return python, tuple(needs)
    return sys.executable, ()
