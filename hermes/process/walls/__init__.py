"""Walls: what contains the program of an agent, build or check on this machine (docs/security.md)."""

from hermes.process.walls.machine import MachineWalls, WallLevel
from hermes.process.walls.walls import Sandbox, Walls

__all__ = ["MachineWalls", "Sandbox", "WallLevel", "Walls"]
