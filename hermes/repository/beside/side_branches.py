"""The names of branches beside a session's own, and which of them has the session's newest work.

Work goes beside the session's branch where that cannot take it: to `{branch}-2`, `{branch}-3`, … where somebody else changed the same
places or has a branch in the way, and to `hermes/side/{branch}-rejected-…` where a rule of the remote forbids it. The next request
begins there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hermes.repository.store import Store

_SIDE = "hermes/side/"
REJECTED = "rejected"
"""The label of a side branch for what a rule of the remote forbids on the session's own."""


@dataclass(frozen=True, slots=True)
class SideWork:
    """The newest work of a session that is not on its own branch."""

    sha: str
    branch: str
    """Where the next work goes."""


def collides(name: str, taken: Collection[str]) -> bool:
    """Whether git could not have a branch of this name beside those: each is a file, and the parts of its name are folders."""
    return any(other.startswith(f"{name}/") or name.startswith(f"{other}/") for other in taken)


def beside(branch: str, taken: Collection[str]) -> str:
    """The first free `{branch}-{n}`; flat where a folder of its name is in the way."""
    for stem in (branch, branch.replace("/", "-")):
        for number in range(2, len(taken) + 3):
            name = f"{stem}-{number}"
            if name not in taken and not collides(name, taken):
                return name
    raise AssertionError("there are more free names than branches")


def aside(branch: str, label: str, sha: str, taken: Collection[str]) -> str:
    """The name of a side branch for one commit."""
    name = f"{_SIDE}{branch}-{label}-{sha[:8]}"
    return name if not collides(name, taken) else name.replace("/", "-")


async def newest(store: Store, branch: str, branches: Mapping[str, str]) -> SideWork | None:
    """The side branch whose work the session's own lacks; None where the session's branch has all of it."""
    own = branches.get(branch)
    stems = "|".join(re.escape(stem) for stem in dict.fromkeys((branch, branch.replace("/", "-"))))
    numbered = re.compile(rf"(?:{stems})-(\d{{1,9}})\Z")
    found = [(int(match[1]), name) for name in branches if (match := numbered.match(name))]
    for _number, name in sorted(found, reverse=True):
        if own is None or not await store.contains(own, branches[name]):
            return SideWork(branches[name], name)
    rejected = re.compile(
        rf"(?:{re.escape(_SIDE)}|{re.escape(_SIDE.replace('/', '-'))})(?:{stems})-{REJECTED}-[0-9a-f]{{8}}\Z"
    )
    tip: str | None = None
    for name, sha in branches.items():
        if rejected.match(name) and (own is None or await _goes_on(store, own, sha)):
            tip = sha if tip is None or await store.contains(sha, tip) else tip
    return SideWork(tip, branch) if tip is not None else None


async def _goes_on(store: Store, own: str, sha: str) -> bool:
    """Whether the commit builds on the session's branch; where that went on without it, it is of before."""
    return sha != own and await store.contains(sha, own)
