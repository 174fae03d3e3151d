"""The events of Codex, as a real one wrote them."""

from __future__ import annotations

import json

import pytest

from hermes.agents.codex_cli import events
from hermes.agents.codex_cli.events import (
    CodexDoes,
    CodexEvent,
    CodexSaid,
    ServiceComplained,
    ThreadStarted,
    TokenUsage,
    TurnFailed,
)

_SERVICE = json.dumps(
    {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit is too low"}}
)


@pytest.mark.parametrize(
    ("event", "read"),
    [
        ({"type": "thread.started", "thread_id": "01a2"}, [ThreadStarted("01a2")]),
        ({"type": "turn.started"}, []),
        (
            {"type": "item.started", "item": {"type": "command_execution", "command": '/bin/bash -lc "npm test"'}},
            [CodexDoes("Running npm test")],
        ),
        ({"type": "item.completed", "item": {"type": "command_execution", "command": "x"}}, []),
        (
            {"type": "item.started", "item": {"type": "file_change", "changes": [{"path": "/tree/a/index.html"}]}},
            [CodexDoes("Editing a/index.html")],
        ),
        (
            {"type": "item.completed", "item": {"type": "agent_message", "text": "Done.\nQUESTION: Which?"}},
            [CodexSaid("Done.\nQUESTION: Which?"), CodexDoes("Done.")],
        ),
        ({"type": "item.completed", "item": {"type": "error", "message": "Model metadata not found."}}, []),
        (
            {
                "type": "turn.completed",
                "usage": {"input_tokens": 30, "cached_input_tokens": 10, "output_tokens": 4, "extra": 1},
            },
            [TokenUsage(20, 10, 4)],
        ),
        ({"type": "turn.failed", "error": {"message": _SERVICE}}, [TurnFailed("Your credit is too low")]),
        ({"type": "error", "message": "Reconnecting... 1/5 (401)"}, [ServiceComplained("Reconnecting... 1/5 (401)")]),
        ({"type": "item.started", "item": "?"}, []),
        ({"type": "turn.completed", "usage": {"input_tokens": True, "output_tokens": -1}}, [TokenUsage(0, 0, 0)]),
        ("text", []),
    ],
)
def test_a_line_is_read(event: object, read: list[CodexEvent]) -> None:
    assert events.read(json.dumps(event).encode(), worktree="/tree") == read


def test_noise_is_no_event() -> None:
    assert events.read(b"WARNING: proceeding", worktree="/tree") == []
