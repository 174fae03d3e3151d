"""Reads the refs of the repository in an agent's worktree, without git and without following a link.

It runs as the session's user, in a process that has no more than `acts` loaded.
"""

from __future__ import annotations

from typing import Final

from hermes.process import acts

#: Refs that are looked through, and folders in their names: an agent may make any number.
_REFS: Final = 1000
_DEPTH: Final = 4


def refs(root: str) -> dict[str, str]:
    """Name → commit of the repository in a worktree, and `worktrees/NAME` → commit of one of its worktrees. Runs as the session's user."""
    found: dict[str, str] = {}
    for line in acts.small(root, (".git", "packed-refs")).splitlines():
        sha, _, name = line.partition(" ")
        if name.startswith("refs/"):
            found[name] = sha
    loose = [[".git", "refs", top, *["*"] * depth] for top in ("heads", "tags") for depth in range(1, _DEPTH + 1)]
    for pattern in (*loose, [".git", "refs", "stash"]):
        for parts in acts.matching(root, pattern)[:_REFS]:
            found["/".join(parts[1:])] = acts.small(root, parts).strip()
    for parts in acts.matching(root, [".git", "worktrees", "*", "HEAD"])[:_REFS]:
        found[f"worktrees/{parts[2]}"] = acts.small(root, parts).strip()
    return found
