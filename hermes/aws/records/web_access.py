"""What the gateways' page shares between replicas: the key that signs cookies, one-time links, and the count of wrong passwords.

The rows are in the usage table, beside the other small counters; no share is called like them.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from typing import Final

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames

_KEY: Final = {"usage_id": "web#key"}
_KEY_BYTES: Final = 32
#: In a link: enough that nobody guesses it, and short enough for a line of a terminal.
_LINK_BYTES: Final = 18


class WebAccess:
    """Reads and writes these rows."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("usage")

    async def key(self) -> bytes:
        """The key that signs cookies; the first replica that asks makes it. Raises `errors.Transient`."""
        write = tables.Update(
            table=self._table,
            key=_KEY,
            set={"signing_key": secrets.token_hex(_KEY_BYTES)},
            condition=tables.absent("signing_key"),
        )
        found = await self._tables.get(self._table, _KEY)
        if not found or "signing_key" not in found:
            # Where it fails, another replica was first, or this is our own write whose answer was lost: it is read now.
            with contextlib.suppress(errors.ConditionFailed):
                await self._tables.update(write)
            found = await self._tables.get(self._table, _KEY)
        if not found:
            raise errors.TransactionBusy("the key of the page is being replaced")
        return bytes.fromhex(str(items.plain(found["signing_key"])))

    async def make_link(self, name: str, *, until: float) -> str:
        """A secret that signs `name` in once, until a time (epoch seconds). Only its hash is stored."""
        secret = secrets.token_urlsafe(_LINK_BYTES)
        row = _link(secret) | {"name": name, "expires_at": int(until)}
        await self._tables.put(
            tables.Put(table=self._table, item={field: items.attribute(value) for field, value in row.items()})
        )
        return secret

    async def use_link(self, secret: str, *, now: float) -> str | None:
        """Whom a link signs in; None if it is unknown, used or too old. Of two replicas that ask, one gets the name."""
        found = await self._tables.delete(self._table, _link(secret))
        if found is None or float(items.plain(found["expires_at"])) <= now:
            return None
        return str(items.plain(found["name"]))

    async def count_try(self, whose: str, *, now: float, seconds: float) -> int:
        """Count one try of a name or an address; returns those within the current window, this one included."""
        window = int(now // seconds)
        digest = hashlib.sha256(whose.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        changed = await self._tables.update(
            tables.Update(
                table=self._table,
                key={"usage_id": f"web#tries#{digest}#{window}"},
                set={"expires_at": int((window + 2) * seconds)},
                add={"tries": 1},
            )
        )
        return int(items.plain(changed["tries"]))


def _link(secret: str) -> dict[str, str]:
    return {"usage_id": f"web#link#{hashlib.sha256(secret.encode('utf-8', 'surrogatepass')).hexdigest()}"}
