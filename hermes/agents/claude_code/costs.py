"""Computes the cost of a Claude Code run from the running total of its conversation.

`total_cost_usd` counts from the beginning of the process; since 2.1.277 a process that resumes a conversation begins with the total
that the conversation had at its last end. `totals` keeps that total, to compute the difference. No I/O.
"""

from __future__ import annotations

import re

from hermes.agents.totals import Total

_RESTORES = (2, 1, 277)
_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})")


def spent(now: Total | None, before: Total | None) -> float | None:
    """The cost of one run; `before` is what the conversation that it resumed had cost, None for a new one."""
    if now is None:
        return None
    if before is None or not _carried(now) or now.total_usd < before.total_usd:  # less than before: it began at zero
        return now.total_usd
    return round(now.total_usd - before.total_usd, 6)


def budget(allowed_usd: float, before: Total | None) -> float:
    """The budget option of the program, which counts earlier costs too."""
    return round(allowed_usd + before.total_usd, 6) if before is not None and _carried(before) else allowed_usd


def _carried(total: Total) -> bool:
    """Whether a run of this version starts from this total."""
    found = _VERSION.match(total.version)
    return found is not None and tuple(int(part) for part in found.groups()) >= _RESTORES
