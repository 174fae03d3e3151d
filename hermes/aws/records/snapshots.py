"""Snapshots of executions: one row each; large ones are an object that the row names. An older snapshot never replaces a newer one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from hermes import errors, ids, limits
from hermes.aws import items, tables
from hermes.aws.objects import Objects
from hermes.aws.resource_names import ResourceNames
from hermes.execution import Snapshot, SnapshotError

#: A snapshot that is read back from a store: results are small, histories bounded.
SNAPSHOT_BYTES: Final = 16 * 1024 * 1024
#: A snapshot above this goes to S3, its row names it: a row of DynamoDB holds 400 KB with the names of its attributes.
SNAPSHOT_ROW_BYTES: Final = 350 * 1024


class RowSnapshots:
    """A `SnapshotStore` in the table of snapshots, with large snapshots under one prefix of the bucket.

    An object is written before the row that names it, each under a new key, so every row's object exists.
    """

    def __init__(
        self, *, tables: tables.Tables, names: ResourceNames, objects: Objects, now: Callable[[], float] = time.time
    ) -> None:
        self._tables = tables
        self._table = names.table("snapshots")
        self._objects = objects
        self._now = now

    async def save(self, snapshot: Snapshot) -> None:
        """Store a snapshot in place of an earlier one.

        Raises `SnapshotError` if a newer one is stored, `errors.Transient`, `errors.AwsRefused`.
        """
        body = snapshot.to_json().encode()
        key = _key(snapshot) if len(body) > SNAPSHOT_ROW_BYTES else None
        if key is not None:
            await self._objects.put(key, body, content_type="application/json")
        row = {
            "execution_id": snapshot.execution_id,
            "number": snapshot.number,
            "taken_at": snapshot.taken_at,
            "expires_at": int(self._now() + limits.KEEP_SECONDS),
            **({"object": key} if key is not None else {"body": body}),
        }
        newer = tables.absent("execution_id") | tables.less("number", snapshot.number)
        item = {name: items.attribute(value) for name, value in row.items()}
        try:
            before = await self._tables.put(tables.Put(table=self._table, item=item, condition=newer))
        except errors.ConditionFailed as error:
            current = error.items.get(0) or {}
            if all(current.get(name) == item[name] for name in ("number", "taken_at")):
                return  # our own write, whose answer was lost and which the SDK repeated
            if key is not None:
                await self._objects.delete(key)
            raise SnapshotError(f"a newer snapshot of {snapshot.execution_id!r} is there already") from error
        await self._drop(before, but=key)

    async def load(self, execution_id: str) -> Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""
        item = await self._tables.get(self._table, {"execution_id": execution_id})
        if item is None or items.plain(item["expires_at"]) <= self._now():
            return None
        if "body" in item:
            text = bytes(items.plain(item["body"]))
        else:
            text = await self._object(execution_id, str(items.plain(item["object"])))
        found = Snapshot.from_json(text)
        if found.execution_id != execution_id:
            raise SnapshotError(f"the row of {execution_id!r} holds the snapshot of {found.execution_id!r}")
        return found

    async def delete(self, execution_id: str) -> None:
        """Forget it; nothing happens if there is none."""
        await self._drop(await self._tables.delete(self._table, {"execution_id": execution_id}))

    async def _object(self, execution_id: str, key: str) -> bytes:
        try:
            return await self._objects.get(key, most=SNAPSHOT_BYTES)
        except errors.AwsRefused as error:
            if not error.missing:
                raise
            raise SnapshotError(f"the object {key} of the snapshot of {execution_id!r} is gone") from error

    async def _drop(self, item: items.Item | None, *, but: str | None = None) -> None:
        """Delete the object of a deleted row; if the process dies before, the bucket's lifecycle deletes it."""
        if item is not None and "object" in item and (key := str(items.plain(item["object"]))) != but:
            await self._objects.delete(key)


def _key(snapshot: Snapshot) -> str:
    """Readable, and apart whatever the id contains; no two snapshots of an execution share one."""
    name = snapshot.execution_id
    readable = ids.slug(name)[:60].strip("-") or "execution"
    return f"snapshots/{readable}-{ids.digest('execution', name, chars=16)}/{snapshot.number}.json"
