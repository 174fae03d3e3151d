"""The isolation checks of `hermes check`: what keeps agents away from Hermes on this machine, and what does not."""

from __future__ import annotations

import asyncio
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from hermes.app import launchers as launching
from hermes.config.loading import Config
from hermes.config.walls_settings import Demand
from hermes.ops.findings import Found
from hermes.process import privacy
from hermes.process.walls import WallLevel, machine

_SECONDS = 5.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_OTHERS_READ = 0o044
_AS_ROOT = (
    f"start Hermes as root and set {launching.AGENT_USER}=20000: each session's agent then runs as a separate user"
)


async def run(config: Config, environ: Mapping[str, str], file: Path | None) -> list[Found]:
    """Run the isolation checks; `file` is the configuration file. With workers in ECS the task definition decides."""
    if config.launcher.kind != "local":
        return []
    found = [*await _walls(config), _users(environ), _processes(environ), _helper(environ)]
    found += _file(file or (Path(environ["HERMES_CONFIG"]) if environ.get("HERMES_CONFIG") else None), environ)
    if config.smtp_ingress.trust_loopback:
        text = (
            "smtp_ingress.trust_loopback is on: every program on this machine, an agent too, can send mail as anybody"
        )
        found.append(
            Found(
                "mail from this machine",
                True,
                text,
                "only for development; switch it off if you do not trust the agents",
            )
        )
    address = config.aws.endpoint_url
    if address and urllib.parse.urlsplit(address).hostname in _LOOPBACK:
        found.append(await asyncio.to_thread(_emulator, address))
    return found


async def _walls(config: Config) -> list[Found]:
    """What contains agents here, and the projects that demand what this machine has not."""
    walls = await asyncio.to_thread(machine.choose)
    todo = (
        ""
        if walls.level is WallLevel.NAMESPACES
        else "install bubblewrap (Debian: apt-get install bubblewrap) on a kernel with user namespaces"
    )
    found = [Found("walls", True, walls.words, todo)]
    for project in config.projects:
        if project.sandbox is Demand.REQUIRED and not walls.level.walled:
            text = f"{project.name} demands walls, which this machine cannot build: its agent does not run"
            found.append(Found(f"walls of {project.name}", False, text, todo))
        elif project.sandbox is Demand.OFF:
            text = f'{project.name} has sandbox = "off": its agent may do what Hermes\' user may'
            found.append(Found(f"walls of {project.name}", True, text, "remove the setting"))
    return found


def _users(environ: Mapping[str, str]) -> Found:
    name, agents = "agents' user", environ.get(launching.AGENT_USER)
    if agents:
        if os.geteuid() != 0:
            return Found(
                name,
                False,
                f"{launching.AGENT_USER} is set, and Hermes is not root",
                "start Hermes as root, or remove the setting",
            )
        text = f"a different one for each session ({agents} and up): Hermes' files and other clients' work are closed to agents"
        return Found(name, True, text)
    if os.geteuid() == 0:
        text = "root, like Hermes: an agent can do everything on this machine"
        return Found(name, True, text, f"set {launching.AGENT_USER}=20000")
    text = (
        f"the same as Hermes' own ({os.geteuid()}): agents can read what this user can, the configuration file and other clients' work "
        "included, and can end Hermes' processes"
    )
    return Found(name, True, text, _AS_ROOT)


def _processes(environ: Mapping[str, str]) -> Found:
    name = "processes"
    if not privacy.closed():
        text = "agents of the same user can read the environment and memory of Hermes' processes, which this system cannot close"
        return Found(name, True, text, "run agents as another user, or Hermes on Linux")
    if os.geteuid() == 0 and not environ.get(launching.AGENT_USER):
        return Found(
            name,
            True,
            "environment and memory of Hermes' processes are closed, but not to agents, because they run as root",
        )
    return Found(name, True, "environment and memory of gateway, workers and emulator are closed to agents")


def _helper(environ: Mapping[str, str]) -> Found:
    helper = environ.get(launching.CREDENTIAL_HELPER)
    if helper:
        return Found(
            "git credentials", True, f"workers' git uses the credential helper of {launching.CREDENTIAL_HELPER}"
        )
    return Found(
        "git credentials", True, f"workers' git has no credential helper ({launching.CREDENTIAL_HELPER} is not set)"
    )


def _file(file: Path | None, environ: Mapping[str, str]) -> list[Found]:
    if file is None:
        return []
    try:
        mode = file.stat().st_mode
    except OSError:
        return []
    if mode & _OTHERS_READ:
        todo = f"chmod 600 {file}; secrets may also come as HERMES_… variables, which agents cannot read"
        return [Found("configuration file", True, f"{file} can be read by every user of this machine", todo)]
    same = "" if environ.get(launching.AGENT_USER) else ", and so by agents"
    return [Found("configuration file", True, f"{file} can be read only by its owner{same}")]


def _emulator(address: str) -> Found:
    try:
        with urllib.request.urlopen(f"{address}/", timeout=_SECONDS) as answer:  # noqa: S310 - an address on loopback
            status = int(answer.status)
    except urllib.error.HTTPError as error:
        status = error.code
    except (OSError, ValueError) as error:
        return Found("emulator", False, f"{address} does not answer: {error}", "start it, or check aws.endpoint_url")
    if status in (401, 403):
        return Found("emulator", True, "answers only requests with its key")
    todo = (
        "everybody who reaches it can read all mail and forge commands; `hermes dev` starts one that requires its key"
    )
    return Found("emulator", True, f"{address} answers every caller", todo)
