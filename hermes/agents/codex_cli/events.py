"""Parses the events of `codex exec --json` tolerantly. No I/O."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import Any

#: Shells that Codex wraps a command in, so that people read the command itself.
_SHELL_OPTIONS = frozenset({"-lc", "-c"})


@dataclass(frozen=True, slots=True)
class ThreadStarted:
    """The conversation has started, or goes on, under this id."""

    thread_id: str


@dataclass(frozen=True, slots=True)
class CodexDoes:
    """The current activity, in a few words."""

    words: str


@dataclass(frozen=True, slots=True)
class CodexSaid:
    """Words of the agent for the person; the last ones are its summary."""

    text: str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of the whole conversation up to the end of this turn."""

    fresh_input: int
    cached_input: int
    output: int


@dataclass(frozen=True, slots=True)
class ServiceComplained:
    """The service refused or did not answer; Codex tries again by itself."""

    message: str


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn ended with an error."""

    message: str


CodexEvent = ThreadStarted | CodexDoes | CodexSaid | TokenUsage | ServiceComplained | TurnFailed


def read(line: bytes, *, worktree: str) -> list[CodexEvent]:
    """The events of one line; none for unknown ones."""
    try:
        found = json.loads(line)
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    match found.get("type"):
        case "thread.started" if isinstance(found.get("thread_id"), str):
            return [ThreadStarted(found["thread_id"])]
        case "item.started" | "item.completed" as kind if isinstance(found.get("item"), dict):
            return _item(found["item"], begun=kind == "item.started", worktree=worktree)
        case "turn.completed" if isinstance(found.get("usage"), dict):
            return [_usage(found["usage"])]
        case "turn.failed":
            return [TurnFailed(_message(found.get("error")))]
        case "error":
            return [ServiceComplained(_message(found))]
        case _:
            return []


def _item(item: dict[str, Any], *, begun: bool, worktree: str) -> list[CodexEvent]:
    match item.get("type"):
        case "agent_message" if not begun and isinstance(item.get("text"), str) and item["text"].strip():
            first = item["text"].strip().splitlines()[0]
            return [CodexSaid(item["text"]), CodexDoes(first)]
        case "command_execution" if begun:
            return [CodexDoes(f"Running {_command(str(item.get('command') or ''))}".strip())]
        case "file_change" if begun:
            changes = item.get("changes")
            paths = [
                str(change.get("path") or "").removeprefix(f"{worktree}/")
                for change in (changes if isinstance(changes, list) else [])
                if isinstance(change, dict)
            ]
            return [CodexDoes(f"Editing {', '.join(paths)}".strip())]
        case "web_search" if not begun:
            return [CodexDoes(f"Searching the web for {item.get('query') or ''}".strip())]
        case "mcp_tool_call" if begun:
            return [CodexDoes(f"Using {item.get('tool') or 'a tool'}")]
    return []


def _command(command: str) -> str:
    """The command that a shell was started for."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    inner = words[2] if len(words) == 3 and words[1] in _SHELL_OPTIONS else command
    return inner.split("\n", 1)[0]


def _usage(usage: dict[str, Any]) -> TokenUsage:
    def tokens(name: str) -> int:
        value = usage.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0

    cached = min(tokens("cached_input_tokens"), tokens("input_tokens"))
    return TokenUsage(tokens("input_tokens") - cached, cached, tokens("output_tokens"))


def _message(found: object) -> str:
    """The words of an error, which may be the service's own document."""
    text = str(found.get("message") or "") if isinstance(found, dict) else ""
    try:
        inner = json.loads(text)
    except ValueError:
        return text
    error = inner.get("error") if isinstance(inner, dict) else None
    return str(error.get("message") or text) if isinstance(error, dict) else text
