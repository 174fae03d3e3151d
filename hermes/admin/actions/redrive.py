"""Sends dead letters and parked messages back to their queue: by their `source` attribute, or else by their content."""

from __future__ import annotations

from collections.abc import Callable

from hermes import errors
from hermes.admin.views.dead_letters import message_in
from hermes.aws import queues
from hermes.aws.queues import Received
from hermes.aws.records import commands as command_records
from hermes.aws.records import sessions
from hermes.aws.resource_names import ResourceNames
from hermes.domain import pointer, wire

#: Written when a message is set aside; the way back takes them off.
_LABELS = frozenset({"reason", "source"})
#: Names the redrive that sent a message back: a gateway may set it aside again at once, and the same redrive then leaves it.
_REDRIVEN = "redriven"


class Redriver:
    """Sends messages back to the queue that they came from."""

    def __init__(
        self,
        *,
        names: ResourceNames,
        queues: queues.Queues,
        commands: command_records.Commands,
        sessions: sessions.Sessions,
        new_id: Callable[[], str],
    ) -> None:
        self._names = names
        self._queues = queues
        self._commands = commands
        self._sessions = sessions
        self._new_id = new_id
        self._run = new_id()

    def was_here(self, received: Received) -> bool:
        """Whether this redrive has sent the message back before."""
        return received.attributes.get(_REDRIVEN) == self._run

    async def send_back(self, received: Received) -> str:
        """Send a copy to its queue, in its old order and with a new deduplication id; returns the queue's name.

        The caller deletes the original.

        Raises `errors.Permanent` with the reason if the message belongs to no queue.
        """
        name = await self.home(received)
        url = await self._queues.url(name)
        if url is None:
            raise errors.Permanent(f"queue {name} no longer exists; `hermes dlq drop` deletes the message")
        attributes = {n: v for n, v in received.attributes.items() if n not in _LABELS}
        attributes.setdefault("order", repr(received.sent_at))
        attributes[_REDRIVEN] = self._run
        fifo = name.endswith(".fifo")
        await self._queues.send(
            url,
            received.body,
            group=received.group or "none" if fifo else None,
            deduplication=f"{received.message_id}:{self._new_id()}" if fifo else None,
            attributes=attributes,
        )
        return name

    async def home(self, received: Received) -> str:
        """The name of the queue that a message belongs to. Messages that SQS itself moved have no `source`."""
        named = received.attributes.get("source")
        return named if named else await self._by_content(received.body)

    async def _by_content(self, body: str) -> str:
        match message_in(body):
            case wire.InterruptMessage(session_id=session_id):
                session = await self._sessions.get(session_id)
                if session is None:
                    raise errors.Permanent(f"there is no record of session {session_id}")
                return self._names.interrupts(session.container_key)
            case wire.CommandMessage(command_id=command_id):
                return self._names.input(await self._key(command_id, over=False))
            case wire.ResultMessage(command_id=command_id):
                return self._names.output(await self._key(command_id, over=False))
            case wire.Started(command_id=command_id) | wire.Progress(command_id=command_id):
                return self._names.output(await self._key(command_id, over=True))
            case pointer.Pointer():
                return self._names.inbound
            case _:
                raise errors.Permanent("the message does not say which queue it came from; it can only be dropped")

    async def _key(self, command_id: str, *, over: bool) -> str:
        command = await self._commands.get(command_id)
        if command is None:
            raise errors.Permanent(f"there is no record of command {command_id}")
        if command.state.terminal and not over:
            raise errors.Permanent(f"command {command_id} has ended ({command.state.value}); drop this message")
        return command.container_key
