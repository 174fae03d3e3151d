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
    words: str = ""
    """What it does there, as the newest heartbeat or step had it."""
    percent: int | None = None
    """How much of the step is done, where its worker can tell."""
    began_at: float
    """Epoch seconds."""
    expires_at: float
    """Epoch seconds; readers ignore it after that."""

    @property
    def progress(self) -> str:
        """Step and words for people: `agent: Editing index.html (40 %)`."""
        done = "" if self.percent is None else f" ({self.percent} %)"
        return f"{self.step}{': ' if self.words else ''}{self.words}{done}"
