"""`hermes setup`: from an address and a password to a configuration that works, each answer tried before the next question.

Every answer is also an option; nothing is written before everything was asked, so an interrupted run leaves nothing.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.markup import escape

from hermes import errors, ids
from hermes.cli import exits, screen
from hermes.config import writing
from hermes.https.device_code import DevicePrompt
from hermes.ingress.resolver import Resolver
from hermes.ops.findings import Found
from hermes.ops.setup import consent, servers, trying
from hermes.ops.setup.answers import MailServerLogin, SetupAnswers
from hermes.ops.setup.servers import Security, ServerGuess

#: The variable that holds the mailbox's password where it is not to be asked, nor seen in a list of processes.
#: The variable of the application's secret, where the provider gave one.
CLIENT_SECRET = "HERMES_SETUP_CLIENT_SECRET"  # noqa: S105 - a name
PASSWORD = "HERMES_SETUP_PASSWORD"  # noqa: S105 - a name


def setup(
    config_file: Annotated[Path, typer.Option("--config", "-c", help="The file to write.")] = Path("hermes.toml"),
    address: Annotated[
        str | None, typer.Option(help="The mailbox that people will write to.", show_default=False)
    ] = None,
    imap: Annotated[
        str | None, typer.Option(help="IMAP server, HOST:PORT/SECURITY; else it is found.", show_default=False)
    ] = None,
    smtp: Annotated[
        str | None, typer.Option(help="SMTP server, HOST:PORT/SECURITY; else it is found.", show_default=False)
    ] = None,
    username: Annotated[
        str | None, typer.Option(help="Login, where it is not the address.", show_default=False)
    ] = None,
    repository: Annotated[str | None, typer.Option(help="Git address of the project.", show_default=False)] = None,
    owner: Annotated[
        list[str] | None, typer.Option(help="Who may command: an address, or @domain; repeatable.", show_default=False)
    ] = None,
    agent: Annotated[str | None, typer.Option(help="claude, aider or patch.", show_default=False)] = None,
    name: Annotated[str | None, typer.Option(help="CLIENT/PROJECT in lower-case letters.", show_default=False)] = None,
    authserv_id: Annotated[
        str | None, typer.Option(help="Who writes Authentication-Results here; '' for nobody.", show_default=False)
    ] = None,
    oauth: Annotated[
        str | None,
        typer.Option(help="microsoft or google: consent by a code in place of a password.", show_default=False),
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help="With --oauth: the id of your application there.", show_default=False)
    ] = None,
    tenant: Annotated[str, typer.Option(help="With --oauth microsoft: the organization.")] = "organizations",
    state: Annotated[Path | None, typer.Option(help="Folder for everything that is kept.", show_default=False)] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take every proposal, ask nothing.")] = False,
) -> None:
    """Ask for mailbox, project, owners and agent, try each, write the configuration and check it."""
    # asyncio's own handler would only ask its task to end, which waits for the answer to a question.
    signal.signal(signal.SIGINT, _interrupted)
    asking = _Questions(yes=yes)
    if config_file.exists() and not asking.agree(
        f"{config_file} is there already. Replace it?", otherwise=False, option="--config"
    ):
        raise errors.ConfigError(f"{config_file} is there already; name another file with --config")
    login = _Consent(oauth, client_id or "", os.environ.get(CLIENT_SECRET, ""), tenant) if oauth else None
    given = {"imap": imap, "smtp": smtp, "username": username, "repository": repository, "agent": agent, "name": name}
    found = asyncio.run(
        _ask(asking, given, address=address, owners=owner, authserv_id=authserv_id, state=state, login=login)
    )
    settings = found.settings()
    config = found.config()
    writing.write(config_file, settings, by="hermes setup")
    asking.tell(f"{config_file} is written; it holds the password and is readable by you alone.")
    checked = asyncio.run(trying.check(config, config_file))
    for one in checked:
        asking.show(one)
    if not all(one.ok for one in checked):
        raise SystemExit(int(exits.ExitCode.FAILED))
    asking.tell(f"\nStart it: hermes up --config {config_file}\nThen write to {found.address} from an owner's address.")


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


class _Questions:
    """Asks a person, or takes the proposals where it must ask nobody."""

    def __init__(self, *, yes: bool) -> None:
        self._yes = yes
        self._console = screen.console()

    def ask(self, question: str, *, option: str, proposal: str | None = None, hidden: bool = False) -> str:
        """The answer. Raises `errors.ConfigError` where nobody can give one, with the option that does."""
        if self._yes or not sys.stdin.isatty():
            if proposal is None:
                raise errors.ConfigError(f"{question.rstrip('?: ')}: give it with {option}")
            return proposal
        return str(typer.prompt(question, default=proposal, hide_input=hidden)).strip()

    def agree(self, question: str, *, otherwise: bool, option: str) -> bool:
        """Yes or no."""
        if self._yes:
            return True
        if not sys.stdin.isatty():
            raise errors.ConfigError(f"{question} Answer with --yes, or give {option}")
        return typer.confirm(question, default=otherwise)

    def show(self, found: Found) -> None:
        """What a try found."""
        mark = "[green]✓[/]" if found.ok else "[red]✗[/]"
        self._console.print(f"{mark} {escape(found.name)}: {escape(found.text)}", soft_wrap=True)
        if found.todo and not found.ok:
            self._console.print(f"  → {escape(found.todo)}", soft_wrap=True)

    def tell(self, text: str) -> None:
        """A sentence."""
        self._console.print(escape(text), soft_wrap=True)


async def _ask(
    asking: _Questions,
    given: dict[str, str | None],
    *,
    address: str | None,
    owners: list[str] | None,
    authserv_id: str | None,
    state: Path | None,
    login: _Consent | None = None,
) -> SetupAnswers:
    address = address or asking.ask("Address that people will write to?", option="--address")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise errors.ConfigError(f"{address!r} is no mail address")
    oauth = await _consented(asking, login) if login is not None else None
    password = (
        ""
        if oauth
        else os.environ.get(PASSWORD)
        or asking.ask(
            f"Password of {address}? (of a program, where the provider has such)", option=PASSWORD, hidden=True
        )
    )
    guesses = list(consent.PROVIDERS[login.provider].servers) if login is not None else []
    if not guesses and not (given["imap"] and given["smtp"]):
        asking.tell(f"Looking for the mail servers of {address.rpartition('@')[2]} …")
        guesses = await servers.guesses(address, lookup=Resolver(), fetch=servers.fetch_document)
    reading = await _imap(asking, given, guesses, address, password, oauth)
    repository = given["repository"] or asking.ask("Git address of the project?", option="--repository")
    _needed(asking, await trying.repository(repository))
    owners = owners or asking.ask("Who may command? (addresses or @domain, with commas)", option="--owner").split(",")
    answers = SetupAnswers(
        address=address,
        imap=reading,
        smtp=reading,
        repository=repository,
        owners=tuple(one.strip() for one in owners if one.strip()),
        agent=await _agent(asking, given["agent"]),
        authserv_id=await _authserv_id(asking, reading, authserv_id),
        state=(
            state or Path(asking.ask("Folder for everything that is kept?", option="--state", proposal=_state()))
        ).absolute(),
        **_named(asking, given["name"], repository),
    )
    answers.config()
    tried = [_server("smtp", given["smtp"])] if given["smtp"] else _of(guesses, "smtp")
    sending, found = await trying.smtp(answers, tried)
    _best(asking, found)
    if sending is None:
        raise errors.ConfigError(
            "no mail server takes our replies; name it with --smtp HOST:PORT/SECURITY (tls, starttls)"
        )
    return dataclasses.replace(answers, smtp=sending)


@dataclasses.dataclass(frozen=True, slots=True)
class _Consent:
    """How the mailbox's owner consents, where there is no password."""

    provider: str
    client_id: str
    client_secret: str = dataclasses.field(repr=False)
    tenant: str


