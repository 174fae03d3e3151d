"""The files in a repository, a home or git that could steer an agent's program, and the protection against each.

Steering is more than reading: a setting there runs a program, names another address for the model, or loads code, and all of it would have
the agent's key. Text that the agent reads (the project's rules, any file) is not in the list: it can mislead an agent, not take its key.
`docs/agents.md` shows the list to people, and `tests/attack/steal/test_take_the_model_key.py` tries each entry with the real program.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from hermes.config.agent_settings import AgentKind


class Where(enum.StrEnum):
    """The place of the file, and so who can write it."""

    REPOSITORY = "repository"
    """Anybody who can push, and the agent itself."""
    HOME = "home"
    """Whatever ran in the session before."""


class Cure(enum.StrEnum):
    """The protection against the file."""

    OPTION = "option"
    """The program is told not to read it."""
    HIDDEN = "hidden"
    """It is taken out of the worktree while the program runs."""
    NEW_HOME = "new home"
    """The home is made new for each command."""
    VARIABLE = "variable"
    """An environment variable turns it off."""


@dataclass(frozen=True, slots=True)
class Steers:
    """One file or folder; `does` describes its effect."""

    where: Where
    name: str
    does: str
    cure: Cure


_CLAUDE = (
    Steers(Where.REPOSITORY, ".claude/settings.json", "hooks, another address of the model, a key helper", Cure.OPTION),
    Steers(Where.REPOSITORY, ".claude/settings.local.json", "the same", Cure.OPTION),
    Steers(Where.REPOSITORY, ".mcp.json", "starts programs", Cure.OPTION),
    Steers(Where.REPOSITORY, ".claude/agents", "helpers with their own prompts and hooks", Cure.OPTION),
    Steers(Where.REPOSITORY, ".claude/skills", "skills with their own hooks and commands", Cure.OPTION),
    Steers(Where.REPOSITORY, ".claude/commands", "commands that run a shell", Cure.OPTION),
    Steers(Where.HOME, ".claude/settings.json", "as in the repository", Cure.NEW_HOME),
    Steers(Where.HOME, ".claude.json", "starts programs (MCP), remembers what is trusted", Cure.NEW_HOME),
)
_AIDER = (
    Steers(Where.REPOSITORY, ".aider.conf.yml", "every option: addresses, test and lint commands, files", Cure.HIDDEN),
    Steers(Where.REPOSITORY, ".env", "every variable, before what the worker set", Cure.HIDDEN),
    Steers(Where.REPOSITORY, ".aider.model.settings.yml", "another address of the model", Cure.HIDDEN),
    Steers(Where.REPOSITORY, ".aider.model.metadata.json", "prices and limits of the model", Cure.HIDDEN),
    Steers(Where.REPOSITORY, ".aider.tags.cache.v4", "a database of pickles, which run code when read", Cure.HIDDEN),
    Steers(Where.REPOSITORY, "flake8.py", "a module in place of the linter's, run after each edit", Cure.OPTION),
    Steers(Where.HOME, ".aider.conf.yml", "as in the repository", Cure.NEW_HOME),
    Steers(Where.HOME, ".env", "as in the repository", Cure.NEW_HOME),
    Steers(Where.HOME, ".aider/oauth-keys.env", "every variable", Cure.NEW_HOME),
)
_CODEX = (
    Steers(Where.REPOSITORY, ".codex/config.toml", "starts programs (MCP), hooks", Cure.NEW_HOME),
    Steers(Where.REPOSITORY, ".codex/hooks.json", "runs programs at each step", Cure.NEW_HOME),
    Steers(Where.REPOSITORY, ".codex/rules", "which commands need no consent", Cure.OPTION),
    Steers(Where.HOME, ".codex/config.toml", "another address of the model, programs, trust in projects", Cure.OPTION),
    Steers(Where.HOME, ".codex/hooks.json", "runs programs at each step", Cure.NEW_HOME),
)

STEERS: Mapping[AgentKind, tuple[Steers, ...]] = {
    AgentKind.CLAUDE: _CLAUDE,
    AgentKind.AIDER: _AIDER,
    AgentKind.CODEX: _CODEX,
    # It reads what its own program reads: the operator's choice of a command line is a choice of that, too.
    AgentKind.COMMAND: (Steers(Where.HOME, ".gitconfig", "what git runs for the command", Cure.NEW_HOME),),
    # Runs no program but `git apply`, with its own home and repository.
    AgentKind.PATCH: (),
}
"""By agent. What git itself would obey (`.git/config`, hooks) is made new by the worker before each command."""

CLAUDE_OPTIONS = ("--setting-sources=", "--strict-mcp-config")
"""No settings but those of the command line, and no servers but those either."""
CLAUDE_VARIABLES: Mapping[str, str] = {
    # No update of itself while it works, and no words to anybody but the model.
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
}
CODEX_OPTIONS = (
    "--ignore-user-config",
    "--ignore-rules",
    "--dangerously-bypass-approvals-and-sandbox",
    "-ccheck_for_update_on_startup=false",
    "-canalytics.enabled=false",
    "-chistory.persistence=none",
    '-cshell_environment_policy.exclude=["OPENAI_API_KEY"]',
)
"""No configuration but that of the command line. Nobody is there to consent, and the walls around the agent are Hermes' own. `--trust`,
without which it obeys no `.codex` of a repository, is never given."""
AIDER_OPTIONS = ("--no-auto-lint", "--no-auto-test")
"""Its linter runs `python -m flake8` in the worktree, which imports a module of that name from there."""
AIDER_HIDDEN = (".env", ".aider.*")
"""Names at the top of the worktree; `.aiderignore` stays, which only hides files from aider."""
AIDER_MADE = (".aider.tags.cache.v*", ".aider.chat.history.md", ".aider.input.history", ".aider.llm.history")
"""What aider leaves in a worktree for itself."""
AIDER_VARIABLES: Mapping[str, str] = {
    # No `.env` of anywhere, no module of the worktree for `python -m`, no list of prices from the network at each start.
    "PYTHON_DOTENV_DISABLED": "1",
    "PYTHONSAFEPATH": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}
