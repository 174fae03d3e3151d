"""A group of commands that imports a command's module only when it is called, so `hermes --help` loads no gateway."""

from __future__ import annotations

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from hermes.process import memory


def attribute(where: str) -> Any:
    """`module:name`, imported when it is needed."""
    module, _, name = where.partition(":")
    with memory.loading():
        return getattr(importlib.import_module(module), name)


@dataclasses.dataclass(frozen=True, slots=True)
class CommandEntry:
    """One command of a group: its module, and its line in the list of commands."""

    help: str
    """The first paragraph of the command's docstring; a test compares them."""
    where: str = ""
    """`module:name` of a function, or of a `typer.Typer` that is a group. Empty for a group of `commands`."""
    epilog: str | None = None
    commands: Mapping[str, CommandEntry] = dataclasses.field(default_factory=dict)

    def load(self, name: str) -> Any:
        """Import the command's module and return the command."""
        if self.commands:
            return typer.main.get_command(group(self.commands, help=self.help, name=name))
        found = attribute(self.where)
        if not isinstance(found, typer.Typer):
            app = typer.Typer(pretty_exceptions_enable=False, add_completion=False, rich_markup_mode="rich")
            app.command(name, epilog=self.epilog)(found)
            found = app
        command = typer.main.get_command(found)
        command.name = name
        return command


class LazyGroup(TyperGroup):
    """Lists its commands from the table, and imports the one that is called.

    Contexts and commands are those of Typer's private copy of click, whose types have no public name.
    """

    table: ClassVar[Mapping[str, CommandEntry]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command as the list shows it: its name and its help line."""
        entry = self.table.get(cmd_name)
        return TyperCommand(cmd_name, help=entry.help, rich_markup_mode="rich") if entry is not None else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, loaded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.table[name].load(name) if name is not None and command is not None else command, rest


def group(commands: Mapping[str, CommandEntry], **settings: Any) -> typer.Typer:
    """A Typer application with these commands; `settings` are those of `typer.Typer`."""
    kind = type("Commands", (LazyGroup,), {"table": commands})
    app = typer.Typer(
        cls=kind,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode="rich",
        **settings,
    )
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    """A group alone does nothing; Typer requires a function."""
