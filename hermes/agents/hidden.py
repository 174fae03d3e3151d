"""Files at the top of a worktree that would steer an agent's program: out of its sight while it runs, and back afterwards.

For a program that obeys them and has no option that says not to. They are moved as the agent's own user (`user.act`), so that nothing
planted there leads the worker anywhere. What a killed worker left hidden is put back before anything of the worktree is committed.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Sequence
from pathlib import Path

from hermes.process import acts

FOLDER = "hidden"
"""In the session's folder for what comes with a mail; what was there before a hiding has been put back."""


def hide(tree: str, inbox: str, patterns: Sequence[str]) -> None:
    """Take what has one of these names out of the worktree. Raises OSError: the agent must not begin then."""
    acts.folder(inbox, [FOLDER])
    for name in os.listdir(tree):
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            os.rename(Path(tree, name), Path(inbox, FOLDER, name))


def show(tree: str, inbox: str, made: Sequence[str]) -> None:
    """Put all of it back, and remove what the program made for itself (`made`); what else has such a name now stays. Raises OSError."""
    if not acts.has_folder(inbox, [FOLDER]) or not acts.has_folder(tree, []):
        return
    for name in os.listdir(tree):
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in made):
            acts.remove(tree, name)
    for name in os.listdir(Path(inbox, FOLDER)):
        if not os.path.lexists(Path(tree, name)):
            os.rename(Path(inbox, FOLDER, name), Path(tree, name))
    acts.remove(inbox, FOLDER)
