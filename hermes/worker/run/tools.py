"""What the commands of one project are carried out with; the same for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hermes.agents.port import Agent
from hermes.process.process import StopSchedule
from hermes.worker.run.attachments import Fetch
from hermes.worker.run.build import Build
from hermes.worker.run.media import Media
from hermes.worker.run.publish import Publication
from hermes.worker.run.transcripts import Transcripts


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSetup:
    """The project's agent, and how it is run."""

    agent: Agent
    environment: Mapping[str, str]
    """The worker's; the agent gets what is listed of it."""
    secrets: tuple[str, ...] = ()
    """Masked in what the agent says."""
    stop_schedule: StopSchedule = field(default_factory=StopSchedule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Where what an agent finds in its folders comes from."""

    fetch: Fetch
    """Reads a file of a mail."""
    media: Media | None = None
    """Places pictures, films and sounds in the project, if it has a folder for them."""
    transcripts: Transcripts | None = None
    """What agents with a conversation remember."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How a change is shown."""

    build: Build
    publication: Publication | None = None
    url: str | None = None
    """A link with placeholders."""

    @property
    def published(self) -> bool:
        """Is what is pushed also built and published?"""
        return self.publication is not None and self.build.exists


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """All of it."""

    agent: AgentSetup
    inputs: Inputs
    preview: Preview
