"""The settings of a project's agent."""

from __future__ import annotations

import enum
import re
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

NEVER_HANDED_ON = ("AWS_", "ECS_", "HERMES_", "GIT_", "LD_", "SSH_")
"""Beginnings of variables that no agent gets: credentials, metadata addresses, and what steers other programs."""

_HANDED_ON_ALL_THE_SAME = frozenset({"AWS_BEARER_TOKEN_BEDROCK", "AWS_REGION", "AWS_DEFAULT_REGION"})
"""A key for models of Bedrock alone, and where they are; the worker's own credentials are others."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


def may_be_handed_on(name: str) -> bool:
    """Whether a project may pass the worker's variable of this name to its agent."""
    return name in _HANDED_ON_ALL_THE_SAME or not name.startswith(NEVER_HANDED_ON)


class AgentKind(enum.StrEnum):
    """The agents that ship."""

    COMMAND = "command"
    """Any command line: the instruction on its standard input and in a file."""
    PATCH = "patch"
    """Built in: a unified diff in the mail or attached, and `replace "A" with "B" in PATH`."""
    CLAUDE = "claude"
    """Claude Code, headless."""
    AIDER = "aider"
    """aider, one message a run."""
    CODEX = "codex"
    """Codex, one turn a run."""


class Allowed(enum.StrEnum):
    """What an agent may do besides reading and editing files."""

    TESTS = "tests"
    """Run the project's tests."""
    BUILD = "build"
    """Install its packages and build it."""
    WEB = "web"
    """Read pages and search the web."""
    COMMANDS = "commands"
    """Run any program."""


class TokenPrices(BaseModel):
    """What a model's tokens cost, in US dollars for a million, for agents that report tokens and no money."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    cached_input: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Input that the service had in its cache; by default as much as other input."""


class AgentSettings(BaseModel):
    """A project's agent; written as a table in the configuration and handed to the worker as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: AgentKind = AgentKind.PATCH
    argv: tuple[str, ...] = ()
    """The command line; for `claude`, `aider` and `codex` the program's name or path, and options that come first."""
    env: tuple[str, ...] = ()
    """Names of the worker's variables that the agent gets besides the harmless ones: its API key, for one."""
    model: str | None = None
    instructions: str = ""
    """The project's own rules for the agent, told with every request (`claude`, `codex`)."""
    permission_mode: str = "acceptEdits"
    """`claude`: what it may do without asking; nobody is there to be asked."""
    allow: tuple[Allowed, ...] | None = None
    """`claude`: what it may do besides editing. None: everything within walls, which are the permission then, and else nothing more."""
    max_turns: int | None = Field(default=None, ge=1)
    token_prices: TokenPrices | None = None
    """`codex`: without them it reports no cost; what the worker counts for the model is then all that is known."""

    @field_validator("env")
    @classmethod
    def _only_names_that_may_be_handed_on(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _NAME.match(name):
                raise ValueError(f"{name!r} is not the name of a variable (write the name alone, not its value)")
            if not may_be_handed_on(name):
                raise ValueError(f"{name} is never handed to an agent")
        return names

    @field_validator("model", "permission_mode")
    @classmethod
    def _no_option_in_disguise(cls, value: str | None) -> str | None:
        if value is not None and (value.startswith("-") or not value.strip()):
            raise ValueError(f"{value!r} cannot be used")
        return value

    @model_validator(mode="after")
    def _a_command_needs_a_command_line(self) -> Self:
        if self.kind is AgentKind.COMMAND and not (self.argv and self.argv[0]):
            raise ValueError("the agent `command` needs `argv`, the command line to run")
        if self.kind is AgentKind.PATCH and self.argv:
            raise ValueError("the agent `patch` is built in and takes no `argv`")
        if self.token_prices is not None and self.kind is not AgentKind.CODEX:
            raise ValueError(f"`token_prices` is for the agent `codex`; `{self.kind}` reports its cost itself")
        return self
