"""`hermes stop`, `retry`, `pause`, `resume`, `block`, `unblock` and `workers drain`: what operators do, each on record (`hermes audit`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from hermes import errors
from hermes.admin.actions import commands, holds
from hermes.admin.actions import workers as worker_actions
from hermes.admin.console import Console
from hermes.cli import exits, plain, screen
from hermes.cli.console import asking
from hermes.cli.console.asking import JsonOption, ReasonOption
from hermes.cli.console.deployment import operator
from hermes.cli.console.running import workers
from hermes.cli.options import ConfigOption

Ids = Annotated[list[str], typer.Argument(metavar="COMMAND…", help="As `hermes ps` lists them.", show_default=False)]
What = Annotated[
    str,
    typer.Argument(help="everything, a client, a project (client/project) or a person's address.", show_default=False),
]
Sender = Annotated[str, typer.Argument(help="An address, or @domain.", show_default=False)]


def stop(
    command_ids: Ids, reason: ReasonOption = "", config_file: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Stop commands: their work is saved, and the person's mail says that an operator stopped them."""

    async def one(console: Console, command_id: str) -> str:
        found = await commands.stop(console, operator(), command_id, reason=reason)
        if found.state.value == "accepted":
            return "it does not begin; the person is told"
        return "its worker is told within seconds, saves the work and reports"

    _each(command_ids, one, config_file, as_json)


def retry(
    command_ids: Ids, reason: ReasonOption = "", config_file: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Run the requests of ended commands again, each as a new command of its thread."""

    async def one(console: Console, command_id: str) -> str:
        return f"runs again as {(await commands.retry(console, operator(), command_id, reason=reason)).command_id}"

    _each(command_ids, one, config_file, as_json)


def pause(what: What, reason: ReasonOption = "", config_file: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Let nothing start: mail is accepted and answered that it waits; what runs goes on."""

    async def one(console: Console, text: str) -> str:
        return f"{(await holds.pause(console, operator(), text, reason=reason)).subject} is paused"

    _each([what], one, config_file, as_json)


def resume(
    what: What, reason: ReasonOption = "", config_file: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """End a pause: what waited goes on."""

    async def one(console: Console, text: str) -> str:
        resumed = await holds.resume(console, operator(), text, reason=reason)
        return f"resumed; {resumed} waiting command{'' if resumed == 1 else 's'} go{'es' if resumed == 1 else ''} on"

    _each([what], one, config_file, as_json)


def block(
    sender: Sender, reason: ReasonOption = "", config_file: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Refuse the mail of an address or a domain, without an answer."""

    async def one(console: Console, text: str) -> str:
        return f"mail of {(await holds.block(console, operator(), text, reason=reason)).subject} is refused"

    _each([sender], one, config_file, as_json)


def unblock(
    sender: Sender, reason: ReasonOption = "", config_file: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Take mail of an address or a domain again."""

    async def one(console: Console, text: str) -> str:
        await holds.unblock(console, operator(), text, reason=reason)
        return "its mail is taken again"

    _each([sender], one, config_file, as_json)


@workers.command("drain", epilog="Example: hermes workers drain acme#site#anna-3k5zq2ab --reason 'new image'")
def drain(
    keys: Annotated[
        list[str], typer.Argument(metavar="WORKER…", help="As `hermes workers` lists them.", show_default=False)
    ],
    reason: ReasonOption = "",
    config_file: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let workers finish what they have and end; the next command of their person starts another."""

    async def one(console: Console, key: str) -> str:
        await worker_actions.drain(console, operator(), key, reason=reason)
        return "ends once it has nothing to do"

    _each(keys, one, config_file, as_json)


def _each(
    subjects: list[str],
    act: Callable[[Console, str], Awaitable[str]],
    config_file: ConfigOption,
    as_json: bool,
) -> None:
    """Do it to each; say what came of it; exit 1 if something was not done."""

    async def all_of_them(console: Console) -> list[tuple[str, bool, str]]:
        told = []
        for subject in subjects:
            try:
                told.append((subject, True, await act(console, subject)))
            except errors.Permanent as error:
                told.append((subject, False, error.message))
        return told

    told = asking.ask(config_file, all_of_them)
    for subject, done, text in told:
        if as_json:
            plain.document({"subject": subject, "done": done, "text": text})
        else:
            screen.wrapped(f"{subject}: {text}", stderr=not done)
    if not all(done for _, done, _ in told):
        raise SystemExit(int(exits.ExitCode.FAILED))
