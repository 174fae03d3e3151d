"""The snapshot of an execution, to resume it in another process: versioned JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, Protocol, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticSerializationError

from hermes.execution import signals
from hermes.execution.events import events
from hermes.execution.exceptions import SnapshotError

VERSION: Final = 1

Dump: TypeAlias = Callable[[Any], Any]
"""From a step's result to a JSON value."""


class StepSnapshot(BaseModel):
    """The progress of one step."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: str
    name: str
    actor: str = ""
    status: events.ExecutionStatus
    failures: int = 0
    """Attempts that ended with an error."""
    retry_at: float | None = None
    """Epoch seconds; set in the middle of a pause."""
    started_at: float | None = None
    ended_at: float | None = None
    """Epoch seconds of its latest run."""
    spent_seconds: float = 0.0
    result_json: str | None = None
    """COMPLETED only: the result, as JSON text."""


class Snapshot(BaseModel):
    """An execution at one moment."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = VERSION
    execution_id: str
    number: int = 0
    """Counts the snapshots of an execution, in all its processes: of two, the higher is the newer."""
    taken_at: float
    """Epoch seconds."""
    status: events.ExecutionStatus
    interrupted: signals.InterruptSignal | None = None
    steps: tuple[StepSnapshot, ...] = ()
    history: tuple[Annotated[events.Event, Field(discriminator="kind")], ...] = ()

    def to_json(self) -> str:
        """As JSON text; what UTF-8 cannot carry (lone surrogates of undecodable output) becomes a question mark."""
        try:
            return self.model_dump_json()
        except PydanticSerializationError:
            text = json.dumps(self.model_dump(), ensure_ascii=False, allow_nan=False)
            return text.encode("utf-8", "replace").decode("utf-8")

    @classmethod
    def from_json(cls, text: str | bytes) -> Snapshot:
        """Read what `to_json` wrote. Raises `SnapshotError` for anything else, and for a version that it does not know."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "text"
            raise SnapshotError(f"the snapshot cannot be read: {where}: {first['msg']}") from error


class SnapshotStore(Protocol):
    """A store of snapshots by execution id."""

    async def save(self, snapshot: Snapshot) -> None:
        """Replace the earlier snapshot atomically."""

    async def load(self, execution_id: str) -> Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""

    async def delete(self, execution_id: str) -> None:
        """Delete it; does nothing if there is none."""


def write_result(key: str, result: Any, dump: Dump | None) -> str:
    """A step's result as JSON text. Raises `SnapshotError` where it is no JSON value and `dump` makes none of it."""
    try:
        return json.dumps(dump(result) if dump is not None else result, allow_nan=False)
    except Exception as error:
        raise SnapshotError(f"the result of step {key!r} is no JSON value ({error}): give the step a `dump`") from error


def read_result(step: StepSnapshot) -> Any:
    """The JSON value of a completed step. Raises `SnapshotError` if it is missing or broken."""
    if step.result_json is None:
        raise SnapshotError(f"the snapshot has no result of the completed step {step.key!r}")
    try:
        return json.loads(step.result_json)
    except ValueError as error:
        raise SnapshotError(f"the snapshot's result of step {step.key!r} cannot be read: {error}") from error
