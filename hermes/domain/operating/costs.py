"""What commands cost: one row for each person, project, agent and day, to which the end of every attempt adds."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class CostRow(BaseModel):
    """A row of the usage table that has a `day`; `usage_id` is its key. Once its person is forgotten, `person` is empty."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    usage_id: str
    day: str
    """`2026-11-26`, UTC."""
    client: str
    project: str
    """The project's own name, without the client's."""
    person: str = ""
    agent: str = ""
    """The kind of agent, as in the configuration; empty for commands of versions that did not record it."""
    used: float = 0.0
    """US dollars that agents reported."""
    commands: int = 0
    """Attempts that ended."""
    run_seconds: float = 0.0
