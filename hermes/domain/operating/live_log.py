"""Where the segments of a running command's output lie: what workers write and readers look for."""

from __future__ import annotations

from typing import Final

#: A segment is written at most this often.
LIVE_SECONDS: Final = 2.0
#: How a line begins that tells a step or the progress, and is no output.
STEP: Final = "»"


def segment_key(session_id: str, command_id: str, attempt: int, number: int) -> str:
    """The S3 key of one segment, from 0 on."""
    return f"logs/{session_id}/{command_id}-{attempt}.live/{number:06d}"
