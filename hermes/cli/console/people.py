"""`hermes export` and `hermes forget`: what is kept of a person."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hermes.admin.actions import people
from hermes.admin.actions.people import Kept
from hermes.admin.console import Console
from hermes.cli import plain, screen
from hermes.cli.console import asking
from hermes.cli.console.asking import ReasonOption
from hermes.cli.console.deployment import operator
from hermes.cli.options import ConfigOption

Person = Annotated[str, typer.Argument(help="Their address.", show_default=False)]
OneJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def export(
    person: Person,
    to: Annotated[Path, typer.Option("--to", help="A folder that is not there yet.", show_default=False)],
    reason: ReasonOption = "",
    config_file: ConfigOption = None,
    as_json: OneJson = False,
) -> None:
    """Copy a person's mails, replies, attachments, conversations and records into a folder."""

    async def act(console: Console) -> Kept:
        return await people.export(console, operator(), person, to, reason=reason)

    _say(asking.ask(config_file, act), f"copied to {to}", as_json)


def forget(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: ReasonOption = "",
    config_file: ConfigOption = None,
    as_json: OneJson = False,
) -> None:
    """Delete a person's mails, replies, attachments, conversations and records; costs stay, without the name."""
    if not yes:
        typer.confirm(
            f"Delete everything that Hermes keeps of {person}? `hermes export` copies it before. It cannot be undone.",
            abort=True,
            err=True,
        )

    async def act(console: Console) -> Kept:
        return await people.forget(console, operator(), person, reason=reason)

    _say(asking.ask(config_file, act), "deleted; what is in the project's repository stays", as_json)


def _say(kept: Kept, what: str, as_json: bool) -> None:
    if as_json:
        plain.document(asking.facts(kept))
        return
    screen.wrapped(
        f"{kept.mails} mails, {kept.replies} replies, {kept.threads} threads, {kept.commands} commands, {kept.files} files "
        f"and {kept.costs} rows of costs: {what}"
    )