async def _consented(asking: _Questions, login: _Consent) -> Mapping[str, str]:
    client_id = login.client_id or asking.ask("Id of your application at the provider?", option="--client-id")
    wanted = consent.provider(
        login.provider, client_id=client_id, client_secret=login.client_secret, tenant=login.tenant
    )

    def tell(prompt: DevicePrompt) -> None:
        asking.tell(f"Open {prompt.page} on any device, sign in as the mailbox, and type in {prompt.code}")
        asking.tell("Waiting for that …")

    return await consent.settings(wanted, tell)


async def _imap(
    asking: _Questions,
    given: dict[str, str | None],
    guesses: list[ServerGuess],
    address: str,
    password: str,
    oauth: Mapping[str, str] | None,
) -> MailServerLogin:
    tried = [_server("imap", given["imap"])] if given["imap"] else _of(guesses, "imap")
    if given["username"]:
        tried = [dataclasses.replace(guess, username=given["username"]) for guess in tried]
    reading, found = await trying.imap(tried, address, password, oauth)
    _best(asking, found)
    if reading is None:
        raise errors.ConfigError(
            "the mailbox does not open; name its server with --imap HOST:PORT/SECURITY (tls, starttls)"
        )
    return reading


async def _agent(asking: _Questions, name: str | None) -> dict[str, Any]:
    there = trying.agents()
    name = name or asking.ask(
        f"Agent? ({', '.join([*there, 'patch'])})", option="--agent", proposal=there[0] if there else "patch"
    )
    keys = dict(trying.AGENTS)
    if name != "patch" and name not in keys:
        raise errors.ConfigError(
            f"{name!r} is no agent that the wizard knows: {', '.join([*keys, 'patch'])}; others go into the file"
        )
    _needed(asking, await trying.agent(name))
    if name in keys and not os.environ.get(keys[name]):
        asking.tell(f"  {keys[name]} is not set: hermes up needs it in its environment.")
    return {"kind": name, **({"env": [keys[name]]} if name in keys else {})}


