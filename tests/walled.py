"""Walls of this machine for tests, at each level that it has: a test of a level that is absent skips, and fails in CI."""

from __future__ import annotations

import dataclasses
import functools
import os

import pytest

from hermes.process.walls import MachineWalls, WallLevel, machine

LEVELS = (WallLevel.NAMESPACES, WallLevel.LANDLOCK)


@functools.cache
def _best() -> MachineWalls:
    return machine.choose()


def best() -> MachineWalls:
    """This machine at its best level."""
    return _best()


def at(level: WallLevel) -> MachineWalls:
    """This machine as if it had no better level than this."""
    best = _best()
    if level is WallLevel.NAMESPACES:
        found = best if best.level is level else None
    else:
        version = machine.landlock_version()
        found = dataclasses.replace(best, level=level, landlock=version, why="for a test") if version > 0 else None
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"this machine has no walls of the level {level}: {best.why}")
    pytest.skip(f"this machine has no walls of the level {level}: {best.why}")
