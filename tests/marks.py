"""The mark of what a test starts: Hermes ends all that carry the mark of its command, and tests run beside each other."""

from __future__ import annotations

import os
from pathlib import Path


def mark(folder: Path) -> str:
    """Of this process alone: pytest cuts a folder's name, so two parameters of one test have the same in two processes."""
    return f"test-{os.getpid()}-{folder.name}"
