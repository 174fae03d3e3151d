"""Hides files at the top of a worktree that would steer an agent's program, while the program runs.

This is for programs without an option to ignore them. They are moved as the agent's own user (`user.act`), so that
planted links do not mislead the worker. What a killed worker left hidden is put back before anything of the worktree is committed.
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
    """Move files with these names out of the worktree. Raises OSError; the agent must not start then."""
    acts.folder(inbox, [FOLDER])
    for name in os.listdir(tree):
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns):
            os.rename(Path(tree, name), Path(inbox, FOLDER, name))


def show(tree: str, inbox: str, made: Sequence[str]) -> None:
    """Move the files back and remove the program's own files (`made`); other new files of these names stay. Raises OSError."""
    if not acts.has_folder(inbox, [FOLDER]) or not acts.has_folder(tree, []):
        return
    for name in os.listdir(tree):
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in made):
            acts.remove(tree, name)
    for name in os.listdir(Path(inbox, FOLDER)):
        if not os.path.lexists(Path(tree, name)):
            os.rename(Path(inbox, FOLDER, name), Path(tree, name))
    acts.remove(inbox, FOLDER)
