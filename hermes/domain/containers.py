"""A container: the worker task of one container key, and what it takes to launch it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel, ConfigDict


class ContainerState(enum.StrEnum):
    """`absent → launching → starting → ready ⇄ busy → draining → stopped`, and `failed`, `lost`. Absent is no record."""

    LAUNCHING = "launching"
    """A gateway holds the lease and is asking the launcher."""
    STARTING = "starting"
    """The launcher accepted the request; the worker has not reported yet."""
    READY = "ready"
    """The worker waits for commands."""
    BUSY = "busy"
    """The worker runs a command."""
    DRAINING = "draining"
    """The worker takes no more commands."""
    STOPPED = "stopped"
    """The worker ended in good order."""
    FAILED = "failed"
    """The launch failed for certain."""
    LOST = "lost"
    """Its heartbeat is stale; it is fenced."""


class EndCause(enum.StrEnum):
    """What ended a task that did not end by itself, as its launcher knows."""

    UNKNOWN = ""
    MEMORY = "memory"
    """It, or something in it, needed more memory than it has."""
    SPOT = "spot"
    """Its capacity was taken back."""
    IMAGE = "image"
    """Its image could not be fetched, or what it needs to start."""
    HOST = "host"
    """What it ran on failed or was retired."""
    EXIT = "exit"
    """Its process ended."""


ALIVE = frozenset({ContainerState.READY, ContainerState.BUSY})
GONE = frozenset({ContainerState.STOPPED, ContainerState.FAILED, ContainerState.LOST})


#: The first part of the keys of workers that wait for a key; no client is called so.
_WAITING: Final = "_pool"


def waiting_key(number: int) -> str:
    """The container key of a worker that waits without one, whose record is like any other's until it has claimed one."""
    return f"{_WAITING}#waits#{number}"


def is_waiting_key(key: str) -> bool:
    """Whether it is the key of a worker that waits without one."""
    return key.partition("#")[0] == _WAITING


class LaunchRequest(BaseModel):
    """Everything that a launcher needs, frozen in the record so that a repeated launch is identical."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    container_key: str
    gen: int
    token: str
    """The client token of the launch (ECS: 1–64 characters)."""
    environment: Mapping[str, str]


class Container(BaseModel):
    """A row of the containers table; `container_key` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    container_key: str
    state: ContainerState
    gen: int
    request: LaunchRequest | None = None
    lease_owner: str | None = None
    lease_until: float = 0.0
    task_arn: str | None = None
    launched_at: float = 0.0
    ready_at: float | None = None
    heartbeat_at: float = 0.0
    active_at: float = 0.0
    dispatched_seq: int = 0
    """Commands handed to this key, counted over all generations."""
    done_seq: int = 0
    """`dispatched_seq` as the worker read it when it was last idle with an empty queue."""
    failures: int = 0
    """Failed launches in a row."""
    failure: str = ""
    ended_gen: int | None = None
    """The last generation that was lost."""
    ended_by: str = ""
    """What ended that one: an `EndCause`; a newer version may know more."""
    drain_asked: int | None = None
    """The generation that an operator asked to end once it has nothing to do."""
    memory_bytes: int | None = None
    """Resident memory of the worker and what it runs, as its last heartbeat told."""
    expires_at: int | None = None

    @property
    def alive(self) -> bool:
        """Whether commands may be dispatched to it."""
        return self.state in ALIVE


class QueueSet(BaseModel):
    """A row of the queues table: the SQS queues of one container key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    container_key: str
    input_url: str
    interrupts_url: str
    output_url: str
    created_at: float
    last_used_at: float
    expires_at: int | None = None
