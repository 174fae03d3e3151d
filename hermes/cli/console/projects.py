"""`hermes projects`: the projects with their settings as they were read."""

from __future__ import annotations

from typing import Annotated

import typer

from hermes.admin.console import Console
from hermes.admin.views import projects as project_view
from hermes.admin.views.projects import ProjectView
from hermes.cli import plain, screen
from hermes.cli.console import asking
from hermes.cli.console.asking import JsonOption, ProjectOption
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption


def projects(
    name: Annotated[
        str, typer.Argument(help="One project (client/project), with every setting.", show_default=False)
    ] = "",
    config_file: ConfigOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the projects, or show the settings of one as they were read, with secrets hidden."""
    wanted = asking.search("", name or project, None)

    async def look(console: Console) -> tuple[ProjectView, ...]:
        return project_view.projects(console, operator())

    found = [
        one
        for one in asking.ask(config_file, look)
        if wanted.admits(project=one.name, person=None, subject=one.name, at=0.0)
    ]
    if as_json or name:
        for one in found:
            plain.document(asking.facts(one), indent=None if as_json else 2)
    else:
        screen.entries(
            [_entry(one) for one in found], none="no such project" if project else "no project is configured"
        )
    if name and not found:
        plain.say(f"there is no project {name}", err=True)
        raise SystemExit(1)


def _entry(one: ProjectView) -> screen.Entry:
    return screen.Entry(
        (one.agent, one.policy),
        one.name,
        (", ".join(one.addresses), f"owners: {', '.join(one.owners)}", one.repository),
    )
