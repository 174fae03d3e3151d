"""Prints the events of `codex exec --json`, as recorded of the real one, and does what the instruction's last line names."""

from __future__ import annotations

import json
import sys
from pathlib import Path

# Started so that it finds no module beside itself: that place might be the worktree.
sys.path.insert(0, str(Path(__file__).parent))
import misbehave  # type: ignore[import-not-found]

THREAD = "01a21768-a8ff-70b2-8e61-e399a352bc42"


def say(**event: object) -> None:
    print(json.dumps(event), flush=True)


assert sys.argv[1] == "exec"
assert {"--json", "--ignore-user-config", "--ignore-rules"} <= set(sys.argv)
assert sys.argv[-1] == "-"
word = sys.stdin.read().strip().splitlines()[-1]
if sys.argv[2] == "resume" and sys.argv[-2] != THREAD:
    words = f"thread/resume failed: no rollout found for thread id {sys.argv[-2]} (code -32600)"
    sys.exit(f"Error: thread/resume: {words}")
say(type="thread.started", thread_id=THREAD)
say(type="turn.started")
if word == "api_failure":
    refusal = "unexpected status 529 <unknown status code>: overloaded error"
    say(type="error", message=f"Reconnecting... 1/5 ({refusal})")
    say(type="turn.failed", error={"message": refusal})
    sys.exit(1)
change = {"id": "item_1", "type": "file_change", "changes": [{"path": f"{Path.cwd()}/index.html", "kind": "update"}]}
say(type="item.started", item={**change, "status": "in_progress"})
misbehave.run(word)
if word in ("prints_no_line_end", "prints_binary_noise"):
    print()
say(type="item.completed", item={**change, "status": "completed"})
say(type="item.completed", item={"id": "item_2", "type": "agent_message", "text": "All done."})
usage = {"input_tokens": 100_000, "cached_input_tokens": 0, "output_tokens": 5_000, "reasoning_output_tokens": 0}
say(type="turn.completed", usage=usage)
