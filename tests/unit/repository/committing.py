"""What a run does with its work: commit it, and push it."""

from __future__ import annotations

from hermes.domain import wire
from hermes.repository import commit_message
from hermes.repository.pusher import PushedCommit
from hermes.repository.workspace import Work, Workspace
from tests.unit.worker.origin import a_command


async def commit(space: Workspace, command: wire.CommandMessage | None = None) -> Work | None:
    command = command or a_command()
    return await space.commit(command, text=commit_message.for_command(command))


async def commit_and_land(space: Workspace, command: wire.CommandMessage | None = None) -> PushedCommit:
    work = await commit(space, command)
    assert work is not None
    return await space.land(work)
