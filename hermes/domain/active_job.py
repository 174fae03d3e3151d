"""What a container runs now: an attribute of its record, refreshed by every heartbeat, and worth nothing once it is past its time."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class ActiveJob(BaseModel):
    """One command that runs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    command_id: str
    session_id: str
    attempt: int
    type: str
    began_at: float
    """Epoch seconds."""
    expires_at: float
    """Epoch seconds; a reader takes no notice of it later than that."""
