"""Dispatcher: sends accepted commands to their containers. The record of a command is the truth; queues are the fast path.

`accepted` with a due time is the send outbox: a process that dies between the accepting transaction and the send leaves a row that the
sweeper finds.
"""

from __future__ import annotations

import dataclasses

from hermes import errors, logs
from hermes.aws.records.stores import Stores
from hermes.config.current import ConfigSource
from hermes.domain import events, trace, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.effects import Effects
from hermes.domain.env import Env
from hermes.domain.reply_facts import Open, ReplyKind, RequestFacts
from hermes.gateway.commands.container_manager import ContainerManager
from hermes.gateway.commands.notices import STARTING, Notices
from hermes.gateway.commands.preemptor import Preemptor
from hermes.gateway.results.concluder import Concluder
from hermes.gateway.results.pending_results import PendingResults


@dataclasses.dataclass(frozen=True, slots=True)
class Dispatched:
    """What follows a dispatch; `waits`: the container is not ready, and the command must be dispatched once more (`told`)."""

    effects: Effects = ()
    waits: bool = False


class Dispatcher:
    """Sends commands; it has no state that the records do not have."""

    def __init__(
        self,
        *,
        stores: Stores,
        config: ConfigSource,
        containers: ContainerManager,
        concluder: Concluder,
        notices: Notices,
        preemptor: Preemptor,
        pending: PendingResults,
        env: Env,
    ) -> None:
        self._config = config
        self._commands = stores.commands
        self._sessions = stores.sessions
        self._queues = stores.queues
        self._holds = stores.holds
        self._containers = containers
        self._concluder = concluder
        self._notices = notices
        self._preemptor = preemptor
        self._pending = pending
        self._env = env

    async def dispatch(self, command: Command, *, told: bool = False) -> Dispatched:
        """Send an accepted command to its container, which is started if need be. What is not sent when this ends stays due.

        After `containers.ready_seconds` the person is told that it is still starting, once; a further call, with `told`, waits for the
        launch itself.
        """
        with logs.bound(mail_id=command.mail_id, trace_id=trace.trace_id(command.trace)):
            return await self._dispatch(command, told)

    async def _dispatch(self, command: Command, told: bool) -> Dispatched:
        client, project_name, _ = command.container_key.split("#")
        project = self._config.current.project_named(client, project_name)
        if project is None:
            hint = "Ask whoever runs Hermes for you."
            return Dispatched(
                await self._concluder.give_up(
                    command, "This project is no longer set up in Hermes.", hint, errors.Fault.SETUP
                )
            )
        if command.policy.waits and await self.waits(command):
            return Dispatched()
        if (told_paused := await self.paused(command)) is not None:
            return Dispatched(told_paused)
        cleared = await self._preemptor.cleared(command)
        if cleared is None:
            return Dispatched(await self._preemptor.give_way(command))
        command = cleared
        self._pending.expect(command.container_key, command.command_id)
        times, moment = self._config.current.containers, self._env.clock()
        limit = moment + times.launch_seconds + 30
        # Never longer than the whole of it, whatever the clock of the replica that accepted it.
        left = min(command.accepted_at + times.ready_seconds - self._env.now(), times.ready_seconds)
        late = told or left <= 0
        while True:
            until = limit if late else min(limit, moment + left)
            try:
                container = await self._containers.ensure(command.container_key, project, until=until)
            except errors.NotReady:
                if late or self._containers.closing.is_set():
                    return Dispatched()  # the sweeper comes back to it
                return Dispatched(await self._still_starting(command), waits=True)
            except errors.LaunchFailed as error:
                # The launcher's own words are the operator's: they are in the container's record and in the log.
                return Dispatched(
                    await self._concluder.give_up(
                        command,
                        "The workspace for this project could not be started.",
                        "Please try again later; whoever runs Hermes for you can see the reason.",
                        error.fault,
                    )
                )
            self._env.crash_point("dispatch.ready")
            if not await self._collected(command):
                return Dispatched()  # another took it over, or it was stopped
            if await self._containers.dispatch(container):
                break
        self._env.crash_point("dispatch.counted")
        message = wire.CommandMessage(
            command_id=command.command_id,
            session_id=command.session_id,
            seq=command.seq,
            attempt=command.attempt,
            type=command.type,
            instruction=command.instruction,
            chat_thread_id=command.session_id.rsplit("-", 1)[-1],
            context=command.context,
            nonce=command.nonce,
            traceparent=command.trace,
        )
        await self._containers.queue_sets.send(
            command.container_key,
            lambda queue_set: self._queues.send(
                queue_set.input_url,
                message.encode(),
                group=command.session_id,
                deduplication=f"{command.command_id}:{command.attempt}"
                + (f":{command.let_go}" if command.let_go else ""),
            ),
        )
        self._concluder.sent(command)
        self._env.crash_point("dispatch.sent")
        self._say("command.sent", f"command sent: “{command.title}”", command)
        return Dispatched()

    async def paused(self, command: Command) -> Effects | None:
        """None unless an operator's pause holds the command back; then the person is told, once. The end of the pause sends it."""
        held = (await self._holds.now()).paused(command.project, command.origin.author)
        if held is None:
            return None
        notice = Open(kind=ReplyKind.PAUSED, request=RequestFacts(instruction=command.title))
        effects = await self._notices.add(command, "paused", notice)
        if effects:
            self._say("command.paused", f"held back by a pause of {held.said}; the person is told", command)
        return effects

    async def _collected(self, command: Command) -> bool:
        """Wait for the end of its collecting window, no longer even if a clock is wrong; False if it must no longer be sent."""
        if command.collect_until is None:
            return True
        await self._env.sleep(
            max(0.0, min(command.collect_until - self._env.now(), self._config.current.gateway.collect_seconds))
        )
        # The container may have taken longer than the window, so another replica may have taken the command over.
        current = await self._commands.get(command.command_id)
        return current is not None and current.state is CommandState.ACCEPTED and current.attempt == command.attempt

    async def waits(self, command: Command) -> bool:
        """Whether an earlier command of the session is open. Its end sends this one, or the sweeper does."""
        return any(c.seq < command.seq for c in await self._commands.open_of_session(command.session_id))

    async def free_since(self, command: Command) -> float | None:
        """Since when no command of its session blocks an accepted command; None while one does."""
        cleared = await self._preemptor.cleared(command)
        before = [c for c in await self._commands.of_session(command.session_id) if c.seq < command.seq]
        if cleared is None or await self.waits(command):
            return None
        own = command.history[-1].at if command.attempt > 1 and command.history else command.accepted_at
        return max([own, cleared.let_go_at or 0.0, *(c.finished_at or 0.0 for c in before)])

    async def _still_starting(self, command: Command) -> Effects:
        if await self._notices.was_acknowledged(command):
            return ()  # they know that it arrived
        attachments = tuple(ref.name for ref in command.context.attachments)
        request = RequestFacts(instruction=command.title, attachments=attachments)
        notice = Open(kind=ReplyKind.STILL_STARTING, request=request)
        effects = await self._notices.add(command, STARTING, notice)
        if effects:
            self._say("command.starting", "the container is still starting; the person is told", command)
        return effects

    async def acknowledge(self, command: Command) -> Effects:
        """Tell the person once that their mail arrived (`Notices.acknowledge`)."""
        effects = await self._notices.acknowledge(command)
        if effects:
            self._say("command.acknowledged", "its answer takes a while; the person is told that it arrived", command)
        return effects

    async def still_working(self, command: Command) -> Effects:
        """Tell the person once that a command takes long."""
        notice = Open(kind=ReplyKind.STILL_WORKING, request=RequestFacts(instruction=command.title))
        effects = await self._notices.add(command, "working", notice)
        if effects:
            self._say("command.working", "it takes long; the person is told", command)
        return effects

    async def next(self, ended: Command) -> Command | None:
        """The oldest command that waited for one that just ended; those that interrupt were sent when they were accepted."""
        session = await self._sessions.get(ended.session_id)
        if session is None or session.head == ended.command_id:
            return None  # what waits is newer, and the newest is the head: so nothing waits, as after most commands
        waiting = await self._commands.open_of_session(ended.session_id)
        if waiting and waiting[-1].state is CommandState.ACCEPTED and waiting[-1].policy.waits:
            return waiting[-1]
        return None

    def _say(self, name: str, text: str, command: Command) -> None:
        self._env.emit(events.of_command(name, self._env.now(), text, command))
