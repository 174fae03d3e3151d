"""How often Hermes may log in to a server that does not let it in. Pure.

Providers lock accounts that log in too often, and count refused logins as attacks. The count is kept in a record, so that a process that is
started again and again does not begin anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pydantic import BaseModel, ConfigDict

#: Logins without a result in an hour; 30 is where some providers begin to refuse.
LOGINS_MOST: Final = 24
HOUR_SECONDS: Final = 3600.0


class LoginRecord(BaseModel):
    """The logins of one account at one server; `container_key` is its key, which no container has."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    container_key: str
    fruitless: tuple[float, ...] = ()
    """Those of the last hour that did not open a connection, of all gateways and restarts, epoch seconds."""
    version: str = ""
    """Changes with each write."""
    expires_at: int | None = None


def rests_until(fruitless: Sequence[float], now: float) -> float | None:
    """When a login may be sent again after so many without a result, also in processes before this one; None: now. Epoch seconds."""
    young = [at for at in fruitless if now - HOUR_SECONDS < at <= now]
    return young[-LOGINS_MOST] + HOUR_SECONDS if len(young) >= LOGINS_MOST else None


def counted(fruitless: Sequence[float], now: float) -> tuple[float, ...]:
    """The logins of the last hour, and one that is sent now."""
    return (*(at for at in fruitless if at > now - HOUR_SECONDS), now)[-4 * LOGINS_MOST :]
