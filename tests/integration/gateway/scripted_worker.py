"""A worker that is played by the test: real queues, real records, and nothing done but what it is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hermes.aws.queues import Received
from hermes.domain import wire
from hermes.domain.commands import Command
from hermes.domain.containers import Container, LaunchRequest
from tests.eventually import eventually
from tests.integration.stand import Stand


class ScriptedWorker:
    """One task of one container key."""

    def __init__(self, *, stand: Stand, request: LaunchRequest, now: Callable[[], float]) -> None:
        self._stand = stand
        self._now = now
        self.key = request.container_key
        self.gen = request.gen
        self.task = f"fake:{request.token}"
        given = request.environment
        self.input_url = given["HERMES_WORKER_INPUT_QUEUE_URL"]
        self.interrupts_url = given["HERMES_WORKER_INTERRUPT_QUEUE_URL"]
        self.output_url = given["HERMES_WORKER_OUTPUT_QUEUE_URL"]
        self.held: dict[str, Received] = {}
        """Command id → its message, while it runs."""

    async def ready(self) -> ScriptedWorker:
        """Register."""
        await self._stand.containers.register_ready(self.key, gen=self.gen, task_arn=self.task, now=self._now())
        return self

    async def beat(self, *, busy: bool = True) -> Container:
        """A heartbeat."""
        return await self._stand.containers.heartbeat(
            self.key, gen=self.gen, task_arn=self.task, now=self._now(), busy=busy, done_seq=0
        )

    async def take(self) -> wire.CommandMessage:
        """The next command, unclaimed."""
        received = await self._receive(self.input_url)
        command = wire.read_command(received.body)
        self.held[command.command_id] = received
        return command

    async def claim(self, command: wire.CommandMessage) -> Command:
        """accepted → running. Raises `errors.ConditionFailed`."""
        return await self._stand.commands.claim(
            command.command_id,
            attempt=command.attempt,
            gen=self.gen,
            token=f"{self.task}-{command.command_id}-{command.attempt}",
            now=self._now(),
        )

    async def begin(self) -> wire.CommandMessage:
        """Take the next command and run it."""
        command = await self.take()
        await self.claim(command)
        return command

    async def interrupt(self) -> wire.InterruptMessage:
        """The next interrupt."""
        received = await self._receive(self.interrupts_url)
        await self._stand.queues.delete(self.interrupts_url, [received.receipt])
        return wire.read_interrupt(received.body)

    async def waiting(self, url: str) -> Sequence[str]:
        """What lies on a queue at this moment; it is taken off."""
        got = await self._stand.queues.receive(url, wait_seconds=0)
        await self._stand.queues.delete(url, [one.receipt for one in got])
        return [one.body for one in got]

    async def report(self, command: wire.CommandMessage, **facts: Any) -> wire.ResultMessage:
        """A final report, without giving the input message back."""
        given = {
            "command_id": command.command_id,
            "attempt": command.attempt,
            "nonce": command.nonce,
            "success": False,
            **facts,
        }
        result = wire.ResultMessage.model_validate(given)
        await self._stand.queues.send(self.output_url, result.encode())
        return result

    async def finish(self, command: wire.CommandMessage, **facts: Any) -> wire.ResultMessage:
        """A final report; the command is off the input queue."""
        result = await self.report(command, **facts)
        await self.drop(command)
        return result

    async def succeed(self, command: wire.CommandMessage) -> wire.ResultMessage:
        """A final report of a change that was pushed."""
        return await self.finish(
            command,
            success=True,
            summary="The title is changed.",
            files_changed=("index.html",),
            git_commit="b" * 40,
            branch=command.context.branch,
            pushed=True,
        )

    async def yield_to(self, command: wire.CommandMessage, interrupt: wire.InterruptMessage) -> wire.ResultMessage:
        """A final report of work that was stopped and saved."""
        return await self.finish(
            command,
            interrupted=True,
            interrupt_reason=interrupt.reason,
            interrupted_by=interrupt.interrupted_by,
            files_changed=("index.html",),
            git_commit="a" * 40,
            branch=command.context.branch,
            pushed=True,
        )

    async def drop(self, command: wire.CommandMessage) -> None:
        """Take the command's message off the input queue."""
        await self._stand.queues.delete(self.input_url, [self.held.pop(command.command_id).receipt])

    async def _receive(self, url: str) -> Received:
        async def come() -> Received | None:
            return next(iter(await self._stand.queues.receive(url, most=1, wait_seconds=1)), None)

        found: Received = await eventually(come)
        return found
