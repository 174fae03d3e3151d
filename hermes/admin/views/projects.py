"""Projects: their settings as they were read, with secrets hidden."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.config.loading import Project

#: Settings whose value nobody is shown.
_SECRET: Final = re.compile(r"password|secret|token|api_?key|credential", re.IGNORECASE)
HIDDEN: Final = "(hidden)"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """One project."""

    name: str
    """`client/project`."""
    repository: str
    """Without a name and password in it."""
    addresses: tuple[str, ...]
    owners: tuple[str, ...]
    agent: str
    policy: str
    settings: Mapping[str, Any]
    """Every setting, as JSON has it; secrets are hidden."""


def projects(console: Console, viewer: Viewer) -> tuple[ProjectView, ...]:
    """The configured projects, by name."""
    found = [view(project) for project in console.settings().projects if viewer.sees(project.name)]
    return tuple(sorted(found, key=lambda one: one.name))


def view(project: Project) -> ProjectView:
    """A project's settings as a view."""
    settings = _hidden(project.model_dump(mode="json"))
    return ProjectView(
        name=project.name,
        repository=_without_user(project.repository),
        addresses=project.addresses,
        owners=project.owners,
        agent=project.agent.kind.value,
        policy=project.policy.value,
        settings={**settings, "repository": _without_user(project.repository)},
    )


def _hidden(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _hidden(one, str(key)) for key, one in value.items()}
    if isinstance(value, list):
        return [_hidden(one, name) for one in value]
    return HIDDEN if value is not None and isinstance(value, str) and _SECRET.search(name) else value


def _without_user(url: str) -> str:
    parts = urlsplit(url) if "://" in url else None
    if parts is None or "@" not in parts.netloc or parts.scheme == "ssh":
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
