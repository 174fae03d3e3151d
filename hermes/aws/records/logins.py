"""The logins at mail servers that did not open a connection: a row in the queues table for each account, which all gateways share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hermes import errors, ids
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.decisions import logins
from hermes.domain.decisions.logins import LoginRecord

#: How often the row is read again because another gateway was first.
TRIES: Final = 20


class LoginRecords:
    """Reads and changes the rows."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("queues")

    async def take(self, account: str, *, now: float) -> float | None:
        """Count a login that is about to be sent; where there were too many, when it may be sent, epoch seconds.

        Raises `errors.Transient`.
        """
        key = _key(account)
        for _ in range(TRIES):
            seen = await self._get(key)
            if (until := logins.rests_until(seen.fruitless, now)) is not None:
                return until
            if await self._write(seen, logins.counted(seen.fruitless, now), now=now):
                return None
        raise errors.TransactionBusy(f"the count of logins ({account}) changes too often")

    async def worked(self, account: str, *, at: float) -> None:
        """The login that was counted at this time opened a connection: the password is right, and none of the others counts."""
        key = _key(account)
        for _ in range(TRIES):
            seen = await self._get(key)
            if not seen.fruitless or await self._write(seen, (), now=at):
                return
        raise errors.TransactionBusy(f"the count of logins ({account}) changes too often")

    async def _get(self, key: dict[str, str]) -> LoginRecord:
        item = await self._tables.get(self._table, key)
        return items.from_item(LoginRecord, item) if item else LoginRecord(**key)

    async def _write(self, seen: LoginRecord, fruitless: Sequence[float], *, now: float) -> bool:
        """False if another was first, or the answer to this very write was lost: then it counts twice, which is on the safe side."""
        row = seen.model_copy(
            update={
                "fruitless": tuple(fruitless),
                "version": ids.new_id(),
                "expires_at": int(now + 2 * logins.HOUR_SECONDS),
            }
        )
        condition = tables.equals("version", seen.version) if seen.version else tables.absent("container_key")
        try:
            await self._tables.put(tables.Put(table=self._table, item=items.to_item(row), condition=condition))
        except errors.ConditionFailed:
            return False
        return True


def _key(account: str) -> dict[str, str]:
    return {"container_key": f"gateway#logins#{ids.digest('logins', account)}"}
