"""Homes: an agent's is made new for each command and a build's for each build, so that nothing planted in one steers what runs next.

Of an agent's old home only the transcript of the conversation that goes on is taken over. These functions run as the session's user.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from hermes.process import acts

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
_PROJECTS = (".claude", "projects")
#: The conversation, and what it had cost (`claude_costs`).
_ENDINGS = (".jsonl", ".cost.json")


def renew(home: str, conversation: str | None = None) -> None:
    """An empty home, but for this conversation of the one before. Raises OSError."""
    parent, name = os.path.split(home)
    old = f"{name}.old"
    above, below = os.path.split(parent)
    if not os.path.isdir(parent) or os.path.islink(
        parent
    ):  # a user of its own has its folders from the launcher, and sees no more
        acts.folder(above, [below])
    acts.remove(parent, old)
    with contextlib.suppress(FileNotFoundError):
        acts.move(parent, name, old)
    acts.folder(home, ["tmp"])
    if conversation is not None and _ID.match(conversation):
        _take_over(Path(parent, old), Path(home), conversation)
    acts.remove(parent, old)


def _take_over(old: Path, home: Path, conversation: str) -> None:
    for folder in acts.holding(str(old), list(_PROJECTS), f"{conversation}.jsonl")[:1]:
        acts.folder(str(home), [*_PROJECTS, folder])
        for ending in _ENDINGS:
            below = (*_PROJECTS, folder, f"{conversation}{ending}")
            with contextlib.suppress(FileNotFoundError):
                os.rename(old.joinpath(*below), home.joinpath(*below))
