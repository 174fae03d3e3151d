"""The routes of a backend that this process serves to others (`HttpBackend` is their client), and of the history of interrupts.

GET, PUT, DELETE /requests/{id}    the request to interrupt an execution, wherever it runs
GET, PUT, DELETE /snapshots/{id}   its snapshot
GET, POST        /interrupts       the history: ?execution_id, reason, triggered_by, since, until, limit
"""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query

from hermes.domain.interrupts import InterruptReason
from hermes.execution import exceptions
from hermes.execution.backends.backend import ExecutionBackend, InterruptQuery
from hermes.execution.checkpoints.snapshot import Snapshot
from hermes.execution.events.events import InterruptEvent
from hermes.execution.signals import InterruptSignal

_NO_CONTENT: Final = 204
_CONFLICT: Final = 409
_UNPROCESSABLE: Final = 422
#: Interrupts of one answer.
_MOST: Final = 10_000


def storage_router(backend: ExecutionBackend) -> APIRouter:
    """The routes over a backend."""
    router = APIRouter()

    @router.get("/requests/{execution_id:path}")
    async def requested(execution_id: str) -> InterruptSignal | None:
        """The request to interrupt an execution; null without one."""
        return await backend.requested(execution_id)

    @router.put("/requests/{execution_id:path}", status_code=_NO_CONTENT)
    async def request_interrupt(execution_id: str, signal: InterruptSignal) -> None:
        """Ask an execution to stop, wherever it runs."""
        await backend.request_interrupt(execution_id, signal)

    @router.delete("/requests/{execution_id:path}", status_code=_NO_CONTENT)
    async def withdraw(execution_id: str) -> None:
        """Forget the request."""
        await backend.withdraw(execution_id)

    @router.get("/snapshots/{execution_id:path}")
    async def load(execution_id: str) -> Snapshot | None:
        """The snapshot of an execution; null without one."""
        try:
            return await backend.load(execution_id)
        except exceptions.SnapshotError as error:
            raise HTTPException(_CONFLICT, error.message) from error

    @router.put("/snapshots/{execution_id:path}", status_code=_NO_CONTENT)
    async def save(execution_id: str, snapshot: Snapshot) -> None:
        """Keep a snapshot in place of an earlier one."""
        if snapshot.execution_id != execution_id:
            raise HTTPException(_UNPROCESSABLE, f"the snapshot is one of {snapshot.execution_id!r}")
        try:
            await backend.save(snapshot)
        except exceptions.SnapshotError as error:
            raise HTTPException(_CONFLICT, error.message) from error

    @router.delete("/snapshots/{execution_id:path}", status_code=_NO_CONTENT)
    async def delete(execution_id: str) -> None:
        """Delete a snapshot."""
        await backend.delete(execution_id)

    @router.get("/interrupts")
    async def interrupts(
        execution_id: str | None = None,
        reason: InterruptReason | None = None,
        triggered_by: str | None = None,
        since: float | None = None,
        until: float | None = None,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 100,
    ) -> list[InterruptEvent]:
        """Interrupts of the history, the newest first; times are epoch seconds."""
        query = InterruptQuery(
            execution_id=execution_id,
            reason=reason,
            triggered_by=triggered_by,
            since=since,
            until=until,
            limit=limit,
        )
        return await backend.interrupts(query)

    @router.post("/interrupts", status_code=_NO_CONTENT)
    async def keep(event: InterruptEvent) -> None:
        """Add an interrupt to the history."""
        await backend.keep(event)

    return router
