"""What a container runs now: an attribute of its record that each heartbeat refreshes and that expires without one."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

#: The step of a command that has ended and whose final report is not on the output queue yet: the worker's journal has it.
REPORTING: Final = "report"


class ActiveJob(BaseModel):
    """One command that runs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    command_id: str
    session_id: str
    attempt: int
    type: str
    step: str = ""
    """Where it is, by a name of `WorkStep`; a newer version may know more."""
    began_at: float
    """Epoch seconds."""
    expires_at: float
    """Epoch seconds; readers ignore it after that."""
