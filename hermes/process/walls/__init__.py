"""Walls: what contains the program of an agent, build or check on this machine (docs/security.md)."""

from hermes.process.walls.machine import MachineWalls, WallLevel
from hermes.process.walls.walls import NetworkAccess, Sandbox, Walls

__all__ = ["MachineWalls", "NetworkAccess", "Sandbox", "WallLevel", "Walls"]
