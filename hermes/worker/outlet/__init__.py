"""The one way out of the walls: a proxy for each command that lets through what the project allows, and holds the keys of models."""

from hermes.worker.outlet.outlet import Outlet, Outlets

__all__ = ["Outlet", "Outlets"]
