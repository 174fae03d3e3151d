"""CommandExecutor: sends commands, sends interrupts, and takes the answers. The record of a command is the truth; queues are the fast path.

`accepted` with a due time is the send outbox: whoever dies between the accepting transaction and the send leaves a row that the
sweeper finds.
"""

from __future__ import annotations

import asyncio
import datetime
import functools
from collections.abc import Awaitable, Callable

from hermes import errors, logs
from hermes.aws.once import once
from hermes.aws.records.stores import Stores
from hermes.config.loading import Config, TimingSettings
from hermes.domain import events, lifecycle, trace, wire
from hermes.domain.commands import Command, CommandState
from hermes.domain.decisions import provenance, unstarted
from hermes.domain.env import Env
from hermes.domain.events import Event
from hermes.domain.interrupts import Interruption, InterruptReason
from hermes.domain.replies import Reply
from hermes.domain.sessions import Session
from hermes.gateway.commands import interrupt_first
from hermes.gateway.commands.container_manager import ContainerManager
from hermes.gateway.commands.notices import Notices
from hermes.gateway.commands.preemptor import Preemptor
from hermes.gateway.replies.replies import first_line
from hermes.gateway.results.finisher import Finish, Finisher
from hermes.gateway.results.pending_results import PendingResults
from hermes.gateway.results.witness import Witness
from hermes.gateway.upkeep.tasks import Tasks
from hermes.mail.write import templates


