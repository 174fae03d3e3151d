"""The messages of a program on descriptor 3: one JSON object a line, every field optional.

{"progress": "Editing index.html", "percent": 40}
{"cost_usd": 0.12}                      so far, not since the last time
{"summary": "The title is changed."}
{"question": "Which of the two titles?"}
"""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError


class ControlMessage(BaseModel):
    """One line."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    progress: str | None = None
    percent: int | None = Field(default=None, ge=0, le=100)
    cost_usd: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, validation_alias=AliasChoices("cost_usd", "costUsd", "cost")
    )
    summary: str | None = None
    question: str | None = None


def read(line: bytes) -> ControlMessage | None:
    """The message; None for an invalid line, which must not end the run."""
    try:
        return ControlMessage.model_validate_json(line)
    except ValidationError:
        return None
