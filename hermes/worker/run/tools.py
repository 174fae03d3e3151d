"""The tools for the commands of one project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hermes.agents.port import Agent
from hermes.process.process import StopSchedule
from hermes.process.walls import Sandbox
from hermes.worker.outlet import Outlets
from hermes.worker.run.attachments import Fetch
from hermes.worker.run.build import Build
from hermes.worker.run.checks import Checks
from hermes.worker.run.media import Media
from hermes.worker.run.publish import Publication
from hermes.worker.run.site.states import SiteStates
from hermes.worker.run.site.viewer import Put, SiteViewer
from hermes.worker.run.transcripts import Transcripts


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSetup:
    """The project's agent, and how it is run."""

    agent: Agent
    environment: Mapping[str, str]
    """The worker's environment, of which the agent gets the listed variables."""
    secrets: tuple[str, ...] = ()
    """Secrets that are masked in the agent's output."""
    stop_schedule: StopSchedule = field(default_factory=StopSchedule)
    sandbox: Sandbox | None = None
    """Builds the walls around the agent; None: there are none."""
    traced: bool = False
    """Whether the agent is told the trace that it is part of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The sources of the files in an agent's folders."""

    fetch: Fetch
    """Reads a file of a mail."""
    media: Media | None = None
    """Places pictures, films and sounds in the project, if it has a folder for them."""
    transcripts: Transcripts | None = None
    """The conversations of agents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """How a change is shown."""

    build: Build
    publication: Publication | None = None
    url: str | None = None
    """A link with placeholders."""

    @property
    def published(self) -> bool:
        """Whether pushed work is also published, and built first if there is a build."""
        return self.publication is not None

    @property
    def static(self) -> bool:
        """Whether what is published is what is in the repository."""
        return self.publication is not None and not self.build.exists


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTools:
    """How a site is looked at."""

    viewer: SiteViewer
    states: SiteStates
    put: Put
    """Stores what a reply shows."""

    def compares(self, checks: Checks | None) -> bool:
        """Whether it is worth knowing how the site was before."""
        return self.viewer.looks or (checks is not None and checks.settings.site)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """All tools together."""

    agent: AgentSetup
    inputs: Inputs
    preview: Preview
    checks: Checks | None = None
    """What has to hold before work is pushed."""
    site: SiteTools | None = None
    """None where no folder is known to be a site."""
    outlets: Outlets | None = None
    """The ways of its programs to the network; None: the machine's own."""
