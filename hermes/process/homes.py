"""Homes: an agent's is made new for each command and a build's for each build, so that nothing planted in one steers what runs next.

Of an agent's old home only the transcript of the conversation that goes on is taken over. These functions run as the session's user.
"""

from __future__ import annotations

import contextlib
import os

from hermes.process import acts, conversations


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
    if conversation is not None:
        _take_over(os.path.join(parent, old), home, conversation)
    acts.remove(parent, old)


def _take_over(old: str, home: str, conversation: str) -> None:
    path = conversations.find(old, conversation)
    if path is None:
        return
    acts.folder(home, conversations.split(path)[:-1])
    for part in (path, conversations.cost_of(path)):
        with contextlib.suppress(FileNotFoundError):
            os.rename(os.path.join(old, part), os.path.join(home, part))
