"""The commands that a container runs now, in the container's record; only the worker that owns it writes them."""

from __future__ import annotations

from collections.abc import Sequence

from hermes import errors
from hermes.aws import items, tables
from hermes.aws.resource_names import ResourceNames
from hermes.domain.active_job import ActiveJob

_FIELD = "active_jobs"


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
        item = await self._tables.get(self._table, {"container_key": key})
        found = items.plain(item[_FIELD]) if item and _FIELD in item else []
        jobs = [ActiveJob.model_validate(job) for job in found]
        return [job for job in jobs if job.expires_at > now]
