"""Where agents keep their conversations: one file each, under the agent's home, found by the agent's id of the conversation.

The home is the agent's, so no link in it is followed. The functions run as the session's user.
"""

from __future__ import annotations

import fnmatch
import re

from hermes.process import acts

ID = re.compile(r"[A-Za-z0-9_-]{1,100}\Z")
"""The ids of conversations that Hermes goes on with: harmless as a part of a file's name and of a command line."""
COST_ENDING = ".cost.json"
"""Replaces the file's ending: beside the conversation, what it had cost at its last end."""

_ENDING = ".jsonl"
#: Claude Code: a folder for each working directory. Codex: a folder for each day, and the moment before the id.
_PLACES = (
    (".claude", "projects", "*", f"{{id}}{_ENDING}"),
    (".codex", "sessions", "*", "*", "*", f"rollout-*-{{id}}{_ENDING}"),
)
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,255}\Z")


def find(home: str, conversation: str) -> str | None:
    """The path of the conversation's file below the home, its parts joined by slashes; None if there is none."""
    if not ID.match(conversation):
        return None
    for place in _PLACES:
        pattern = [part.replace("{id}", conversation) for part in place]
        found = acts.matching(home, pattern)
        if found:
            return "/".join(found[0])
    return None


def is_one(path: str, conversation: str) -> bool:
    """Whether this path below a home is one where an agent keeps this conversation."""
    parts = path.split("/")
    return any(
        len(parts) == len(place) and all(map(_fits, parts, (part.replace("{id}", conversation) for part in place)))
        for place in _PLACES
    )


def cost_of(path: str) -> str:
    """The path of the file beside a conversation that keeps its cost."""
    return path.removesuffix(_ENDING) + COST_ENDING


def split(path: str) -> list[str]:
    """The parts of a path that `find` returned."""
    return path.split("/")


def _fits(part: str, pattern: str) -> bool:
    return bool(_PLAIN.match(part) and part.strip(".") and fnmatch.fnmatchcase(part, pattern))
