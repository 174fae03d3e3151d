"""Files that agents and tools leave in a project for themselves. No new ones are committed; tracked ones stay as they are.

The lines are git's own ignore patterns, lowest in its order: a project's `.gitignore` may take one in again with `!`.
"""

from __future__ import annotations

import re

#: Worktrees, caches, histories and sign-ins; not what a project may share with its people (`.claude/commands`, `.aider.conf.yml`).
_BY_AGENT = {
    "claude": (".claude/worktrees/", ".claude/settings.local.json", ".claude/todos/", ".claude/shell-snapshots/",
               ".claude/statsig/", ".claude/projects/", ".claude/.credentials.json", ".claude/scheduled_tasks.lock"),
    "aider": (".aider.chat.history.md", ".aider.input.history", ".aider.llm.history", ".aider.tags.cache.v*/",
              ".aider.ident.cache.v*/"),
    "codex": (".codex/sessions/", ".codex/log/", ".codex/history.jsonl", ".codex/auth.json", ".codex/tmp/"),
    "gemini": (".gemini/tmp/", ".gemini/history/", ".gemini/oauth_creds.json", ".gemini/google_accounts.json",
               ".gemini/installation_id"),
    "qwen": (".qwen/tmp/", ".qwen/history/", ".qwen/oauth_creds.json", ".qwen/installation_id"),
    "opencode": (".opencode/node_modules/", ".opencode/cache/", ".opencode/log/", ".opencode/storage/"),
    # What package managers and interpreters put there again by themselves, where the project's `.gitignore` forgot it.
    "tools": ("node_modules/", ".venv/", "__pycache__/", ".pytest_cache/", ".mypy_cache/", ".ruff_cache/", ".DS_Store"),
}  # fmt: skip
_PATTERNS = tuple(pattern for patterns in _BY_AGENT.values() for pattern in patterns)

IGNORED = "".join(f"**/{pattern}\n" for pattern in _PATTERNS).encode()
"""The content of an ignore file."""

_MATCH = re.compile(
    "|".join(
        "(?:.*/)?"
        + re.escape(pattern.rstrip("/")).replace(r"\*", "[^/]*")
        + ("(?:/.*)?" if pattern.endswith("/") else "")
        for pattern in _PATTERNS
    ),
    re.DOTALL,
)


def is_one(path: str) -> bool:
    """Is this path one of them? For commits that an agent made itself, which no ignore file was asked about."""
    return _MATCH.fullmatch(path) is not None
