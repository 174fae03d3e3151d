"""The section `[launcher]`: what starts workers, and how many wait for a key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hermes.config.values import Folder


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Local(_Section):
    """The launcher that starts workers as processes of this machine."""

    state: Folder = Path(".hermes")
    """Folder for workspaces and process records."""
    most: int = Field(16, ge=1)
    """Workers at the same time. Where another key needs room, the one that has been idle longest leaves."""
    memory_left_mb: int = Field(256, ge=0)
    """No further worker starts where less memory than this would be left."""
    pool: int = Field(1, ge=0, le=16)
    """Workers that wait for a key with Python and its modules loaded, so that a new thread is answered sooner; 0: none."""


class Ecs(_Section):
    """The launcher that starts workers as ECS tasks."""

    cluster: str = ""
    task_definition: str = ""
    project_task_definitions: Mapping[str, str] = {}
    """`client/project` to the task definition of its workers, with secrets that no other project's workers get; else `task_definition`."""
    container: str = "worker"
    """The container of the task definition that gets the environment."""
    launch_type: Literal["FARGATE", "EC2"] = "FARGATE"
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: bool = False


class LauncherSettings(_Section):
    """The launcher of worker containers."""

    kind: Literal["local", "ecs"] = "local"
    local: Local = Local()
    ecs: Ecs = Ecs()

    @model_validator(mode="after")
    def _ecs_is_complete(self) -> LauncherSettings:
        if self.kind == "ecs":
            missing = [n for n in ("cluster", "task_definition") if not getattr(self.ecs, n)]
            if self.ecs.launch_type == "FARGATE" and not self.ecs.subnets:
                missing.append("subnets")
            if missing:
                raise ValueError(f"launcher.ecs lacks {', '.join(missing)}")
        return self
