"""The request to stop an execution."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hermes.domain.interrupts import InterruptReason


def iso_time(epoch_seconds: float) -> str:
    """Epoch seconds as ISO 8601 text, in UTC."""
    return datetime.fromtimestamp(epoch_seconds, UTC).isoformat()


def _now() -> str:
    return datetime.now(UTC).isoformat()


class InterruptSignal(BaseModel):
    """A request to stop an execution: requester, reason, time, and whether to save the state."""

    model_config = ConfigDict(frozen=True)

    reason: InterruptReason
    message: str | None = None
    triggered_at: str = Field(default_factory=_now)
    """ISO 8601."""
    triggered_by: str | None = None
    """The person, command or part that asked."""
    save_checkpoint: bool = True
    """Save a snapshot before the interrupt is raised, if the state has a store."""

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_written_before(cls, given: Any) -> Any:
        """Snapshots of earlier versions have epoch seconds, as `at`."""
        if isinstance(given, dict) and "at" in given and "triggered_at" not in given:
            given = dict(given)
            at = given.pop("at")
            if at is not None:
                given["triggered_at"] = iso_time(at)
        return given

    @field_validator("triggered_at")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        datetime.fromisoformat(text)
        return text

    @property
    def at(self) -> float:
        """`triggered_at` in epoch seconds; a time without a zone is UTC."""
        time = datetime.fromisoformat(self.triggered_at)
        return (time if time.tzinfo is not None else time.replace(tzinfo=UTC)).timestamp()
