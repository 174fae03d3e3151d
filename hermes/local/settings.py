"""The configuration of `hermes demo` and `hermes dev`: everything on this machine, with the short timings that an emulator allows."""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hermes import errors
from hermes.config import loading as config
from hermes.local import agent
from hermes.local.desk import previews
from hermes.local.signature import Key

ADDRESS = "site@hermes.test"
"""Whom one writes to."""
PERSON = "anna@people.test"
"""Who writes."""
REGION = "eu-central-1"
#: Agents that have a kind of their own → the variables that they get.
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "claude": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_BASE_URL"),
    "aider": (
        "ANTHROPIC_API_KEY",
        "OPENAI_API_KEY",
        "GEMINI_API_KEY",
        "OPENROUTER_API_KEY",
        "ANTHROPIC_BASE_URL",
        "ANTHROPIC_API_BASE",
        "OPENAI_API_BASE",
        "AIDER_MODEL",
    ),
    "codex": ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"),
}
#: Sections of a deployment's file that do not hold on a developer's machine: nothing is fetched from its mailbox, nobody is alarmed.
_ELSEWHERE: Final = ("aws", "imap_ingress", "lmtp_ingress", "http_ingress", "pipe_ingress", "alerts", "web")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What runs around the gateway on this machine."""

    state: Path
    endpoint_url: str
    """Of the emulator."""
    key: Key
    replies_port: int
    """Of the mailbox."""
    port: int = 0
    """Where the gateway takes mail."""
    page_port: int | None = None
    """Where the page is; None: there is none."""


def project(
    *, repository: str, agent_name: str = "demo", build: str | None = None, output: str | None = None
) -> dict[str, Any]:
    """A configuration with one project, as `hermes serve` and `hermes up` read it too.

    `agent_name`: `demo`, `claude`, `aider`, `codex` or a command line. Raises `errors.ConfigError`.
    """
    if output is not None and build is None:
        raise errors.ConfigError("--output is the folder that --build fills: give both")
    made: dict[str, Any] = {
        "client": "demo",
        "project": _slug(repository),
        "repository": repository,
        "addresses": [ADDRESS],
        "owners": ["@people.test"],
        "agent": _agent(agent_name),
        "limits": {"wall_seconds": 600},
    }
    if build is not None:
        made["build_command"] = build
    if output is not None:
        made["publish"] = {"output": output, "prefix": "previews/{branch}/"}
    return {
        "prefix": "hermes",
        # Every sender on this machine is believed: for development alone.
        "smtp_ingress": {"enabled": True, "host": "127.0.0.1", "port": 2525, "trust_loopback": True},
        "mail": {"domain": "hermes.test", "smtp": {"host": "127.0.0.1", "port": 25, "security": "none"}},
        "launcher": {"kind": "local"},
        "projects": [made],
    }


def read(file: Path) -> dict[str, Any]:
    """The values of a configuration file, with the projects of the files beside it. Raises `errors.ConfigError`."""
    return config.load(file, {}).model_dump(mode="json", exclude_unset=True)


def over(given: Mapping[str, Any], around: Surroundings, *, source: str = "the embedded default") -> config.Config:
    """A configuration with what runs around it on this machine. Raises `errors.ConfigError`."""
    page = {"web": {"enabled": True, "pages": True, "port": around.page_port}} if around.page_port is not None else {}
    here: dict[str, Any] = {
        "aws": {
            "region": REGION,
            "endpoint_url": around.endpoint_url,
            "bucket": "hermes-mail",
            "access_key": around.key.access,
            "secret_key": around.key.secret,
        },
        "smtp_ingress": {"enabled": True, "host": "127.0.0.1", "port": around.port, "trust_loopback": True},
        # Nothing comes by SES here: whoever could write to the queue would be believed whatever a notification of it says. And nobody's
        # signatures are looked up: what does not come from this machine is not believed.
        "authentication": {"ses_receipts": False, "own_check": False},
        "mail": {
            **_kept(given.get("mail", {}), "domain", "token_key", "token_style"),
            # A person plays here, and answers come as fast as they like.
            "rate_limit": False,
            "smtp": {"host": "127.0.0.1", "port": around.replies_port, "security": "none"},
        },
        "launcher": {"kind": "local", "local": {"state": str(around.state)}},
        "timing": {
            # A poll is never cut short: this is how long a stop waits for one.
            "poll": 2,
            "sweep": 0.5,
            "accepted": 5,
            "running": 10,
            "interrupt": 3,
            "interrupt_give_up": 60,
            # `hermes send --wait` shows the first reply, which is to be the answer.
            "acknowledge": 0,
            "orphans": 10,
        },
        # No bursts of mail are expected here, and people who try it out should not wait.
        "gateway": {"collect_seconds": 0, "log_format": "text", "log_level": "WARNING"},
        **page,
    }
    kept = {name: value for name, value in given.items() if name not in _ELSEWHERE}
    made = config.parse({**kept, **here}, source=source)
    return made if not around.page_port else made.model_copy(update={"projects": _shown(made, around.page_port)})


def _shown(made: config.Config, port: int) -> tuple[config.Project, ...]:
    """The projects, with the builds that nothing else shows on the page."""
    links = [one.preview_url or previews.url(one, port) for one in made.projects]
    return tuple(one.model_copy(update={"preview_url": link}) for one, link in zip(made.projects, links, strict=True))


def _kept(section: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: section[name] for name in names if name in section}


def _agent(name: str) -> dict[str, Any]:
    if name == "demo":
        # By its path: the agent's environment knows nothing of how Hermes was installed.
        return {"kind": "command", "argv": [sys.executable, "-I", str(Path(agent.__file__).absolute())]}
    if name in _KINDS:
        return {"kind": name, "env": list(_KINDS[name])}
    try:
        program, *arguments = shlex.split(name)
    except ValueError as error:
        raise errors.ConfigError(f"--agent {name!r} is no command line: {error}") from error
    found = shutil.which(program)
    if found is None:
        raise errors.ConfigError(
            f"--agent: there is no program {program!r}; write demo, claude, aider, codex or a command line"
        )
    return {"kind": "command", "argv": [str(Path(found).absolute()), *arguments]}


def _slug(repository: str) -> str:
    name = repository.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git").lower()
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-")[:32].strip("-") or "site"
