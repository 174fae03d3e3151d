"""A scripted agent for `command`: does what its instruction names."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import misbehave  # type: ignore[import-not-found]

word = sys.stdin.readline().strip()
assert Path(os.environ["HERMES_INSTRUCTION_FILE"]).read_text().strip() == word
os.write(3, json.dumps({"progress": "Looking around", "percent": 10, "cost_usd": 0.25}).encode() + b"\nnoise\n")
if word == "asks":
    os.write(3, b'{"question": "Which page?"}\n')
else:
    misbehave.run(word)
os.write(3, b'{"summary": "All done."}\n')
