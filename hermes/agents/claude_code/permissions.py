"""What Claude Code may do without asking: the project's words for it, and the tools of the program that they stand for."""

from __future__ import annotations

from collections.abc import Mapping

from hermes.agents.port import AgentTask
from hermes.config.agent_settings import AgentSettings, Allowed

_TESTS = (
    "npm test", "npm run test", "yarn test", "pnpm test", "npx vitest run", "npx jest", "pytest", "python -m pytest", "python3 -m pytest",
    "make test", "cargo test", "go test", "mvn test", "./gradlew test", "bundle exec rspec", "composer test",
)  # fmt: skip
_BUILD = (
    "npm ci", "npm install", "npm run build", "yarn install", "yarn build", "pnpm install", "pnpm build", "pip install", "make",
    "cargo build",
    "go build", "mvn package", "./gradlew build", "bundle install", "composer install", "hugo",
)  # fmt: skip
TOOLS: Mapping[Allowed, tuple[str, ...]] = {
    Allowed.TESTS: tuple(f"Bash({line}:*)" for line in _TESTS),
    Allowed.BUILD: tuple(f"Bash({line}:*)" for line in _BUILD),
    Allowed.WEB: ("WebFetch", "WebSearch"),
    Allowed.COMMANDS: ("Bash",),
}
"""In the program's own form of rules."""


def option(task: AgentTask, settings: AgentSettings) -> tuple[str, ...]:
    """The option for the command line; none where nothing more is allowed. Within walls everything is, by default."""
    allowed = settings.allow
    if allowed is None:
        allowed = tuple(Allowed) if task.walls is not None else ()
    tools = [tool for one in allowed for tool in TOOLS[one]]
    return (f"--allowedTools={','.join(tools)}",) if tools else ()
