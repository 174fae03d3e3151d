"""Who looks: the name, the role, and the projects that they may see. The page, the API and the command line all ask it."""

from __future__ import annotations

import dataclasses
import enum

from hermes import errors


class ViewerRole(enum.StrEnum):
    """What somebody who signed in may do."""

    READER = "reader"
    """Look at everything of their projects."""
    OPERATOR = "operator"
    """Act on it too."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who signed in, or the operator at the command line."""

    name: str
    role: ViewerRole
    projects: frozenset[str] | None = None
    """The names of the projects that they may see, as `acme/site`; None: all, and what belongs to no project."""

    @property
    def sees_all(self) -> bool:
        """Whether they may see what belongs to no project: workers, queues, mail from strangers, other people's actions."""
        return self.projects is None

    @property
    def operates(self) -> bool:
        """Whether they may act."""
        return self.role is ViewerRole.OPERATOR

    def sees(self, project: str | None) -> bool:
        """Whether they may see what belongs to the project `client/project`; None: it belongs to none."""
        return self.projects is None or (project is not None and project in self.projects)

    def require(self, project: str | None, what: str) -> None:
        """Raises `errors.NotFound` for what belongs to a project that they may not see, as if there were none."""
        if not self.sees(project):
            raise errors.NotFound(f"there is no {what}")

    def require_to_act(self, project: str | None, what: str) -> None:
        """Raises `errors.NotFound` as `require`, and `errors.NotAllowed` for readers."""
        self.require(project, what)
        if not self.operates:
            raise errors.NotAllowed(f"{self.name} may look and not act")
