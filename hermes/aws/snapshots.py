"""Snapshots of executions in S3, one object each: a put replaces the whole object at once, and whoever reads after it reads it."""

from __future__ import annotations

from hermes import errors, ids, limits
from hermes.aws.objects import Objects
from hermes.execution import Snapshot, SnapshotError

_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})


class ObjectSnapshots:
    """A `SnapshotStore` under one prefix of the bucket."""

    def __init__(self, *, objects: Objects, prefix: str = "snapshots/") -> None:
        self._objects = objects
        self._prefix = prefix

    def key(self, execution_id: str) -> str:
        """The object of an execution: readable, and apart whatever the id contains."""
        readable = ids.slug(execution_id)[:60].strip("-") or "execution"
        return f"{self._prefix}{readable}-{ids.digest('execution', execution_id, chars=16)}.json"

    async def save(self, snapshot: Snapshot) -> None:
        """Keep it in place of an earlier one. Raises `errors.Transient`, `errors.AwsRefused`."""
        await self._objects.put(
            self.key(snapshot.execution_id), snapshot.to_json().encode(), content_type="application/json"
        )

    async def load(self, execution_id: str) -> Snapshot | None:
        """The one kept, or None. Raises `SnapshotError` if it cannot be read."""
        try:
            text = await self._objects.get(self.key(execution_id), most=limits.SNAPSHOT_BYTES)
        except errors.AwsRefused as error:
            if error.code in _ABSENT:
                return None
            raise
        found = Snapshot.from_json(text)
        if found.execution_id != execution_id:
            raise SnapshotError(f"the object of {execution_id!r} holds the snapshot of {found.execution_id!r}")
        return found

    async def delete(self, execution_id: str) -> None:
        """Forget it; nothing happens if there is none."""
        await self._objects.delete(self.key(execution_id))
