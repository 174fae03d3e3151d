"""What was used of a share: one counter, for as long as it counts."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hermes.domain.shares import Measure


class UsageRow(BaseModel):
    """A row of the usage table; `usage_id` is its key."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    usage_id: str
    subject: str
    """Whose it is, as `shares.Grant.subject` says it."""
    measure: Measure
    used: float = 0.0
    """Open commands, commands, or US dollars."""
    until: float | None = None
    """Epoch seconds at which another row takes over; None: never."""
    changes: int = 0
    """How often it was written: tells a row that was left alone from one that came back to its value."""
    expires_at: int | None = None
