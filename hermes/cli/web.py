"""`hermes web`: gives people access to the page."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Annotated

import typer

from hermes import errors
from hermes.admin.viewer import ViewerRole
from hermes.app import records as composition
from hermes.aws.records.web_access import WebAccess
from hermes.cli import plain
from hermes.cli.console import deployment
from hermes.cli.options import ConfigOption
from hermes.config import loading as config
from hermes.config.web_settings import OPERATOR
from hermes.web.access import passwords
from hermes.web.api import access


def make_hash() -> None:
    """Ask for a password and print its hash, for `[[web.users]]` of the configuration."""
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not 10 <= len(password) <= passwords.PASSWORD_CHARACTERS:
        raise errors.ConfigError(f"a password has 10 to {passwords.PASSWORD_CHARACTERS} characters")
    plain.say(f'hash = "{passwords.hashed(password)}"')


def token(
    name: Annotated[str, typer.Argument(help="What the audit calls the program.", show_default=False)],
    role: Annotated[ViewerRole, typer.Option(help="A reader looks, an operator acts too.")] = ViewerRole.READER,
    project: Annotated[
        list[str] | None, typer.Option(help="A project that it sees (client/project); without one, all.")
    ] = None,
) -> None:
    """Print a new token for `/api/v1`, and its section of the configuration."""
    made, stored = access.new_token()
    plain.say(f"The token, which is shown only now: {made}\n", err=True)
    lines = ["[[web.tokens]]", f"name = {json.dumps(name)}", f'hash = "{stored}"', f'role = "{role.value}"']
    lines += [f"projects = {json.dumps(project)}"] if project else []
    plain.say("\n".join(lines))


def link(
    config_file: ConfigOption = None,
    name: Annotated[str, typer.Option(help="Somebody of web.users; default: an operator who sees everything.")] = "",
    minutes: Annotated[int, typer.Option(help="How long it can be used.", min=1, max=24 * 60)] = 15,
) -> None:
    """Print a link that signs in once, within minutes."""
    settings = deployment.settings(config_file)
    if not settings.web.pages:
        raise errors.ConfigError("the page is off: set pages = true and enabled = true in [web]")
    if name and name not in {user.name for user in settings.web.users}:
        raise errors.ConfigError(f"web.users has nobody called {name!r}")
    secret = asyncio.run(_made(settings, name or OPERATOR, time.time() + minutes * 60))
    plain.say(f"{address(settings)}/link/{secret}")


def address(settings: config.Config) -> str:
    """Where people see the page."""
    return settings.web.url or f"http://{settings.web.host}:{settings.web.port}"


async def _made(settings: config.Config, name: str, until: float) -> str:
    async with composition.connect(settings) as clients:
        held = await composition.records(settings, clients)
        return await WebAccess(tables=held.tables, names=held.names).make_link(name, until=until)
