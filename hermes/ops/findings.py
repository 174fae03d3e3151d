"""The result of a check of `hermes check`."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The outcome of one check."""

    name: str
    ok: bool
    text: str
    todo: str = ""
