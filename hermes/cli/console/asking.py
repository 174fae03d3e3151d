"""The options that the lists have in common, and how they become a search."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import shlex
import time
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from hermes.admin.console import Console
from hermes.admin.views import wanted
from hermes.admin.views.page import Page
from hermes.admin.views.wanted import Wanted
from hermes.app import console
from hermes.cli import plain
from hermes.cli.console import deployment

T = TypeVar("T")

ProjectOption = Annotated[
    str | None, typer.Option(help="Only of this project (client/project), or of this client.", show_default=False)
]
PersonOption = Annotated[
    str | None, typer.Option(help="Only of this person: an address, or @domain.", show_default=False)
]
FilterOption = Annotated[
    str,
    typer.Option(
        "--filter",
        "-f",
        help="A search: words, state:failed, since:7d, until:2026-11-20; with a minus before one: not.",
        show_default=False,
    ),
]
MostOption = Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
ReasonOption = Annotated[str, typer.Option("--reason", "-r", help="Why, for the audit.", show_default=False)]


def search(text: str, project: str | None, person: str | None, states: Iterable[str] = ()) -> Wanted:
    """The search of the options. Raises `errors.BadQuery`."""
    more = [f"project:{project}"] if project else []
    more += [f"person:{person}"] if person else []
    return wanted.parse(f"{text} {shlex.join(more)}".strip(), now=time.time(), states=states)


def ask(config_file: Path | None, question: Callable[[Console], Awaitable[T]]) -> T:
    """Ask the deployment one question."""

    async def asked() -> T:
        async with console.connect(deployment.settings(config_file)) as held:
            return await question(held)

    return asyncio.run(asked())


async def rows(read: Callable[[str | None, int], Awaitable[Page[T]]], most: int) -> tuple[list[T], bool]:
    """Up to `most` rows of a list, over its pages, and whether there are more."""
    found: list[T] = []
    cursor: str | None = None
    while len(found) < most:
        page = await read(cursor, most - len(found))
        found += page.rows
        cursor = page.cursor
        if cursor is None:
            return found, False
    return found, True


def say_if_cut(cut: bool, most: int) -> None:
    """Say on standard error that there are more rows."""
    if cut:
        plain.say(f"the newest {most} are shown; --most shows more", err=True)


def facts(value: Any) -> dict[str, Any]:
    """A view as the fields of a JSON document."""
    return dataclasses.asdict(value)


def joined(*words: str | None) -> str:
    """What there is of the words, with dots between them."""
    return " · ".join(filter(None, words))


def quietly() -> contextlib.suppress:
    """For the end of a command that follows something: Ctrl-C ends it, and is no error."""
    return contextlib.suppress(KeyboardInterrupt)
