"""Behaves like aider as far as Hermes looks: options, analytics log, exit status."""

from __future__ import annotations

import json
import sys
from pathlib import Path

# Started so that it finds no module beside itself: that place might be the worktree.
sys.path.insert(0, str(Path(__file__).parent))
import misbehave  # type: ignore[import-not-found]

arguments = dict(zip(sys.argv[1:], sys.argv[2:], strict=False))
word = Path(arguments["--message-file"]).read_text().strip().splitlines()[-1]
assert "--no-auto-commits" in sys.argv
print("Aider v0.99\nModel: fake\n")
with open(arguments["--analytics-log"], "a") as log:
    for total in (0.1, 0.25):
        log.write(json.dumps({"event": "message_send", "properties": {"cost": 0.1, "total_cost": total}}) + "\n")
    log.write("torn {\n")
print("Tokens: 1k sent. Cost: $0.25 message, $0.25 session.", flush=True)
if word == "api_failure":
    print("litellm.AuthenticationError: the key is wrong")
    sys.exit(0)
misbehave.run(word)
print("All done.\nApplied edit to index.html")
