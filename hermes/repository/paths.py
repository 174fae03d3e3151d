"""Where the files of a session are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from hermes import ids

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The paths of one session."""

    tree: Path
    home: Path
    """The agent's worktree."""
    build_home: Path
    site_home: Path
    """Where pages are looked at."""
    inbox: Path
    logs: Path
    runtime: Path

    @property
    def built(self) -> Path:
        """There while the worktree holds what a build made, and no work that is not committed."""
        return self.runtime / "built"

    @classmethod
    def of(cls, root: Path, session_id: str) -> Paths:
        """Under the worker's folder."""
        name = session_id if _PLAIN_NAME.match(session_id) else ids.digest("session", session_id)
        own = root / "sessions" / name
        return cls(
            tree=own / "tree",
            home=own / "home" / "agent",
            build_home=own / "home" / "build",
            site_home=own / "home" / "site",
            inbox=own / "in",
            logs=own / "logs",
            runtime=root / "runtime" / "sessions" / name,
        )
