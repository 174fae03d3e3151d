"""Named points between receiving something and being done with it: each is a place where a process may die.

At every step after which a record, a queue or a mail server knows more than before, the code says where it is: `reach("finish.written")`.
In service nobody listens. An attack hands in a callable that ends the process there, and another process must go on from what stands.
The names are `noun.step`; the noun is what is on its way, not the module.
"""

from __future__ import annotations

from collections.abc import Callable

CrashPoint = Callable[[str], None]
"""Told the name of the point that was reached; returns at once, or never."""


def no_crash(_: str) -> None:
    """Nobody listens."""
