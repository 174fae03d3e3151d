"""`hermes projects`: the projects with their settings as they were read, and `show`, `add`, `edit`, `check`."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperGroup

from hermes import errors
from hermes.admin.console import Console
from hermes.admin.views import projects as project_view
from hermes.admin.views.projects import ProjectView
from hermes.app import records
from hermes.cli import exits, plain, screen
from hermes.cli.console import asking, deployment
from hermes.cli.console.asking import JsonOption, ProjectOption
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption
from hermes.config import loading
from hermes.config.loading import Project
from hermes.ops import project_checks, project_editing
from hermes.ops.project_editing import ProjectEditor, Target

T = TypeVar("T")

Name = Annotated[str, typer.Argument(metavar="CLIENT/PROJECT", help="As `hermes projects` lists it.")]


class _ByName(TyperGroup):
    """`hermes projects acme/site` shows that project."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        named = args and args[0] not in self.commands and "/" in args[0]
        return super().resolve_command(ctx, ["show", *args] if named else args)


projects = typer.Typer(
    cls=_ByName,
    invoke_without_command=True,
    help="List the projects; show one with its settings, add, edit or check one.",
    epilog="Example: hermes projects  ·  hermes projects acme/site  ·  hermes projects check acme/site",
)


@projects.callback()
def list_projects(
    context: typer.Context,
    config_file: ConfigOption = None,
    project: ProjectOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the projects; show one with its settings, add, edit or check one."""
    if context.invoked_subcommand is not None:
        return
    found = _views(config_file, project)
    if as_json:
        for one in found:
            plain.document(asking.facts(one))
        return
    none = "no such project" if project else "no project is configured"
    screen.entries([_entry(one) for one in found], none=none)


@projects.command("show", epilog="Example: hermes projects show acme/site")
def show(name: Name, config_file: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show every setting of a project as it was read, with secrets hidden."""
    found = [one for one in _views(config_file, name) if one.name == name]
    for one in found:
        plain.document(asking.facts(one), indent=None if as_json else 2)
    if not found:
        plain.say(f"there is no project {name}", err=True)
        raise SystemExit(int(exits.ExitCode.FAILED))


@projects.command(
    "add",
    epilog="Example: hermes projects add acme/site --repository git@git.example.com:acme/site.git "
    "--address site@agent.example.com --owner anna@acme.example --agent claude --agent-env ANTHROPIC_API_KEY",
)
def add(
    name: Annotated[str, typer.Argument(metavar="CLIENT/PROJECT", help="In lower-case letters, digits and hyphens.")],
    repository: Annotated[str, typer.Option(help="Its git address.", show_default=False)],
    address: Annotated[list[str], typer.Option(help="A mailbox of it; repeatable.", show_default=False)],
    owner: Annotated[
        list[str], typer.Option(help="Who may command: an address, or @domain; repeatable.", show_default=False)
    ],
    agent: Annotated[str, typer.Option(help="claude, aider, patch, or a command line.")] = "claude",
    agent_env: Annotated[
        list[str] | None,
        typer.Option(help="A variable that the agent gets, as its API key; repeatable.", show_default=False),
    ] = None,
    to: Annotated[
        Target | None,
        typer.Option(
            help="Where it is written; default: what [project_sources] names, or else projects.d.", show_default=False
        ),
    ] = None,
    checked: Annotated[
        bool, typer.Option("--check/--no-check", help="Refuse a repository or an agent that is not there.")
    ] = True,
    config_file: ConfigOption = None,
) -> None:
    """Add a project in a document of its own, checked first; running gateways take it over within 30 seconds."""
    client, _, project = name.partition("/")
    settings: dict[str, Any] = {
        "client": client,
        "project": project,
        "repository": repository,
        "addresses": address,
        "owners": owner,
        "agent": project_editing.agent(agent, agent_env or ()),
    }

    async def added(editor: ProjectEditor) -> str:
        new = loading.parse({"projects": [settings]}, source=name).projects[0]
        if checked and not await _are_well(new, editor.config, only_bad=True):
            raise errors.NotPossible(f"{name} is not added; mend that, or take it as it is with --no-check")
        return (await editor.add(settings, to))[1]

    plain.say(f"{name} is added: {_edit(config_file, added)}")
    plain.say("running gateways take it over within 30 seconds")


@projects.command("edit", epilog="Example: hermes projects edit acme/site  ·  hermes projects edit acme/site --from -")
def edit(
    name: Name,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="The new text; - for standard input.", show_default=False),
    ] = None,
    config_file: ConfigOption = None,
) -> None:
    """Open the document that a project is in with $VISUAL or $EDITOR; it is validated before it is written."""

    async def edited(editor: ProjectEditor) -> str:
        document = await editor.find(name)
        before = document.raw.decode("utf-8")
        kept = None
        if source is None:
            kept = _in_an_editor(before)
            text = kept.read_text(encoding="utf-8")
        else:
            text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        if text == before:
            return f"{document.name} stays as it was"
        try:
            await editor.replace(document, text)
        except (errors.ConfigError, errors.NotPossible) as error:
            where = f"; your text is in {kept}" if kept is not None else ""
            raise type(error)(f"{error.message}{where}") from error
        if kept is not None:
            kept.unlink()
        return f"{document.name} is written; running gateways take it over within 30 seconds"

    plain.say(_edit(config_file, edited))


