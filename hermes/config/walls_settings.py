"""The settings of a project's walls: what is demanded of them, and what is let through."""

from __future__ import annotations

import enum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, field_validator

from hermes.config import network_groups


class Demand(enum.StrEnum):
    """What a project asks of the walls."""

    AUTO = "auto"
    """The best that the machine has."""
    REQUIRED = "required"
    """No agent and no build runs where the kernel keeps it from nothing."""
    OFF = "off"
    """None, whatever the machine has."""


class WallsSettings(BaseModel):
    """A project's walls; part of the project's table, and handed to the worker as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sandbox: Demand = Demand.AUTO
    readable: tuple[Path, ...] = ()
    """Further folders that agents and builds may read: programs that are installed in unusual places."""

    network: tuple[str, ...] = network_groups.DEFAULT
    """Hosts that agents, builds and checks may reach: groups of `network_groups`, names, `*.name` (one label more), `name:port`, or "*"."""

    @field_validator("network")
    @classmethod
    def _entries(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(network_groups.entry(one) for one in entries))

    @field_validator("readable")
    @classmethod
    def _whole_paths(cls, folders: tuple[Path, ...]) -> tuple[Path, ...]:
        for folder in folders:
            if not folder.is_absolute() or ".." in folder.parts or folder == Path("/"):
                raise ValueError(f"{str(folder)!r} is no folder to show; write its whole path, such as /opt/jdk-21")
        return folders

    @classmethod
    def of(cls, project: WallsSettings) -> WallsSettings:
        """The part of a project's settings that this is."""
        return WallsSettings(**{name: getattr(project, name) for name in WallsSettings.model_fields})
