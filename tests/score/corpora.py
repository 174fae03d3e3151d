"""Where the corpora of real mail lie; None where they are absent."""

from __future__ import annotations

import pathlib

_ROOT = pathlib.Path(__file__).resolve().parents[2].parent / "shared" / "corpora"

ABSENT = "the corpora of real mail are not beside the repository"


def folder(name: str) -> pathlib.Path | None:
    """The folder of one corpus."""
    found = _ROOT / name
    return found if found.is_dir() else None
