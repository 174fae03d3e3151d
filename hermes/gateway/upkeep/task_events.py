"""Task-state events of ECS, where the template has EventBridge put them on the inbound queue: a task that ended is known within seconds."""

from __future__ import annotations

from collections.abc import Callable

from hermes.gateway.commands.container_manager import ContainerManager
from hermes.launch.port import EndedTask


class TaskEvents:
    """Takes what is on the inbound queue and is no mail."""

    def __init__(
        self, *, is_event: Callable[[str], bool], ended: Callable[[str], EndedTask | None], containers: ContainerManager
    ) -> None:
        """`ended` reads the end of one of our tasks from an event; None: the event is of something else."""
        self._is_event = is_event
        self._ended = ended
        self._containers = containers

    async def take(self, body: str) -> bool:
        """Whether the message was such an event, which is handled then. Raises `errors.Transient`: let it come again."""
        if not self._is_event(body):
            return False
        ended = self._ended(body)
        if ended is not None:
            await self._containers.task_ended(ended)
        return True