@projects.command("check", epilog="Example: hermes projects check acme/site")
def check(name: Name, config_file: ConfigOption = None) -> None:
    """Check one project: its settings beside all others, its repository and branch, its agent and the agent's key."""

    async def look(editor: ProjectEditor) -> bool:
        project = await editor.project(name)
        screen.finding("configuration", "valid", ok=True)
        return await _are_well(project, editor.config)

    if not _edit(config_file, look):
        raise SystemExit(int(exits.ExitCode.FAILED))


async def _are_well(project: Project, config: loading.Config, *, only_bad: bool = False) -> bool:
    """Print the findings of a project; whether all are good."""
    only = config.model_copy(update={"projects": (project,)})
    found = await project_checks.run(only, os.environ)
    if not found:
        screen.finding(project.name, "repository and agent are the workers': see their log", ok=True)
    for one in found:
        if not (only_bad and one.ok):
            screen.finding(one.name, one.text, ok=one.ok, todo=one.todo)
    return all(one.ok for one in found)


def _views(config_file: Path | None, project: str | None) -> list[ProjectView]:
    wanted = asking.search("", project, None)

    async def look(console: Console) -> tuple[ProjectView, ...]:
        return project_view.projects(console, operator())

    found = asking.ask(config_file, look)
    return [one for one in found if wanted.admits(project=one.name, person=None, subject=one.name, at=0.0)]


def _edit(config_file: Path | None, act: Callable[[ProjectEditor], Awaitable[T]]) -> T:
    """Do something with the documents; AWS is asked only where some are there."""
    config = deployment.settings(config_file)
    environ = dict(os.environ)
    file = loading.named(config_file, environ)

    async def done() -> T:
        if not config.project_sources.shared:
            return await act(ProjectEditor(config, file, environ))
        async with records.connect(config) as clients:
            return await act(ProjectEditor(config, file, environ, await records.records(config, clients)))

    return asyncio.run(done())


def _in_an_editor(text: str) -> Path:
    """The file with the edited text, for its owner alone. Raises `errors.NotPossible`."""
    descriptor, name = tempfile.mkstemp(prefix="hermes-", suffix=".toml")
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        status = subprocess.run([*shlex.split(command), name], check=False).returncode
    except (OSError, ValueError) as error:
        raise errors.NotPossible(f"the editor {command!r} cannot be started: {error}; set EDITOR") from error
    if status:
        raise errors.NotPossible(f"the editor {command!r} ended with {status}; nothing is changed")
    return Path(name)


def _entry(one: ProjectView) -> screen.Entry:
    return screen.Entry(
        (one.agent, one.policy),
        one.name,
        (", ".join(one.addresses), f"owners: {', '.join(one.owners)}", one.repository),
    )
