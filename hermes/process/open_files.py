"""How many files and connections this process may have open."""

from __future__ import annotations

import logging
import resource

_log = logging.getLogger(__name__)


def allow(wanted: int) -> int:
    """Raise the limit to `wanted` if it is lower, as far as the system allows; returns what is allowed now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted if soft == resource.RLIM_INFINITY else soft
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        _log.warning(
            "This process may have %d files and connections open, and may need %d: raise its limit (nofile), or set gateway.polls lower.",
            allowed, wanted, extra={"action": "files.few"},
        )  # fmt: skip
    return allowed
