"""Parses Claude Code's stream-json tolerantly into events. No I/O."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_TOOLS = {
    "Edit": ("Editing", "file_path"),
    "MultiEdit": ("Editing", "file_path"),
    "Write": ("Writing", "file_path"),
    "NotebookEdit": ("Editing", "notebook_path"),
    "Read": ("Reading", "file_path"),
    "Bash": ("Running", "command"),
    "Grep": ("Searching for", "pattern"),
    "Glob": ("Looking for", "pattern"),
    "WebFetch": ("Reading", "url"),
    "WebSearch": ("Searching the web for", "query"),
    "Task": ("Delegating:", "description"),
    "Agent": ("Delegating:", "description"),
}
_ASK = "AskUserQuestion"
#: Background work whose end begins another turn. A shell's (`local_bash`) may be a server, which never ends.
_HELPERS = frozenset({"local_agent", "local_workflow", "in_process_teammate"})
_AT_WORK = frozenset({"pending", "running"})


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The session has started (or resumed) under this id."""

    session_id: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class Doing:
    """The current activity, in a few words."""

    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """It asks the person a question."""

    question: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Our control request was accepted."""

    request_id: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A turn's end."""

    text: str
    failed: bool
    subtype: str
    cost_usd: float | None
    session_id: str | None
    details: str = ""
    denied: tuple[str, ...] = ()
    """What it wanted to do and may not."""


@dataclass(frozen=True, slots=True)
class HelperBegan:
    """A helper started in the background; the turn may end before it does, and another turn uses its result."""

    task_id: str


@dataclass(frozen=True, slots=True)
class HelperEnded:
    """The helper has ended, successfully or not."""

    task_id: str


@dataclass(frozen=True, slots=True)
class ServiceRefused:
    """The service refused a request, which the program repeats by itself."""

    status: int
    words: str
    times: int
    """How often in a row."""


Event = SessionStarted | Doing | Asked | Acknowledged | Ended | HelperBegan | HelperEnded | ServiceRefused


def read(line: bytes, *, worktree: str) -> list[Event]:
    """The events of one line; none for unknown ones."""
    try:
        found = json.loads(line)
    except ValueError:
        return []
    if not isinstance(found, dict):
        return []
    kind = found.get("type")
    if kind == "system" and found.get("subtype") == "init" and isinstance(found.get("session_id"), str):
        return [SessionStarted(found["session_id"], str(found.get("claude_code_version") or ""))]
    if kind == "system" and found.get("subtype") == "api_retry":
        return _refused(found)
    if kind == "system":
        return _helper(found)
    if kind == "assistant":
        return _assistant(found, worktree)
    if kind == "control_response":
        response = found.get("response")
        if isinstance(response, dict) and isinstance(response.get("request_id"), str):
            return [Acknowledged(response["request_id"])]
    if kind == "result":
        return [_ended(found)]
    return []


def _assistant(found: dict[str, Any], worktree: str) -> list[Event]:
    message = found.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    events: list[Event] = []
    for block in content if isinstance(content, list) else []:
        if not isinstance(block, dict):
            continue
        if block.get("type") == "text" and isinstance(block.get("text"), str) and block["text"].strip():
            events.append(Doing(block["text"].strip().splitlines()[0]))
        elif block.get("type") == "tool_use":
            events.append(_tool(block, worktree))
    return events


def _helper(found: dict[str, Any]) -> list[Event]:
    task_id, subtype = found.get("task_id"), found.get("subtype")
    if not isinstance(task_id, str):
        return []
    if subtype == "task_started" and found.get("task_type") in _HELPERS:
        return [HelperBegan(task_id)]
    patch = found.get("patch")
    status = patch.get("status") if subtype == "task_updated" and isinstance(patch, dict) else None
    if subtype == "task_notification" or (isinstance(status, str) and status not in _AT_WORK):
        return [HelperEnded(task_id)]
    return []


def _refused(found: dict[str, Any]) -> list[Event]:
    status, times = found.get("error_status"), found.get("attempt")
    if not isinstance(status, int) or not isinstance(times, int):
        return []  # no answer at all: the network
    return [ServiceRefused(status, str(found.get("error") or "").replace("_", " "), times)]


def _tool(block: dict[str, Any], worktree: str) -> Event:
    name = str(block.get("name"))
    given = block.get("input") if isinstance(block.get("input"), dict) else {}
    assert isinstance(given, dict)
    if name == _ASK:
        asked = [_asked(q) for q in given.get("questions") or [] if isinstance(q, dict) and q.get("question")]
        return Asked("\n".join(asked) or str(given.get("question") or "It has a question."))
    verb, field = _TOOLS.get(name, (f"Using {name}", ""))
    what = str(given.get(field) or "").removeprefix(f"{worktree}/").split("\n", 1)[0]
    return Doing(f"{verb} {what}".strip())


def _asked(question: dict[str, Any]) -> str:
    options = question.get("options")
    labels = (
        [str(option.get("label")) for option in options if isinstance(option, dict)]
        if isinstance(options, list)
        else []
    )
    chosen = f" ({', '.join(labels)})" if labels else ""
    return f"{question['question']}{chosen}"


def _ended(found: dict[str, Any]) -> Ended:
    cost = found.get("total_cost_usd")
    listed = found.get("errors")
    details = "; ".join(str(entry) for entry in listed) if isinstance(listed, list) else ""
    text, session = found.get("result"), found.get("session_id")
    subtype = str(found.get("subtype") or "")
    return Ended(
        text=text if isinstance(text, str) else "",
        # An API call that failed can come as subtype `success`, with `is_error` set: the flag is what counts.
        failed=bool(found.get("is_error")) or subtype != "success",
        subtype=subtype,
        cost_usd=float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
        session_id=session if isinstance(session, str) else None,
        details=details,
        denied=_denied(found.get("permission_denials")),
    )


def _denied(listed: object) -> tuple[str, ...]:
    found = []
    for one in listed if isinstance(listed, list) else []:
        name = str(one.get("tool_name")) if isinstance(one, dict) else ""
        given = one.get("tool_input") if name else None
        if name == _ASK or not isinstance(given, dict):
            continue
        field = _TOOLS.get(name, ("", ""))[1]
        what = str(given.get(field) or name).strip().split("\n", 1)[0]
        found.append(what)
    return tuple(dict.fromkeys(found))
