"""The refresh tokens that providers gave in place of the configured ones: a row in the queues table for each consent, sealed.

A provider may end the one before with each new one, or after some months: what was given last has to outlive a restart, and serves
every gateway. Whoever reads the row without the configured token reads noise.
"""

from __future__ import annotations

import hashlib
from typing import Final

import nacl.encoding
import nacl.exceptions
import nacl.secret
from pydantic import BaseModel, ConfigDict

from hermes import ids
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames

#: A token that nobody used for so long is dead at every provider.
LIFE_SECONDS: Final = 400 * 86400
_TEXT: Final = nacl.encoding.URLSafeBase64Encoder


class RefreshTokenRecord(BaseModel):
    """One consent; `container_key` is its key, which no container has."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    v: int = 1
    container_key: str
    sealed: str
    """The newest token, which only the configured one opens."""
    expires_at: int


class RefreshTokenRecords:
    """Reads and writes the rows."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("queues")

    async def newest(self, configured: str) -> str | None:
        """What was given last on the strength of the configured token; None if nothing was. Raises `errors.Transient`."""
        item = await self._tables.get(self._table, _key(configured))
        if not item:
            return None
        try:
            return (
                _box(configured)
                .decrypt(items.from_item(RefreshTokenRecord, item).sealed.encode(), encoder=_TEXT)
                .decode()
            )
        except (nacl.exceptions.CryptoError, ValueError):
            return None

    async def keep(self, configured: str, given: str, *, now: float) -> None:
        """Write what the provider gave; `now` in epoch seconds. Raises `errors.Transient`."""
        sealed = _box(configured).encrypt(given.encode(), encoder=_TEXT).decode()
        row = RefreshTokenRecord(**_key(configured), sealed=sealed, expires_at=int(now + LIFE_SECONDS))
        await self._tables.put(tables.Put(table=self._table, item=items.to_item(row)))


def _box(configured: str) -> nacl.secret.SecretBox:
    return nacl.secret.SecretBox(
        hashlib.blake2b(configured.encode(), digest_size=32, person=b"hermes-refresh").digest()
    )


def _key(configured: str) -> dict[str, str]:
    return {"container_key": f"gateway#oauth#{ids.digest('refresh token', configured)}"}
