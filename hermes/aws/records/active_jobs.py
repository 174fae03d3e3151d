"""The commands that a container runs now, in the container's record; only the worker that owns it writes them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.active_job import ActiveJob

_FIELD = "active_jobs"
#: Rows that one call reads.
_BATCH = 100


class ActiveJobs:
    """An attribute of the containers table."""

    def __init__(self, *, tables: tables.Tables, names: ResourceNames) -> None:
        self._tables = tables
        self._table = names.table("containers")

    async def show(self, key: str, *, gen: int, task_arn: str, jobs: Sequence[ActiveJob]) -> None:
        """Replace the list. Raises `errors.Fenced` if another worker owns the key, `errors.Transient`."""
        write = tables.Update(
            table=self._table,
            key={"container_key": key},
            set={_FIELD: [job.model_dump() for job in jobs]},
            condition=tables.equals("gen", gen) & tables.equals("task_arn", task_arn),
        )
        try:
            await self._tables.update(write)
        except errors.ConditionFailed as error:
            raise errors.Fenced(f"another task owns {key}") from error

    async def of(self, key: str, *, now: float) -> list[ActiveJob]:
        """The running commands; empty if the worker has not refreshed them recently."""
        return _jobs(await self._tables.get(self._table, {"container_key": key}), now)

    async def of_all(self, keys: Iterable[str], *, now: float) -> dict[str, ActiveJob]:
        """What runs under these keys, by command."""
        wanted = [(self._table, {"container_key": key}) for key in dict.fromkeys(keys)]
        batches = [wanted[begin : begin + _BATCH] for begin in range(0, len(wanted), _BATCH)]
        read = await asyncio.gather(*(self._tables.get_many(batch) for batch in batches))
        return {job.command_id: job for batch in read for item in batch for job in _jobs(item, now)}


def _jobs(item: items.Item | None, now: float) -> list[ActiveJob]:
    found = items.plain(item[_FIELD]) if item and _FIELD in item else []
    return [job for one in found if (job := ActiveJob.model_validate(one)).expires_at > now]