async def _authserv_id(asking: _Questions, login: MailServerLogin, given: str | None) -> str | None:
    if given is not None:
        return given or None
    found = await trying.authserv_id(login)
    if found is None:
        asking.tell("No mail in the mailbox has a verdict of the receiving server: Hermes checks DKIM and SPF itself.")
        return None
    question = f"The newest mail's verdict is by {found}. Is that the mailbox's own server, and does it take out others of that name?"
    return found if asking.agree(question, otherwise=True, option="--authserv-id") else None


def _named(asking: _Questions, name: str | None, repository: str) -> dict[str, str]:
    project = ids.slug(repository.rstrip("/").rpartition("/")[2].removesuffix(".git"))
    name = name or asking.ask("Name, CLIENT/PROJECT?", option="--name", proposal=f"own/{project}")
    client, _, project = name.partition("/")
    return {"client": client, "project": project}


def _server(protocol: str, given: str) -> ServerGuess:
    found = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:/\s]+):(\d{1,5})(?:/(tls|starttls|none))?", given)
    if found is None:
        raise errors.ConfigError(
            f"--{protocol} {given!r}: write HOST:PORT/SECURITY, for example mail.example.com:993/tls"
        )
    usual = "tls" if found[2] in ("993", "465") else "starttls"
    security = cast("Security", found[3] or usual)
    return ServerGuess(protocol, found[1].strip("[]"), int(found[2]), security, "given")


def _of(guesses: list[ServerGuess], protocol: str) -> list[ServerGuess]:
    return [guess for guess in guesses if guess.protocol == protocol]


def _best(asking: _Questions, found: list[Found]) -> None:
    """Show the one that works, or all that failed."""
    for one in found[-1:] if found and found[-1].ok else found:
        asking.show(one)


def _needed(asking: _Questions, found: Found) -> None:
    asking.show(found)
    if not found.ok:
        raise errors.ConfigError(f"{found.name}: {found.text}")


def _state() -> str:
    return "/var/lib/hermes" if os.geteuid() == 0 else str(Path.home() / ".local" / "state" / "hermes")