class CommandExecutor:
    """Dispatches, interrupts and correlates; holds no state that a record does not hold."""

    def __init__(
        self,
        *,
        stores: Stores,
        config: Config,
        containers: ContainerManager,
        finisher: Finisher,
        notices: Notices,
        preemptor: Preemptor,
        send_reply: Callable[[Reply], None],
        pending: PendingResults,
        unclaimed_url: str,
        tasks: Tasks,
        env: Env,
    ) -> None:
        self._config = config
        self._timing: TimingSettings = config.timing
        self._commands = stores.commands
        self._sessions = stores.sessions
        self._queues = stores.queues
        self._containers = containers
        self._finisher = finisher
        self._notices = notices
        self._preemptor = preemptor
        self._send_reply = send_reply
        self._pending = pending
        self._unclaimed_url = unclaimed_url
        self._tasks = tasks
        self._env = env
        self._witness = Witness(commands=stores.commands)

    # ── what a committed transaction owes ──────────────────────────────────────────────────────────────────────────

    def accepted(self, command: Command, session: Session, superseded: Command | None) -> None:
        """A command was accepted: stop what it supersedes, and send it."""
        self._pending.expect(command.container_key, command.command_id)
        first = None
        if superseded is not None:
            first = self._start("interrupt", superseded.command_id, self.send_interrupt(superseded))
        if session.interrupt_upto == command.seq:
            told = superseded.command_id if superseded else None
            enforce = functools.partial(self.enforce, session, by=command.command_id, told=told)
            self._start("enforce", command.command_id, interrupt_first.then(first, enforce))
        if command.rank is not None:
            preempt = functools.partial(self._preemptor.preempt, command)
            self._start("preempt", command.command_id, interrupt_first.then(first, preempt))
        self._start(
            "dispatch", command.command_id, interrupt_first.then(first, functools.partial(self.dispatch, command))
        )

    def stopped(self, session: Session, by: str) -> None:
        """Everything below the session's watermark is to stop: the person asked."""
        self._start("enforce", by, self.enforce(session, by=by, reason=InterruptReason.USER_CANCELLED))

    def reply(self, reply: Reply) -> None:
        """A row of the outbox is to be sent."""
        self._send_reply(reply)

    def _start(self, what: str, which: str, work: Awaitable[object]) -> asyncio.Task[None]:
        return self._tasks.start(f"{what} {which}", work)

    # ── dispatch ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def dispatch(self, command: Command) -> None:
        """Send an accepted command to its container, which is started if need be.

        Says "still starting" once after `containers.ready_seconds`. What is not sent when this ends stays due.
        """
        with logs.bound(mail_id=command.mail_id, trace_id=trace.trace_id(command.trace)):
            await self._dispatch(command)

    async def _dispatch(self, command: Command) -> None:
        client, project_name, _ = command.container_key.split("#")
        project = self._config.project_named(client, project_name)
        if project is None:
            await self.give_up(
                command, "This project is no longer set up in Hermes.", "Ask whoever runs Hermes for you."
            )
            return
        if command.policy.waits and await self.waits(command):
            return
        cleared = await self._preemptor.cleared(command)
        if cleared is None:
            await self._preemptor.give_way(command)
            return
        command = cleared
        self._pending.expect(command.container_key, command.command_id)
        start, times = command.accepted_at, self._config.containers
        limit = self._env.now() + times.launch_seconds + 30
        # "Still starting" is said once, after ready_seconds; the launch itself is waited for longer.
        said = self._env.now() >= start + times.ready_seconds
        while True:
            until = limit if said else min(limit, start + times.ready_seconds)
            try:
                container = await self._containers.ensure(command.container_key, project, until=until)
            except errors.NotReady:
                if said or self._containers.closing.is_set():
                    return  # the sweeper comes back to it
                await self._say_still_starting(command)
                said = True
                continue
            except errors.LaunchFailed as error:
                await self.give_up(
                    command,
                    f"The workspace for this project could not be started: {error.message}",
                    "Please try again later; whoever runs Hermes for you can see the reason.",
                )
                return
            self._env.crash_point("dispatch.ready")
            if not await self._collected(command):
                return  # another took it over, or it was stopped
            if await self._containers.dispatch(container):
                break
        self._env.crash_point("dispatch.counted")
        queue_set = await self._containers.queue_set(command.container_key)
        message = wire.CommandMessage(
            command_id=command.command_id,
            session_id=command.session_id,
            seq=command.seq,
            attempt=command.attempt,
            type=command.type,
            instruction=command.instruction,
            chat_thread_id=command.session_id.rsplit("-", 1)[-1],
            context=wire.CommandContext.model_validate_json(command.context),
            nonce=command.nonce,
            traceparent=command.trace,
        )
        await self._queues.send(
            queue_set.input_url,
            message.encode(),
            group=command.session_id,
            deduplication=f"{command.command_id}:{command.attempt}" + (f":{command.let_go}" if command.let_go else ""),
        )
        self._witness.note(command)
        self._env.crash_point("dispatch.sent")
        self._say("command.sent", f"command sent: “{first_line(command.instruction, 60)}”", command)

    async def _collected(self, command: Command) -> bool:
        """Wait for the end of its collecting window; False if it is not to be sent any more. A clock that is wrong waits no longer."""
        if command.collect_until is None:
            return True
        await self._env.sleep(
            max(0.0, min(command.collect_until - self._env.now(), self._config.gateway.collect_seconds))
        )
        # The container may have taken longer than the window: another may have taken it over all the same.
        stands = await self._commands.get(command.command_id)
        return stands is not None and stands.state is CommandState.ACCEPTED and stands.attempt == command.attempt

    async def waits(self, command: Command) -> bool:
        """Is an earlier command of the session still open? Then its end sends this one (or the sweeper, if that is lost)."""
        return any(c.seq < command.seq for c in await self._commands.open_of_session(command.session_id))

    async def free_since(self, command: Command) -> float | None:
        """Since when nothing of its session is in the way of an accepted command; None while something is."""
        cleared = await self._preemptor.cleared(command)
        before = [c for c in await self._commands.of_session(command.session_id) if c.seq < command.seq]
        if cleared is None or await self.waits(command):
            return None
        own = command.history[-1].at if command.attempt > 1 and command.history else command.accepted_at
        return max([own, cleared.let_go_at or 0.0, *(c.finished_at or 0.0 for c in before)])

    async def _say_still_starting(self, command: Command) -> None:
        if await self._notices.say(command, "starting", templates.ReplyKind.STILL_STARTING):
            self._say("command.starting", "the container is still starting; the person is told", command)

    async def say_still_working(self, command: Command) -> None:
        """Tell the person, once, that a command takes long; any replica may."""
        if await self._notices.say(command, "working", templates.ReplyKind.STILL_WORKING):
            self._say("command.working", "it takes long; the person is told", command)

    def send_again(self, command: Command) -> None:
        """Dispatch a command that is due, unless that is under way here."""
        self._start("dispatch", command.command_id, self.dispatch(command))

    async def give_up(self, command: Command, error: str, hint: str) -> None:
        """End a command that never began; one that a worker has taken meanwhile goes on."""
        await self.conclude(
            wire.ResultMessage(
                command_id=command.command_id, attempt=command.attempt, success=False, error=error, hint=hint
            ),
            only=CommandState.ACCEPTED,
        )

    # ── interrupt ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def enforce(
        self,
        session: Session,
        *,
        by: str | None,
        told: str | None = None,
        reason: InterruptReason = InterruptReason.PRIORITY_OVERRIDE,
    ) -> None:
        """Bring the session's older commands to what its watermark says: not started → never; running → interrupt.

        `told` is the command whose interrupt is on its way already.
        """
        for command in await self._commands.open_of_session(session.session_id):
            if command.seq < session.interrupt_upto and command.command_id != told:
                await self.interrupt(command, reason=reason, by=by, message="", below=session.interrupt_upto)

    async def interrupt(
        self,
        command: Command,
        *,
        reason: InterruptReason,
        by: str | None,
        message: str,
        below: int | None = None,
        preempted: bool = False,
    ) -> None:
        """Stop one command: record first, then the queue. Repeating it is harmless. `preempted`: a mail of another thread comes first."""
        if command.state is CommandState.ACCEPTED:
            if await self.conclude(unstarted.report(command, reason, by), only=CommandState.ACCEPTED):
                return
            stands = await self._commands.get(command.command_id)
            if stands is None or stands.state is not CommandState.RUNNING:
                return
            command = stands  # a worker took it in between
        now = self._env.now()
        # Whoever means to stop it has the last word over a mail that only comes first.
        for_good = command.interruption is not None and command.interruption.preempted and not preempted
        if command.state is CommandState.RUNNING or for_good:
            why = Interruption(reason=reason, message=message, interrupted_by=by, requested_at=now, preempted=preempted)
            step = lifecycle.interrupt(command, why, now=now, timing=self._timing.lifecycle)
            try:
                command = await once(
                    self._commands.step(step),
                    look=functools.partial(self._commands.get, command.command_id),
                    ours=lambda stands: not stands.state.terminal and stands.interruption == why,
                )
            except errors.ConditionFailed:
                return  # it ended, or another replica was first
            self._env.crash_point("interrupt.recorded")
        await self.send_interrupt(command, below=below)

    async def send_interrupt(self, command: Command, *, below: int | None = None) -> None:
        """Put the interrupt of a command that is `interrupting` on the queue (again)."""
        why = command.interruption
        if why is None:
            raise errors.Permanent(f"command {command.command_id} is interrupting without a reason")
        self._pending.expect(command.container_key, command.command_id)
        queue_set = await self._containers.queue_set(command.container_key)
        message = wire.InterruptMessage(
            session_id=command.session_id,
            below_seq=max(below or 0, command.seq + 1),
            reason=why.reason,
            interrupted_by=why.interrupted_by,
            message=why.message,
            attempt=command.attempt if why.preempted else None,
            traceparent=command.trace,
            timestamp=datetime.datetime.fromtimestamp(self._env.now(), datetime.UTC).isoformat(timespec="milliseconds"),
        )
        self._env.crash_point("interrupt.made")
        await self._queues.send(queue_set.interrupts_url, message.encode(), urgent=True)
        self._env.crash_point("interrupt.sent")
        self._say("command.interrupting", f"interrupt sent: {why.reason.value}", command)

    # ── answers ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def answer(self, key: str, body: str) -> str:
        """One message of a container's output queue; returns the command's id when it ended with it.

        What the container has no right to say is parked. Raises `errors.Unreadable`, `errors.Transient`.
        """
        message, via = wire.read_output(body), provenance.Via(key)
        traced = trace.trace_id(message.traceparent)
        if isinstance(message, wire.ResultMessage):
            with logs.bound(trace_id=traced, command_id=message.command_id):
                ended = await self.conclude(message, body=body, via=via)
            return message.command_id if ended else ""
        why = await self._witness.doubt(message, via)
        if why is not None:
            await self._park(body, message.command_id, why, key)
            return ""
        text = "the worker has begun" if isinstance(message, wire.Started) else f"{message.step}: {message.message}"
        facts = {
            "command_id": message.command_id,
            "attempt": message.attempt,
            **({"trace_id": traced} if traced else {}),
        }
        if isinstance(message, wire.Progress):
            facts["step"] = message.step
            if message.percent is not None:
                facts["percent"] = message.percent
        self._env.emit(Event(f"command.{message.kind}", self._env.now(), text, facts))
        return ""

    async def conclude(
        self,
        result: wire.ResultMessage,
        *,
        body: str | None = None,
        via: provenance.Via | None = None,
        unconfirmed: bool = False,
        only: CommandState | None = None,
    ) -> bool:
        """Finish a command (`only` while it is in this state); True if it is terminal now.

        `via` is how the report came; None: the gateway's own conclusion. A result that no record knows, or that may not speak for its
        command, is parked, never deleted silently.
        """
        what, command = await self._finisher.finish(result, via=via, unconfirmed=unconfirmed, only=only)
        if what is Finish.UNKNOWN:
            await self._park(body or result.encode(), result.command_id, "no record knows this command")
            return True
        if what is Finish.DOUBTED:
            if body is not None and command is not None and via is not None:
                why = provenance.doubt(command, via, attempt=result.attempt or None, nonce=result.nonce)
                await self._park(body, result.command_id, why or provenance.UNPROVEN, via.key)
            return False
        again = what is Finish.RERUN or (
            what is Finish.DUPLICATE and command and command.state is CommandState.ACCEPTED
        )
        if again and command is not None:  # a second report: whoever wrote the rerun may have died before it was sent
            self._containers.forget(command.container_key)
            self._start("dispatch", command.command_id, self.dispatch(command))
            return False
        if what is Finish.FINISHED and command is not None:
            self._pending.settled(command.container_key, command.command_id)
            self._start("next", command.session_id, self._next(command))
            if command.rank is not None:
                self._start("let go", command.command_id, self._preemptor.let_go(command))
        return command is None or command.state.terminal

    async def _park(self, body: str, command_id: str, why: str, key: str | None = None) -> None:
        """Set a report aside where the operator sees it: nothing of it is believed."""
        await self._queues.send(self._unclaimed_url, body, attributes={"reason": why})
        facts = {"command_id": command_id, **({"container_key": key} if key is not None else {})}
        self._env.emit(Event("result.unclaimed", self._env.now(), f"a report is parked: {why}", facts))

    async def _next(self, ended: Command) -> None:
        """Send the oldest command that waited for one that just ended; those that interrupt were sent when they were accepted."""
        session = await self._sessions.get(ended.session_id)
        if session is None or session.head == ended.command_id:
            return  # whatever waits is newer, and the newest is the head: so nothing does, as after most commands
        waiting = await self._commands.open_of_session(ended.session_id)
        if waiting and waiting[-1].state is CommandState.ACCEPTED and waiting[-1].policy.waits:
            await self.dispatch(waiting[-1])

    def _say(self, name: str, text: str, command: Command) -> None:
        self._env.emit(events.of_command(name, self._env.now(), text, command))
