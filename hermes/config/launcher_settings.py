"""The section `[launcher]`: what starts workers, and how many wait for a key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hermes.config.values import Folder
from hermes.domain.decisions.pool_size import PoolBounds


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


class PoolSettings(_Section):
    """Workers in ECS that were started in advance and wait for a key, so that a new thread does not wait for a task."""

    size: Annotated[int, Field(ge=0, le=100)] | Literal["auto"] = 0
    """How many wait; `auto`: as many as recent starts make likely to be needed, from `min` to `max`."""
    min: int = Field(0, ge=0, le=100)
    max: int = Field(8, ge=1, le=100)
    wait_seconds: float = Field(2.0, gt=0, le=30)
    """A claim waits this long for one of them before a task is started."""
    dollars_per_day: float | None = Field(None, ge=0)
    """What those that wait may cost in a day."""
    dollars_per_hour: float = Field(0.05, gt=0)
    """What one of them costs; the default is that of 1 vCPU and 2 GB on Fargate in us-east-1."""

    @model_validator(mode="after")
    def _min_is_below_max(self) -> PoolSettings:
        if self.min > self.max:
            raise ValueError(f"pool.min ({self.min}) is above pool.max ({self.max})")
        return self

    @property
    def bounds(self) -> PoolBounds:
        """What is allowed, for the decision."""
        least, most = (self.min, self.max) if isinstance(self.size, str) else (self.size, self.size)
        return PoolBounds(
            least=least, most=most, dollars_per_day=self.dollars_per_day, dollars_per_hour=self.dollars_per_hour
        )


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
