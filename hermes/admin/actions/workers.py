"""Drains workers."""

from __future__ import annotations

from hermes import errors
from hermes.admin.actions.recording import recorded
from hermes.admin.console import Console
from hermes.admin.viewer import Viewer
from hermes.domain.containers import GONE
from hermes.domain.operating.audit import Act


async def drain(console: Console, viewer: Viewer, container_key: str, *, reason: str = "") -> None:
    """Let a worker finish what it has and end; the next command of its key starts another.

    Raises `errors.NotFound`, `errors.NotAllowed`; `errors.NotPossible` for one that has ended.
    """
    record = await console.stores.containers.get(container_key)
    if record is None:
        raise errors.NotFound(f"there is no worker {container_key}")
    client, project, _ = container_key.split("#", 2)
    async with recorded(console, viewer, Act.DRAIN, container_key, project=f"{client}/{project}", reason=reason):
        if record.state in GONE:
            raise errors.NotPossible(f"worker {container_key} has ended: {record.state.value}")
        await console.stores.containers.ask_to_drain(record)
