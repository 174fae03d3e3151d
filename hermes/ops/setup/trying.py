"""Tries what the wizard was told: the mailbox, the repository, the agent; and reads who vouches for the mailbox's mail."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import shutil
import ssl
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import imap_tools

from hermes.app import up
from hermes.app.records import connect
from hermes.config.ingress_settings import ImapSettings
from hermes.config.loading import Config
from hermes.local.emulator import Emulator
from hermes.ops import authserv_check, checks, imap_check, sending_check
from hermes.ops.findings import Found
from hermes.ops.setup.answers import MailServerLogin, SetupAnswers
from hermes.ops.setup.servers import ServerGuess

#: One question to a repository or a program.
_SECONDS: Final = 30.0
#: Agents that the wizard looks for, in the order in which it proposes them, and the variable of each one's key.
AGENTS: Final = (("claude", "ANTHROPIC_API_KEY"), ("aider", "ANTHROPIC_API_KEY"))
_VERDICT: Final = "authentication-results"


async def imap(
    guesses: Iterable[ServerGuess], address: str, password: str, oauth: Mapping[str, str] | None = None
) -> tuple[MailServerLogin | None, list[Found]]:
    """The first server that lets us in, with the findings on the way."""
    found: list[Found] = []
    for guess in guesses:
        for username in [guess.username] if guess.username else [address, address.rpartition("@")[0]]:
            login = MailServerLogin(
                host=guess.host,
                port=guess.port,
                security=guess.security,
                username=username,
                password=password,
                oauth=oauth,
            )
            found.append(await imap_check.mailbox(imap_settings(login, address)))
            if found[-1].ok:
                return login, found
            if "login" not in found[-1].text:
                break  # another name changes nothing
    return None, found


async def smtp(answers: SetupAnswers, guesses: Iterable[ServerGuess]) -> tuple[MailServerLogin | None, list[Found]]:
    """The first server that takes our replies, with the findings on the way: with the login of IMAP, or without one."""
    found: list[Found] = []
    for guess in guesses:
        same = dataclasses.replace(answers.imap, host=guess.host, port=guess.port, security=guess.security)
        for login in (same, dataclasses.replace(same, username="", password="", oauth=None)):
            found.append(await sending_check.run(dataclasses.replace(answers, smtp=login).config()))
            if found[-1].ok:
                return login, found
    return None, found


def imap_settings(login: MailServerLogin, address: str) -> ImapSettings:
    """The settings of the mailbox."""
    return ImapSettings.model_validate({"enabled": True, "address": address, **login.settings()})


async def authserv_id(login: MailServerLogin) -> str | None:
    """Who writes the verdicts on the mailbox's mail, read off the newest one; None if there is no mail, or none has a verdict."""
    if login.oauth:
        return await authserv_check.newest(imap_settings(login, login.username))
    try:
        async with asyncio.timeout(_SECONDS):
            return await asyncio.to_thread(_authserv_id, login)
    except (TimeoutError, OSError, imap_tools.ImapToolsError):
        return None


def _authserv_id(login: MailServerLogin) -> str | None:
    with _mailbox(login) as box:
        for message in box.fetch(limit=5, reverse=True, mark_seen=False, headers_only=True):
            # The server at the border writes on top of what it received; what is further down anybody can have written.
            verdicts = message.headers.get(_VERDICT, ())
            if verdicts:
                return verdicts[0].split(";")[0].split()[0].strip() or None
    return None


def _mailbox(login: MailServerLogin) -> Any:
    if login.security == "none":
        box: Any = imap_tools.MailBoxUnencrypted(login.host, login.port, timeout=_SECONDS)
    elif login.security == "starttls":
        box = imap_tools.MailBoxStartTls(
            login.host, login.port, timeout=_SECONDS, ssl_context=ssl.create_default_context()
        )
    else:
        box = imap_tools.MailBox(login.host, login.port, timeout=_SECONDS, ssl_context=ssl.create_default_context())
    return box.login(login.username, login.password)


async def repository(url: str) -> Found:
    """Ask a repository for its branches, as the worker will."""
    name = "repository"
    status, said = await _run("git", "ls-remote", "--symref", "--", url, "HEAD")
    if status is None:
        return Found(name, False, f"git does not answer for {url}", "check the network, and that git is installed")
    if status:
        return Found(
            name, False, f"{url} does not open: {said.strip().splitlines()[-1] if said.strip() else 'git says nothing'}",
            "check the address, and that this user may read it: an SSH key, or git's credential helper",
        )  # fmt: skip
    if not said.strip():
        return Found(name, True, f"{url} opens; it has no commit yet", "make a first commit on its default branch")
    branch = next(
        (line.split()[1].removeprefix("refs/heads/") for line in said.splitlines() if line.startswith("ref:")), ""
    )
    return Found(name, True, f"{url} opens" + (f"; its branch is {branch}" if branch else ""))


def agents() -> list[str]:
    """The agents that are on the PATH."""
    return [name for name, _ in AGENTS if shutil.which(name)]


async def agent(name: str) -> Found:
    """Start an agent for its version."""
    if name == "patch":
        return Found(
            "agent", True, "the built-in patch agent: it applies diffs and replacements, and writes no code itself"
        )
    status, said = await _run(name, "--version")
    if status == 0:
        return Found("agent", True, f"{name}: {said.strip().splitlines()[0] if said.strip() else 'it starts'}")
    return Found("agent", False, f"{name} does not start", f"install {name}, or choose another agent")


async def check(config: Config, file: Path) -> list[Found]:
    """`hermes check` over an embedded AWS of the moment: the machine's own is not there before `hermes up`."""
    with tempfile.TemporaryDirectory(prefix="hermes-setup-") as folder:
        async with Emulator(state=Path(folder), environment=os.environ) as emulator:
            aws = config.aws.model_copy(
                update={
                    "endpoint_url": emulator.endpoint_url,
                    "access_key": emulator.key.access,
                    "secret_key": emulator.key.secret,
                }
            )
            checked = config.model_copy(update={"aws": aws})
            async with connect(checked) as clients:
                await up.provisioned(checked, clients)
            return await checks.run(checked, file=file)


async def _run(*words: str) -> tuple[int | None, str]:
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -o BatchMode=yes"},
        )
    except OSError as error:
        return 127, str(error)
    try:
        async with asyncio.timeout(_SECONDS):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None, ""
    return process.returncode, said.decode("utf-8", "replace")
